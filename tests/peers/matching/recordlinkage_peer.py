"""recordlinkage: seven exact blocking passes, levels of agreement, the ECM classifier."""

import time
import warnings

import numpy as np
import recordlinkage

warnings.filterwarnings("ignore")

BLOCKS = [
    ["ident"],
    ["given"],
    ["surname"],
    ["dob"],
    ["postcode"],
    ["num", "street"],
    ["street", "locality"],
]


def candidates(queries, base):
    """Scored pairs of each query's record id, best first, and the seconds that took."""
    began = time.perf_counter()
    left, right = (table.set_index("rec_id", drop=False) for table in (queries, base))
    columns = {one for one in right.columns if right[one].notna().any()}
    indexer = recordlinkage.Index()
    for block in BLOCKS:
        if set(block) <= columns:
            indexer.block(left_on=block, right_on=block)
    pairs = indexer.index(left, right)
    compare = recordlinkage.Compare()
    for column in ("given", "surname", "street", "locality"):
        if column in columns:
            compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
    for column in ("dob", "postcode", "num", "ident", "sex"):
        if column in columns:
            compare.string(column, column, method="damerau_levenshtein", threshold=0.85, label=column)
    if "middle" in columns:
        compare.exact("middle", "middle", label="middle")
    features = compare.compute(pairs, left, right).fillna(0)
    ecm = recordlinkage.ECMClassifier()
    ecm.fit_predict(features)
    probability = ecm.prob(features)
    # Sums of log weights order pairs that all round to one.
    weight = np.log2(np.maximum(probability, 1e-300) / np.maximum(1 - probability, 1e-16))
    seconds = time.perf_counter() - began
    found = {}
    for (asked, one), p, w in zip(features.index, probability, weight):
        found.setdefault(asked, []).append((w, p, right.ent_id[one]))
    for some in found.values():
        some.sort(key=lambda one: -one[0])
    return found, seconds
