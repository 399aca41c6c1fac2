"""Slow and many: what a gateway's memory does under callers who mean it ill, and whether it still answers.

Usage: pressure.py PROCESS HOST:PORT [FOLDER WITH chain.pem AND key.pem]

Four kinds of callers, one after another, each as often as the machine lets one process open
connections: silent (no byte), halting (a byte of a handshake every two seconds), slow (a whole
handshake and a head that never ends), and greedy (requests without reading the answers). After each the
resident memory is read, and an honest caller must get an answer in time.
"""

import resource
import socket
import ssl
import sys
import time

MANY = 1500
LONG_S = 12
HONEST_S = 5
# The most that a kind of caller may add for each connection, in KiB: two buffers and the TLS state.
KIB_EACH = 96


class Place:
    def __init__(self, process, address, folder):
        self.process = process
        host, port = address.rsplit(":", 1)
        self.at = (host, int(port))
        self.tls = ssl.create_default_context()
        # Memory is what is looked at here; certificates are looked at elsewhere.
        self.tls.check_hostname = False
        self.tls.verify_mode = ssl.CERT_NONE
        self.tls.set_alpn_protocols(["http/1.1"])
        if folder:
            self.tls.load_cert_chain(f"{folder}/chain.pem", f"{folder}/key.pem")

    def resident_kib(self):
        with open(f"/proc/{self.process}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def plain(self):
        return socket.create_connection(self.at, timeout=2)

    def secure(self):
        return self.tls.wrap_socket(self.plain(), server_hostname="localhost")

    def honest_s(self):
        begun = time.monotonic()
        ends = begun + 60
        while time.monotonic() < ends:
            try:
                with self.secure() as line:
                    line.settimeout(HONEST_S)
                    line.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                    if line.recv(64).startswith(b"HTTP/1.1 "):
                        return time.monotonic() - begun
            except OSError:
                time.sleep(0.2)
        raise SystemExit("an honest caller got no answer within a minute")


def silent(place):
    return place.plain()


def halting(place):
    line = place.plain()
    line.sendall(b"\x16\x03\x01\x02\x00")
    return line


def slow(place):
    line = place.secure()
    line.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\nx-slow: ")
    return line


def greedy(place):
    line = place.secure()
    line.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n" * 100)
    return line


def press(place, kind):
    lines, refused = [], 0
    before = place.resident_kib()
    most = before
    for _ in range(MANY):
        try:
            lines.append(kind(place))
        except OSError:
            refused += 1
    ends = time.monotonic() + LONG_S
    while time.monotonic() < ends:
        most = max(most, place.resident_kib())
        for line in lines:
            try:
                line.send(b"\x00" if kind is halting else b"x")
            except OSError:
                pass
        time.sleep(2)
    taken = place.honest_s()
    for line in lines:
        line.close()
    return len(lines), refused, before, most, taken


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    process, address, *folder = sys.argv[1:]
    place = Place(process, address, folder[0] if folder else None)
    place.honest_s()
    print("callers   opened  refused  MiB before  MiB most  KiB each  honest caller s")
    wrong = False
    for kind in (silent, halting, slow, greedy):
        opened, refused, before, most, taken = press(place, kind)
        each = (most - before) / max(opened, 1)
        wrong |= each > KIB_EACH or taken > HONEST_S
        print(f"{kind.__name__:<9} {opened:>6} {refused:>8} {before / 1024:>11.0f} {most / 1024:>9.0f}"
              f" {each:>9.1f} {taken:>16.2f}", flush=True)
    sys.exit(wrong)


if __name__ == "__main__":
    main()
