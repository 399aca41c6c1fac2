"""Runs tlsfuzzer's scripts for TLS 1.3 against one listener and fails on anything that is not accepted.

Usage: fuzzer.py CHECKOUT HOST:PORT

The scripts offer one group, secp256r1, which we do not serve; here they offer x25519 in its place.
"""

import re
import runpy
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Those of which every conversation fits what we serve; docs/security.md tells of the others.
SCRIPTS = [
    ("ccs",),
    ("conversation",),
    ("count-tickets", "-t", "0"),
    ("hrr",),
    ("invalid-ciphers",),
    ("nociphers",),
    ("record-padding",),
    ("unencrypted-alert",),
]
LONGEST_S = 600
COUNTS = re.compile(r"^(TOTAL|SKIP|PASS|XFAIL|FAIL|XPASS): (\d+)", re.M)


def run(checkout, script, host, port):
    command = [sys.executable, __file__, "--one", checkout, f"test-tls13-{script[0]}.py",
               "-h", host, "-p", port, *script[1:]]
    began = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S)
        said = done.stdout + done.stderr
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"").decode(errors="replace") + f"\nnot finished in {LONGEST_S} s"
    counts = {name: int(count) for name, count in COUNTS.findall(said)}
    return script[0], counts, said, time.monotonic() - began


def faults(said):
    """Each conversation that did not go as the script wants, with why; the last words where there is none."""
    found, name = [], ""
    for line in said.splitlines():
        if line.endswith(" ..."):
            name = line.removesuffix(" ...")
        elif re.match(r"\w*(Error|Exception)\b", line):
            found.append(f"{name}: {line}")
    return sorted(set(found)) or said.strip().splitlines()[-5:]


def one(checkout, script, arguments):
    """A script in this process, with the group that we serve."""
    sys.path.insert(0, checkout)
    from tlslite.constants import GroupName
    GroupName.secp256r1 = GroupName.x25519
    path = str(Path(checkout, "scripts", script))
    sys.argv = [path, *arguments]
    runpy.run_path(path, run_name="__main__")


def main():
    if sys.argv[1] == "--one":
        return one(sys.argv[2], sys.argv[3], sys.argv[4:])
    checkout, place = sys.argv[1:]
    host, port = place.rsplit(":", 1)
    wrong, sums = [], {}
    with ThreadPoolExecutor(2) as pool:
        for name, counts, said, took in pool.map(lambda s: run(checkout, s, host, port), SCRIPTS):
            bad = not counts or counts["FAIL"] or counts["XPASS"]
            word = "FAILED" if bad else "passed"
            print(f"  {name:<32} {word}  {counts}  {took:.0f} s", flush=True)
            if bad:
                wrong.append(name)
                print("\n".join(f"    {line}" for line in faults(said)))
            for key, count in counts.items():
                sums[key] = sums.get(key, 0) + count
    print(f"{'pages':<22} tlsfuzzer: {len(SCRIPTS)} scripts, {sums}, {len(wrong)} failed")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
