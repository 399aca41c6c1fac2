"""A door for sqlmap: what stands in its one parameter is asked about in a case of its own.

    GET /?forenames=…&surname=…&line=…&postcode=…&nhs=…&phone=…

Every request opens a case at the hub, asks one agency about that person, waits for its return, and
gives what the product then says of the agency. So whatever sqlmap writes goes the whole way: through the
hub, the signed enquiry, the agency's matching, and into the agency's database.

Usage: door.py PORT HUB AGENCY FOLDER-OF-A-RESEARCHER
"""

import http.client
import http.server
import itertools
import json
import ssl
import sys
import time
import urllib.parse

# Numbers of cases that an earlier door has not used.
NUMBERS = itertools.count(int(time.time() * 10))


class Researcher:
    def __init__(self, hub, agency, folder):
        self.hub, self.agency = hub, agency
        self.tls = ssl.create_default_context()
        # The door checks the agency's database, not the hub's certificate.
        self.tls.check_hostname = False
        self.tls.verify_mode = ssl.CERT_NONE
        self.tls.load_cert_chain(f"{folder}/chain.pem", f"{folder}/key.pem")

    def call(self, method, path, body=None):
        there = http.client.HTTPSConnection(self.hub, context=self.tls, timeout=30)
        text = json.dumps(body) if body is not None else None
        there.request(method, path, text, {"content-type": "application/json"})
        answer = there.getresponse()
        read = answer.read()
        there.close()
        return answer.status, read

    def ask(self, person):
        case = f"CAMPAIGN-{next(NUMBERS):012}"
        status, said = self.call("POST", "/api/v1/cases", opened(case, person))
        if status >= 300:
            return status, said
        status, said = self.call("POST", f"/api/v1/cases/{case}/enquiries", raised(self.agency))
        if status >= 300:
            return status, said
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            status, said = self.call("GET", f"/api/v1/cases/{case}/product")
            product = json.loads(said)
            if status == 200 and product["counts"]["answered"] == 1:
                return 200, stable(product)
            time.sleep(0.05)
        return 504, b"no answer"


def opened(case, person):
    one = lambda key: person.get(key, [""])[0]
    subject = {
        "id": "s1",
        "role": "child",
        "names": [{"forenames": one("forenames"), "surname": one("surname"), "kind": "current"}],
        "born": {"exact": "2018-05-09"},
        "sex": None,
        "addresses": [{"line": one("line"), "postcode": one("postcode")}] if one("line") else [],
        "phones": [one("phone")] if one("phone") else [],
        "identifiers": [{"scheme": "nhs_number", "value": one("nhs")}] if one("nhs") else [],
    }
    return {
        "id": case,
        "kind": "significant_harm",
        "priority": "red",
        "purpose": "s47_enquiry",
        "consent": {"state": "not_sought", "override_reason": "would_prejudice_protection"},
        "subjects": [subject],
    }


def raised(agency):
    ask = {"category": "police.domestic_incident", "necessity": "what the campaign asks about"}
    return {"agencies": [{"agency": agency, "asks": [ask]}], "look_back_months": 24, "expires_in_h": 24}


def stable(product):
    """What an injection could change: what came of the question; not the case's number or the clock."""
    kept = ("agencies", "chronology", "counts", "gaps", "withheld", "referred", "no_record")
    return json.dumps(without_names({key: product.get(key) for key in kept}), sort_keys=True).encode()


def without_names(value):
    """What was asked is not an answer."""
    if isinstance(value, dict):
        return {key: without_names(one) for key, one in value.items() if key != "subject_name"}
    if isinstance(value, list):
        return [without_names(one) for one in value]
    return value


class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = urllib.parse.urlsplit(self.path).query
        person = urllib.parse.parse_qs(query, keep_blank_values=True)
        status, said = self.server.researcher.ask(person)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


def main():
    port, hub, agency, folder = sys.argv[1:]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Door)
    server.researcher = Researcher(hub, agency, folder)
    server.serve_forever()


if __name__ == "__main__":
    main()
