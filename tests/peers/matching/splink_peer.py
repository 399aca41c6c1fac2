"""Splink 5 on DuckDB: its published recipe for FEBRL, that recipe extended, and a careful one."""

import logging
import time
import warnings

import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

logging.getLogger("splink").setLevel(logging.ERROR)
warnings.filterwarnings("ignore")

SEED = 1
ADDRESS = "one address"


def levels(column, description, *some):
    """A comparison of our own making from SQL conditions, best first."""
    return cl.CustomComparison(
        output_column_name=column,
        comparison_description=description,
        comparison_levels=[*some, cll.ElseLevel()],
    )


def name(column):
    """A name with slips, counted by how common it is."""
    return cl.NameComparison(column)


def address():
    """House, street and postcode are one fact: counted apart, a family's home counts thrice."""
    same = "{0}_l = {0}_r"
    house, street, postcode = (same.format(one) for one in ("num", "street", "postcode"))
    blank = " AND ".join(f"({c}_l IS NULL OR {c}_r IS NULL)" for c in ("street", "postcode"))
    return levels(
        "address",
        ADDRESS,
        cll.CustomLevel(blank, "no address").configure(is_null_level=True),
        cll.CustomLevel(f"{house} AND ({street} OR {postcode})", "same home"),
        cll.CustomLevel(f"{street} AND coalesce({postcode}, true)", "same street"),
        cll.CustomLevel(f"{postcode}", "same postcode"),
    )


def swapped():
    """The two names of a person, each in the other's place."""
    return levels(
        "swap",
        "names swapped",
        cll.CustomLevel("given_l IS NULL OR surname_l IS NULL OR given_r IS NULL OR surname_r IS NULL")
        .configure(is_null_level=True),
        cll.CustomLevel("given_l = surname_r AND surname_l = given_r AND given_l <> given_r"),
    )


FEBRL_BLOCKS = [
    block_on("given", "surname"),
    "l.given = r.surname AND l.surname = r.given",
    block_on("dob"),
    block_on("region", "street"),
    block_on("num", "street"),
    block_on("postcode"),
]
CAREFUL_BLOCKS = [
    block_on("given", "surname"),
    "l.given = r.surname AND l.surname = r.given",
    block_on("dob"),
    block_on("num", "street"),
    block_on("surname", "street"),
    block_on("given", "street"),
    block_on("surname", "substr(dob, 1, 4)"),
    block_on("given", "substr(dob, 1, 4)"),
    block_on("postcode", "substr(dob, 1, 4)"),
]


def documented(columns):
    """Splink's own demonstration for FEBRL 4."""
    comparisons = [
        name("given"),
        name("surname"),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.ExactMatch("num").configure(term_frequency_adjustments=True),
        cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(
            term_frequency_adjustments=True
        ),
    ]
    blocks = list(FEBRL_BLOCKS)
    if "ident" in columns:
        comparisons.append(cl.DamerauLevenshteinAtThresholds("ident", [1, 2]))
        blocks.append(block_on("ident"))
    return comparisons, blocks


def extended(columns):
    """The same with swapped names, street and town."""
    comparisons, blocks = documented(columns)
    comparisons += [
        swapped(),
        cl.DamerauLevenshteinAtThresholds("street", [1, 2]).configure(
            term_frequency_adjustments=True
        ),
        cl.DamerauLevenshteinAtThresholds("locality", [1, 2]),
    ]
    return comparisons, blocks


def careful(columns):
    """What somebody would do who knows that families share names and homes."""
    comparisons = [
        name("given"),
        name("surname"),
        swapped(),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        address(),
    ]
    if "sex" in columns:
        comparisons.append(cl.ExactMatch("sex"))
    if "middle" in columns:
        comparisons.append(
            levels(
                "middle",
                "middle names",
                cll.NullLevel("middle"),
                cll.ExactMatchLevel("middle", term_frequency_adjustments=True),
                cll.CustomLevel("substr(middle_l, 1, 1) = substr(middle_r, 1, 1)", "initial"),
            )
        )
    blocks = list(CAREFUL_BLOCKS)
    if "ident" in columns:
        comparisons.append(cl.DamerauLevenshteinAtThresholds("ident", [1, 2]))
        blocks.append(block_on("ident"))
    return comparisons, blocks


def linker(queries, base, recipe):
    """A trained model and the two tables as Splink holds them."""
    columns = {one for one in base.columns if base[one].notna().any()}
    comparisons, blocks = recipe(columns)
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="rec_id",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=blocks,
        em_convergence=1e-5,
    )
    api = DuckDBAPI()
    tables = [
        api.register(base, dataset_display_name="base"),
        api.register(queries, dataset_display_name="queries"),
    ]
    made = Linker(tables, settings, log_level=logging.ERROR)
    sure = [block_on("given", "surname", "dob"), block_on("given", "surname", "num", "street")]
    made.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    made.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=SEED)
    for rule in (block_on("dob"), block_on("given", "surname")):
        made.training.estimate_parameters_using_expectation_maximisation(
            rule, max_pairs=5e6
        )
    return api, made, tables


def candidates(queries, base, recipe):
    """Scored pairs of each query's record id, best first, and the seconds that took."""
    began = time.perf_counter()
    _, made, _ = linker(queries, base, recipe)
    pairs = made.inference.predict(threshold_match_probability=0.001).as_pandas_dataframe()
    seconds = time.perf_counter() - began
    person = dict(zip(base.rec_id, base.ent_id))
    left_is_base = pairs.source_dataset_l == "base"
    query = pairs.rec_id_r.where(left_is_base, pairs.rec_id_l)
    held = pairs.rec_id_l.where(left_is_base, pairs.rec_id_r)
    found = {}
    for asked, one, weight, probability in zip(
        query, held, pairs.match_weight, pairs.match_probability
    ):
        found.setdefault(asked, []).append((weight, probability, person[one]))
    for some in found.values():
        some.sort(key=lambda one: -one[0])
    return found, seconds


def one_by_one(queries, base, recipe, count):
    """Times in seconds of asking about one person after another, the model being trained."""
    _, made, tables = linker(queries, base, recipe)
    for column in made._settings_obj._term_frequency_columns:
        made.table_management.compute_tf_table(column.unquote().name)
    api = made._db_api
    times = []
    for turn, at in enumerate(range(0, len(queries), max(len(queries) // count, 1))):
        one = api.register(
            queries.iloc[at : at + 1],
            dataset_display_name="queries",
            table_name=f"asked_{turn}",
        )
        began = time.perf_counter()
        made.inference.predict_between(
            tables[0], one, threshold_match_probability=0.01
        ).as_pandas_dataframe()
        times.append(time.perf_counter() - began)
    return times
