"""Runs tlsfuzzer's scripts for TLS 1.3 against one listener and fails on anything that is not accepted.

Usage: fuzzer.py CHECKOUT pages HOST:PORT
       fuzzer.py CHECKOUT people HOST:PORT CHAIN.pem KEY.pem

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
PAGES = [
    ("ccs",),
    ("conversation",),
    ("count-tickets", "-t", "0"),
    ("hrr",),
    ("invalid-ciphers",),
    ("nociphers",),
    ("record-padding",),
    ("unencrypted-alert",),
]
# With a certificate. A P-256 key that signs as P-384 is refused with another alert than the script's, and
# so is who shows no certificate, which the script thinks optional.
PEOPLE = [
    ("ecdsa-in-certificate-verify", "-s",
     "ecdsa_secp384r1_sha384 ecdsa_secp256r1_sha256 ed25519"
     " rsa_pss_rsae_sha512 rsa_pss_rsae_sha384 rsa_pss_rsae_sha256"
     " rsa_pkcs1_sha512 rsa_pkcs1_sha384 rsa_pkcs1_sha256",
     "-x", "check ecdsa_secp384r1_sha384 signature is refused", "-X", "decrypt_error",
     "-x", "check sigalgs in cert request", "-X", "Unexpected closure"),
]
LONGEST_S = 600
COUNTS = re.compile(r"^(TOTAL|SKIP|PASS|XFAIL|FAIL|XPASS): (\d+)", re.M)


def run(checkout, script, host, port, shown):
    command = [sys.executable, __file__, "--one", checkout, f"test-tls13-{script[0]}.py",
               "-h", host, "-p", port, *script[1:], *shown]
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
        elif re.match(r"\w*(Error|Exception): ", line):
            found.append(f"{name}: {line}")
    return sorted(set(found)) or said.strip().splitlines()[-5:]


def one(checkout, script, arguments):
    """A script in this process, with the group that we serve."""
    sys.path.insert(0, checkout)
    from tlslite.constants import GroupName
    GroupName.secp256r1 = GroupName.x25519
    if "-c" in arguments:
        send_whole_chain(Path(arguments[arguments.index("-c") + 1]).read_text())
    path = str(Path(checkout, "scripts", script))
    sys.argv = [path, *arguments]
    runpy.run_path(path, run_name="__main__")


def send_whole_chain(text):
    """Scripts send the first certificate of a file alone; ours are proved by the issuing one behind it."""
    from tlslite.x509 import X509
    from tlslite.x509certchain import X509CertChain
    above = [X509().parse("-----BEGIN" + part) for part in text.split("-----BEGIN")[2:]]
    plain = X509CertChain.__init__
    X509CertChain.__init__ = lambda self, certificates=None: plain(
        self, certificates + above if certificates and len(certificates) == 1 else certificates)


def main():
    if sys.argv[1] == "--one":
        return one(sys.argv[2], sys.argv[3], sys.argv[4:])
    checkout, listener, place, *material = sys.argv[1:]
    scripts = PEOPLE if listener == "people" else PAGES
    shown = ["-c", material[0], "-k", material[1]] if material else []
    host, port = place.rsplit(":", 1)
    wrong, sums = [], {}
    with ThreadPoolExecutor(2) as pool:
        for name, counts, said, took in pool.map(lambda s: run(checkout, s, host, port, shown), scripts):
            bad = not counts or counts["FAIL"] or counts["XPASS"]
            word = "FAILED" if bad else "passed"
            print(f"  {name:<32} {word}  {counts}  {took:.0f} s", flush=True)
            if bad:
                wrong.append(name)
                print("\n".join(f"    {line}" for line in faults(said)))
            for key, count in counts.items():
                sums[key] = sums.get(key, 0) + count
    print(f"{listener:<22} tlsfuzzer: {len(scripts)} scripts, {sums}, {len(wrong)} failed")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
