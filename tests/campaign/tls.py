"""Reads what sslyze and testssl found of one port and fails on anything that is not accepted.

Usage: tls.py NAME SSLYZE.json TESTSSL.json
"""

import json
import sys

OLD = ("ssl_3_0", "tls_1_0", "tls_1_1", "tls_1_2")
# Why each is accepted stands in docs/security.md.
ACCEPTED = {"cert_revocation", "engine_problem", "optimal_proto"}
SEVERE = {"MEDIUM", "HIGH", "CRITICAL"}


def result(scan, name):
    one = scan[name]
    if one["status"] != "COMPLETED":
        raise SystemExit(f"sslyze did not finish `{name}`: {one['status']}")
    return one["result"]


def by_sslyze(file):
    server = json.load(open(file))["server_scan_results"][0]
    scan = server["scan_result"]
    if scan is None:
        raise SystemExit("sslyze could not connect")
    wrong = [f"{version} is accepted" for version in OLD
             if result(scan, f"{version}_cipher_suites")["is_tls_version_supported"]]
    newest = result(scan, "tls_1_3_cipher_suites")["accepted_cipher_suites"]
    if len(newest) != 3:
        wrong.append(f"{len(newest)} suites of TLS 1.3 instead of three")
    checks = {
        "compression": result(scan, "tls_compression")["supports_compression"],
        "early data": result(scan, "tls_1_3_early_data")["supports_early_data"],
        "CCS injection": result(scan, "openssl_ccs_injection")["is_vulnerable_to_ccs_injection"],
        "Heartbleed": result(scan, "heartbleed")["is_vulnerable_to_heartbleed"],
        "ROBOT": not result(scan, "robot")["robot_result"].startswith("NOT_VULNERABLE"),
        "renegotiation": result(scan, "session_renegotiation")["is_vulnerable_to_client_renegotiation_dos"],
        "resumption by id": result(scan, "session_resumption")["session_id_resumption_result"] == "FULLY_SUPPORTED",
        "resumption by ticket": result(scan, "session_resumption")["tls_ticket_resumption_result"] == "FULLY_SUPPORTED",
    }
    wrong += [name for name, bad in checks.items() if bad]
    curves = [curve["name"] for curve in result(scan, "elliptic_curves")["supported_curves"]]
    return wrong, f"TLS 1.3 alone, {len(newest)} suites, {', '.join(curves)}"


def by_testssl(file):
    found = json.load(open(file))
    severe = [one for one in found if one["severity"] in SEVERE and one["id"] not in ACCEPTED]
    good = sum(one["severity"] == "OK" for one in found)
    return [f"testssl: {one['id']}: {one['finding']}" for one in severe], f"testssl {good} good, {len(found)} looked at"


def main():
    name, sslyze, testssl = sys.argv[1:]
    wrong, said = by_sslyze(sslyze)
    more, tested = by_testssl(testssl)
    print(f"{name:<22} {said}; {tested}; {len(wrong + more)} findings")
    for one in wrong + more:
        print(f"  {one}")
    sys.exit(bool(wrong + more))


if __name__ == "__main__":
    main()
