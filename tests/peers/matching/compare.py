"""Prints one table per person set: Stile, Splink and recordlinkage, scored the same way.

With --made-up FOLDER, instead: how long Splink takes over one person after another, and over all at
once, among the people that `stile bench matching --write FOLDER` left there.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pandas

import outcome
import recordlinkage_peer
import splink_peer

SETS = ["febrl3", "febrl3_noid", "febrl3_noid_open", "pp10", "pp10_open"]


def read(path):
    """A table of texts; nothing held is a missing value, and case is not evidence."""
    table = pandas.read_csv(path, dtype=str, keep_default_na=False)
    for column in table.columns.difference(["rec_id", "ent_id"]):
        table[column] = table[column].str.strip().str.lower().replace("", None)
    return table


def stile(name):
    """Answers of our own engine, and the seconds that took."""
    program = os.environ["STILE_EVALUATE"]
    began = time.perf_counter()
    done = subprocess.run([program, "--json", name], check=True, capture_output=True, text=True)
    answers = [outcome.of_stile(json.loads(line)) for line in done.stdout.splitlines()]
    return answers, time.perf_counter() - began


def answers(queries, base, found):
    held = set(base.ent_id)
    return [
        outcome.of_candidates(truth in held, truth, found.get(asked, []))
        for asked, truth in zip(queries.rec_id, queries.ent_id)
    ]


def table(folder, name):
    queries, base = (read(folder / f"{name}_{part}.csv") for part in "qb")
    held = set(base.ent_id)
    print(f"\n## {name}: {len(queries)} queries, {sum(queries.ent_id.isin(held))} of them held\n")
    print(outcome.HEADING)
    print(outcome.RULER)
    ours, seconds = stile(name)
    print(outcome.row("Stile", ours, seconds), flush=True)
    peers = [
        ("Splink 5, careful", lambda: splink_peer.candidates(queries, base, splink_peer.careful)),
        ("Splink 5, extended", lambda: splink_peer.candidates(queries, base, splink_peer.extended)),
        ("Splink 5, documented", lambda: splink_peer.candidates(queries, base, splink_peer.documented)),
        ("recordlinkage ECM", lambda: recordlinkage_peer.candidates(queries, base)),
    ]
    for engine, ask in peers:
        # Splink's demonstration is made for FEBRL: its address columns are no guide elsewhere.
        if engine.endswith(("extended", "documented")) and not name.startswith("febrl"):
            continue
        found, seconds = ask()
        print(outcome.row(engine, answers(queries, base, found), seconds), flush=True)


def speed(folder, count):
    queries, base = (read(folder / f"{part}.csv") for part in ("queries", "people"))
    print(f"\n## {len(base)} made-up people, {len(queries)} queries\n")
    print(outcome.HEADING)
    print(outcome.RULER)
    found, seconds = splink_peer.candidates(queries, base, splink_peer.careful)
    print(outcome.row("Splink 5, careful", answers(queries, base, found), seconds), flush=True)
    times = sorted(splink_peer.one_by_one(queries, base, splink_peer.careful, count))
    middle, last = times[len(times) // 2], times[(len(times) * 99 - 1) // 100]
    print(f"\nSplink 5, one person at a time: {len(times)} asked, p50 {1000 * middle:.0f} ms, "
          f"p99 {1000 * last:.0f} ms; all at once, training included: "
          f"{1000 * seconds / len(queries):.1f} ms each")


def main():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--sets", type=Path, required=True)
    words.add_argument("--made-up", type=Path)
    words.add_argument("--asked", type=int, default=100)
    words.add_argument("names", nargs="*", choices=[[], *SETS])
    wanted = words.parse_args()
    if wanted.made_up:
        speed(wanted.made_up, wanted.asked)
        return
    for name in wanted.names or SETS:
        table(wanted.sets, name)


if __name__ == "__main__":
    sys.exit(main())
