#!/usr/bin/env python3
"""Checks an inspection pack with Python's standard library alone.

    python3 verify.py PACK.zip --vkey 'NAME+HASH+KEY' [--witness 'NAME+HASH+KEY']...

Each witness that is named must have cosigned the pack's checkpoint. Get the keys from the partnership's directory or by telephone, never from the pack,
and run a copy of this program that did not come out of the pack you are checking.

Sources: RFC 8032 section 5.1.7 (Ed25519), RFC 9162 section 2.1 (Merkle tree), C2SP signed-note,
tlog-checkpoint and tlog-proof@v1. Exit code 0: everything holds. 1: something does not. 2: usage.
"""

import base64
import binascii
import hashlib
import json
import re
import struct
import sys
import zlib

FORMAT = "stile-inspection-pack/v1"
FIXED = ["README.txt", "checkpoint", "keys.txt", "summary.html", "verify.py"]
LARGEST = 512 * 1024 * 1024


class Bad(Exception):
    """Something does not hold."""


def require(holds, what):
    if not holds:
        raise Bad(what)


# --- Ed25519, RFC 8032 section 5.1 ------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)


def add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def recover_x(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_MINUS_1 % P
    if (x * x - square) % P:
        return None
    return P - x if (x & 1) != sign else x


def decompress(raw):
    y = int.from_bytes(raw, "little")
    sign = y >> 255
    y &= (1 << 255) - 1
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def compress(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | ((x & 1) << 255)).to_bytes(32, "little")


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def ed25519_verifies(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    point = decompress(key)
    s = int.from_bytes(signature[32:], "little")
    if point is None or s >= L:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    h = int.from_bytes(digest, "little") % L
    negative = (P - point[0], point[1], 1, P - point[3])
    return compress(add(times(s, BASE), times(h, negative))) == signature[:32]


# --- Texts -----------------------------------------------------------------------------------


def b64(text, what):
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise Bad(what + " is not base64") from None
    require(base64.b64encode(raw).decode() == text, what + " is not in its one spelling")
    return raw


def number(text, what):
    require(re.fullmatch("0|[1-9][0-9]{0,19}", text, re.ASCII), what + " is not a number")
    require(int(text) < 2**64, what + " is too large")
    return int(text)


def utf8(raw, what):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad(what + " is not UTF-8") from None


def sha256(raw):
    return hashlib.sha256(raw).digest()


# --- Signed notes ----------------------------------------------------------------------------


class Vkey:
    """A public key in the form name+hash+key."""

    def __init__(self, text, kind=1):
        parts = text.split("+", 2)
        require(len(parts) == 3, "a verifier key is NAME+HASH+KEY")
        self.name = parts[0]
        typed = b64(parts[2], "the verifier key")
        require(len(typed) == 33 and typed[0] == kind, "a key is not Ed25519 of type %d" % kind)
        self.key = typed[1:]
        self.hash = sha256(self.name.encode() + b"\n" + typed)[:4]
        require(self.hash.hex() == parts[1], "the verifier key's hash does not fit it")


def split_note(note, what):
    cut = note.rfind("\n\n")
    require(cut >= 0 and note.endswith("\n") and len(note) > cut + 2, what + " is not a signed note")
    text, lines = note[: cut + 1], note[cut + 2 : -1].split("\n")
    signatures = []
    for line in lines:
        parts = line.split(" ")
        require(len(parts) == 3 and parts[0] == "\u2014", what + " has a line that is no signature")
        blob = b64(parts[2], what + ": a signature")
        require(len(blob) > 4, what + " has a short signature")
        signatures.append((parts[1], blob[:4], blob[4:]))
    return text, signatures


def open_note(note, vkey, what):
    text, signatures = split_note(note, what)
    ours = [s for name, key_hash, s in signatures if (name, key_hash) == (vkey.name, vkey.hash)]
    require(ours, what + " is not signed by this key")
    for signature in ours:
        require(
            ed25519_verifies(vkey.key, text.encode(), signature),
            what + ": the signature does not verify",
        )
    return text, len(signatures)


def check_cosigned(note, witness):
    """C2SP tlog-cosignature: eight bytes of time, then Ed25519 over time and checkpoint."""
    text, signatures = split_note(note, "checkpoint")
    wanted = (witness.name, witness.hash)
    theirs = [s for name, key_hash, s in signatures if (name, key_hash) == wanted]
    require(len(theirs) == 1, "checkpoint is not cosigned by " + witness.name)
    when = int.from_bytes(theirs[0][:8], "big")
    message = ("cosignature/v1\ntime %d\n" % when) + text
    require(
        ed25519_verifies(witness.key, message.encode(), theirs[0][8:]),
        "checkpoint: the cosignature of %s does not verify" % witness.name,
    )


def open_checkpoint(note, vkey, what):
    text, _ = open_note(note, vkey, what)
    lines = text[:-1].split("\n")
    require(len(lines) == 3, what + " is not three lines")
    require(lines[0] == vkey.name, what + " is of another ledger")
    root = b64(lines[2], what + ": the root")
    require(len(root) == 32, what + ": the root is not 32 bytes")
    return number(lines[1], what + ": the size"), root


# --- Merkle tree, RFC 9162 section 2.1 --------------------------------------------------------


def node(left, right):
    return sha256(b"\x01" + left + right)


def included(leaf, index, size, proof, root):
    if index >= size:
        return False
    fn, sn, result = index, size - 1, sha256(b"\x00" + leaf)
    for one in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            result = node(one, result)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            result = node(result, one)
        fn >>= 1
        sn >>= 1
    return sn == 0 and result == root


def extends(old_size, old_root, size, root, proof):
    if old_size > size:
        return False
    if old_size == 0:
        return not proof and old_root == sha256(b"")
    if old_size == size:
        return not proof and old_root == root
    proof = list(proof)
    if old_size & (old_size - 1) == 0:
        proof.insert(0, old_root)
    if not proof:
        return False
    fn, sn = old_size - 1, size - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    first = second = proof[0]
    for one in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = node(one, first), node(one, second)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            second = node(second, one)
        fn >>= 1
        sn >>= 1
    return sn == 0 and first == old_root and second == root


# --- The archive -----------------------------------------------------------------------------


def write_archive(files):
    """A ZIP archive as packs are archived: stored, dated 1980-01-01, nothing optional."""
    parts, central, offset = [], [], 0
    for name, content in files:
        raw = name.encode()
        size = len(content)
        facts = struct.pack("<HHHHHIIIHH", 10, 0, 0, 0, 0x21, zlib.crc32(content), size, size, len(raw), 0)
        central.append(b"PK\1\2\n\0" + facts + bytes(10) + struct.pack("<I", offset) + raw)
        parts.append(b"PK\3\4" + facts + raw + content)
        offset += len(parts[-1])
    directory, count = b"".join(central), len(files)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), offset, 0)
    return b"".join(parts) + directory + b"PK\5\6" + end


def read_archive(path):
    """Every file in order; the archive must be, byte for byte, what write_archive makes of them."""
    try:
        with open(path, "rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise Bad("the archive cannot be read: %s" % error.strerror) from None
    require(len(raw) <= LARGEST, "the archive is longer than 512 MiB")
    files, at = [], 0
    while raw[at : at + 4] == b"PK\3\4":
        require(len(raw) >= at + 30, "the archive is cut short")
        size, name = struct.unpack_from("<I", raw, at + 18)[0], struct.unpack_from("<H", raw, at + 26)[0]
        begin, end = at + 30 + name, at + 30 + name + size
        require(end <= len(raw), "the archive is cut short")
        files.append((utf8(raw[at + 30 : begin], "a file's name"), raw[begin:end]))
        at = end
    require(0 < len(files) < 65535, "it is not an archive of files")
    require(write_archive(files) == raw, "the archive was changed: bytes do not belong to its files")
    names = [name for name, _ in files]
    require(len(set(names)) == len(names), "the archive holds a file twice")
    return files


# --- The pack --------------------------------------------------------------------------------


class Manifest:
    """The manifest taken apart; every line in its place and its one spelling."""

    def __init__(self, text):
        require(text.endswith("\n"), "MANIFEST has no final line feed")
        self.lines = text[:-1].split("\n")
        self.at = 0
        require(self.take() == FORMAT, "MANIFEST is of another format")
        self.origin = self.word("ledger", 1)[0]
        self.case, self.pseudonym = self.word("case", 2)
        self.made = self.word("made", 1)[0]
        size, root = self.word("checkpoint", 2)
        self.size, self.root = number(size, "MANIFEST: the size"), b64(root, "MANIFEST: the root")
        self.entries = [self.entry(*parts) for parts in self.many("entry", 2)]
        self.continuity = [number(n, "MANIFEST: a size") for (n,) in self.many("continuity", 1)]
        self.files = [self.file(*parts) for parts in self.many("file", 3)]
        require(self.at == len(self.lines), "MANIFEST holds a line that is unknown or out of order")
        for ordered in (
            [index for index, _ in self.entries],
            self.continuity,
            [name for name, _, _ in self.files],
        ):
            require(
                all(a < b for a, b in zip(ordered, ordered[1:])),
                "MANIFEST repeats a line or has one out of order",
            )

    def take(self):
        require(self.at < len(self.lines), "MANIFEST is cut short")
        self.at += 1
        return self.lines[self.at - 1]

    def word(self, word, count):
        parts = self.take().split(" ")
        require(len(parts) == count + 1 and parts[0] == word and all(parts), "MANIFEST: no " + word)
        return parts[1:]

    def many(self, word, count):
        found = []
        while self.at < len(self.lines) and self.lines[self.at].split(" ")[0] == word:
            found.append(self.word(word, count))
        return found

    @staticmethod
    def entry(index, state):
        require(state in ("shown", "erased", "left_out"), "MANIFEST: an entry's body is `%s`" % state)
        return number(index, "MANIFEST: an index"), state

    @staticmethod
    def file(digest, length, name):
        require(re.fullmatch("[0-9a-f]{64}", digest), "MANIFEST: a digest is out of shape")
        return name, bytes.fromhex(digest), number(length, "MANIFEST: a length")


def needed(manifest):
    names = list(FIXED)
    for index, state in manifest.entries:
        parts = ["leaf.json", "receipt"] + (["body", "salt"] if state == "shown" else [])
        names += ["entries/%020d/%s" % (index, part) for part in parts]
    for size in manifest.continuity:
        names += ["continuity/%020d/%s" % (size, part) for part in ("checkpoint", "proof")]
    return sorted(names)


def hash_lines(text, what):
    lines = text.split("\n")
    require(lines.pop() == "", what + " has no final line feed")
    hashes = [b64(line, what) for line in lines]
    require(all(len(one) == 32 for one in hashes), what + ": a hash is not 32 bytes")
    return hashes


def check_receipt(text, index, leaf, checkpoint, head, name):
    proof, blank, note = text.partition("\n\n")
    require(blank and note == checkpoint, name + " leads to another checkpoint")
    lines = proof.split("\n")
    require(lines[:2] == ["c2sp.org/tlog-proof@v1", "index %d" % index], name + " is of another entry")
    hashes = hash_lines("".join(line + "\n" for line in lines[2:]), name)
    require(included(leaf, index, head[0], hashes, head[1]), name + " does not prove its entry")


def unique(pairs):
    keys = [key for key, _ in pairs]
    require(len(set(keys)) == len(keys), "a leaf repeats a key")
    return dict(pairs)


def read_leaf(raw, name):
    try:
        leaf = json.loads(utf8(raw, name), object_pairs_hook=unique)
    except ValueError:
        raise Bad(name + " is not JSON") from None
    require(isinstance(leaf, dict) and leaf.get("v") == 1, name + " is not a leaf of version 1")
    plain = json.dumps(leaf, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    require(plain.encode() == raw, name + " is not in its one encoding")
    return leaf


def check_entry(held, index, state, manifest, checkpoint, head):
    folder = "entries/%020d/" % index
    raw = held[folder + "leaf.json"]
    leaf = read_leaf(raw, folder + "leaf.json")
    require(leaf.get("case") == manifest.pseudonym, folder + "leaf.json is of another case")
    receipt = utf8(held[folder + "receipt"], folder + "receipt")
    check_receipt(receipt, index, raw, checkpoint, head, folder + "receipt")
    if state == "shown":
        salt = utf8(held[folder + "salt"], folder + "salt")
        require(re.fullmatch("[0-9a-f]{64}\n", salt), folder + "salt is out of shape")
        digest = sha256(bytes.fromhex(salt[:-1]) + held[folder + "body"]).hex()
        require(leaf.get("body") == digest, folder + "body is not what the leaf commits to")


def verify(path, vkey, witnesses):
    files = read_archive(path)
    require([name for name, _ in files[:2]] == ["MANIFEST", "MANIFEST.sig"], "no signed manifest")
    manifest = Manifest(utf8(files[0][1], "MANIFEST"))
    require(manifest.origin == vkey.name, "the pack is of another ledger")
    text, count = open_note(utf8(files[1][1], "MANIFEST.sig"), vkey, "MANIFEST.sig")
    require(count == 1, "MANIFEST.sig has not exactly one signature")
    signed = "%s\n%s\nmade %s\nmanifest %s\n"
    digest = hashlib.sha256(files[0][1]).hexdigest()
    require(
        text == signed % (FORMAT, manifest.origin, manifest.made, digest),
        "MANIFEST.sig signs another manifest",
    )
    listed = [(name, sha256(raw), len(raw)) for name, raw in files[2:]]
    for found, expected in zip(listed, manifest.files):
        require(found == expected, found[0] + " is not the file the manifest lists there")
    require(len(listed) == len(manifest.files), "a file is missing, or too much")
    require([name for name, _, _ in listed] == needed(manifest), "the files are not those needed")
    held = dict(files)
    checkpoint = utf8(held["checkpoint"], "checkpoint")
    head = open_checkpoint(checkpoint, vkey, "checkpoint")
    require(head == (manifest.size, manifest.root), "checkpoint is not that of the manifest")
    for witness in witnesses:
        check_cosigned(checkpoint, witness)
    for size in manifest.continuity:
        folder = "continuity/%020d/" % size
        name = folder + "checkpoint"
        old = open_checkpoint(utf8(held[name], name), vkey, name)
        require(old[0] == size, name + " is of another size")
        proof = hash_lines(utf8(held[folder + "proof"], folder + "proof"), folder + "proof")
        require(extends(*old, *head, proof), folder + "proof does not hold")
    for index, state in manifest.entries:
        check_entry(held, index, state, manifest, checkpoint, head)
    return manifest


def main(arguments):
    options, values = arguments[1::2], arguments[2::2]
    known = options[:1] == ["--vkey"] and set(options[1:]) <= {"--witness"}
    if not known or len(options) != len(values):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        witnesses = [Vkey(text, 4) for text in values[1:]]
        manifest = verify(arguments[0], Vkey(values[0]), witnesses)
    except Bad as bad:
        print("NOT VERIFIED: %s" % bad)
        return 1
    states = [state for _, state in manifest.entries]
    print(
        "verified: case %s, %d entries (%d shown, %d erased, %d left out), "
        "ledger %s of %d entries, made %s"
        % (
            manifest.case,
            len(states),
            states.count("shown"),
            states.count("erased"),
            states.count("left_out"),
            manifest.origin,
            manifest.size,
            manifest.made,
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
