"""Scores what an engine says about each query, the same way for every engine."""

from dataclasses import dataclass

AUTOMATIC = 0.995
POSSIBLE = 0.01
SHOWN = 10

HEADING = (
    "| engine | false confident | precision of confident | confident recall | recall with possible "
    "| top-1 | missed per 1,000 held | to a person, of the held | asked without the subject "
    "| recall at precision .999 | recall with no false match | s |"
)
RULER = "|---|" + "---|" * 11


@dataclass
class Answer:
    """What came out for one query."""

    held: bool
    kind: str  # confident, possible or none
    rank: tuple  # orders answers by how sure the engine is of its best candidate
    top_right: bool
    shown_right: bool


def of_candidates(held, truth, candidates):
    """An answer from scored pairs: `candidates` are (weight, probability, person), best first."""
    if not candidates:
        return Answer(held, "none", (float("-inf"),), False, False)
    weight, probability, person = candidates[0]
    sure = [one for one in candidates if one[1] >= AUTOMATIC]
    shown = [one for one in candidates if one[1] >= POSSIBLE][:SHOWN]
    top_right = person == truth
    # Two that are both certain cannot both be the person: somebody has to look.
    if len(sure) == 1:
        return Answer(held, "confident", (weight,), top_right, top_right)
    kind = "possible" if shown else "none"
    return Answer(held, kind, (weight,), top_right, any(one[2] == truth for one in shown))


def of_stile(line):
    """An answer from a line of `evaluate --json`; what a guard holds back ranks last."""
    free = line["reason"] in ("confident", "probability below automatic")
    return Answer(
        line["present"],
        line["outcome"],
        (free, line["probability"]),
        line["top_right"],
        line["shown_right"],
    )


def recall_at(answers, precision):
    """Greatest share of the held found by any threshold on the rank that keeps the precision."""
    held = sum(one.held for one in answers)
    ranked = sorted(answers, key=lambda one: one.rank, reverse=True)
    best = right = taken = 0
    for place, one in enumerate(ranked):
        if one.kind == "none" and not one.top_right and one.rank == (float("-inf"),):
            break
        taken += 1
        right += one.top_right
        tied = place + 1 < len(ranked) and ranked[place + 1].rank == one.rank
        if not tied and right >= precision * taken:
            best = right
    return best / max(held, 1)


def row(engine, answers, seconds):
    """One row of the table under HEADING."""
    held = [one for one in answers if one.held]
    confident = [one for one in answers if one.kind == "confident"]
    wrong = sum(not one.top_right for one in confident)

    def share(test):
        return sum(test(one) for one in held) / max(len(held), 1)

    answered = share(lambda one: one.kind == "confident" and one.top_right)
    shown = share(lambda one: one.kind == "possible" and one.shown_right)
    cells = [
        engine,
        str(wrong),
        f"{1 - wrong / max(len(confident), 1):.4f}",
        f"{answered:.4f}",
        f"{answered + shown:.4f}",
        f"{share(lambda one: one.top_right):.4f}",
        f"{1000 * share(lambda one: one.kind == 'none' or not one.shown_right):.1f}",
        f"{share(lambda one: one.kind == 'possible'):.3f}",
        str(sum(one.kind == "possible" and not one.shown_right for one in answers)),
        f"{recall_at(answers, 0.999):.4f}",
        f"{recall_at(answers, 1.0):.4f}",
        f"{seconds:.0f}",
    ]
    return "| " + " | ".join(cells) + " |"
