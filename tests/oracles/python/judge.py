"""Judges exported ledgers with aics-tlog, an independent Python implementation of the C2SP formats.

Usage: judge.py POLICY FOLDER...

A folder holds checkpoint, tile/ (C2SP tlog-tiles with entry bundles), receipts/<index> (C2SP
tlog-proof) and consistency/<old size> (C2SP tlog-witness, add-checkpoint). The policy is C2SP
tlog-policy text; every witness it lists must have cosigned. For each folder one line is printed:
"accepted", a tab and the folder; or "refused", the folder and why.
"""

import base64
import sys
from pathlib import Path

from aics_tlog import (
    MerkleTree,
    WitnessPolicy,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    verify_checkpoint,
    verify_consistency,
    verify_leaf_inclusion,
)
from aics_tlog.tiles import entry_bundle_path, materialise_tiles, parse_entry_bundle


class Refused(Exception):
    """The folder does not hold."""


def require(holds, why):
    if not holds:
        raise Refused(why)


def read_policy(path):
    log, witnesses = None, []
    for line in Path(path).read_text().splitlines():
        items = line.split()
        if items[:1] == ["log"]:
            log = parse_vkey(items[1])
        elif items[:1] == ["witness"]:
            witnesses.append(parse_vkey(items[2]))
    return log, WitnessPolicy(quorum=len(witnesses), witnesses=tuple(witnesses))


def open_checkpoint(text, keys):
    log, policy = keys
    note = parse_note(text)
    found = verify_checkpoint(note, log, policy=policy, expected_origin=log.name)
    require(found.ok, f"checkpoint: {found.error}")
    head = parse_checkpoint(note.text)
    return head.size, found.root


def judge(folder, keys):
    size, root = open_checkpoint((folder / "checkpoint").read_bytes(), keys)
    entries = []
    for start in range(0, size, 256):
        width = min(256, size - start)
        path = entry_bundle_path(start // 256, None if width == 256 else width)
        bundle = parse_entry_bundle((folder / path).read_bytes())
        require(len(bundle) == width, f"{path} has another number of entries")
        entries += bundle
    tree = MerkleTree(entries)
    require(tree.root() == root, "the entries do not have the signed root")
    published = {
        str(file.relative_to(folder)): file.read_bytes()
        for file in (folder / "tile").rglob("*")
        if file.is_file()
    }
    require(published == materialise_tiles(entries), "the tiles are not those of the entries")
    each(folder / "receipts", lambda name, text: receipt(name, text, tree, keys))
    each(folder / "consistency", lambda name, text: consistency(name, text, tree, keys))


def each(folder, check):
    files = sorted(folder.iterdir())
    require(files, f"no {folder.name}")
    for file in files:
        check(file.name, file.read_bytes().decode())


def proof(text, prefix, tree, keys):
    require(text.startswith(prefix) and "\n\n" in text, "it does not have the form of a proof")
    lines, checkpoint = text[len(prefix) :].split("\n\n", 1)
    number, *hashes = lines.split("\n")
    require(number.isdecimal() and str(int(number)) == number, "not a plain number")
    size, root = open_checkpoint(checkpoint, keys)
    require(size <= tree.size and tree.root(size) == root, "its checkpoint is not of this log")
    return number, [decode(line) for line in hashes], size, root


def decode(line):
    blob = base64.b64decode(line, validate=True)
    require(len(blob) == 32 and base64.b64encode(blob).decode() == line, "not a hash")
    return blob


def receipt(name, text, tree, keys):
    index, hashes, size, root = proof(text, "c2sp.org/tlog-proof@v1\nindex ", tree, keys)
    require(index == name and int(index) < size, "it is about another entry")
    leaf = tree.leaf_data(int(index))
    require(verify_leaf_inclusion(leaf, int(index), size, hashes, root), "inclusion does not hold")
    require(hashes == tree.inclusion_proof(int(index), size), "the proof differs from our own")


def consistency(name, text, tree, keys):
    old, hashes, size, root = proof(text, "old ", tree, keys)
    require(old == name and 0 < int(old) <= size, "it is about another size")
    before = tree.root(int(old))
    require(verify_consistency(int(old), size, before, root, hashes), "consistency does not hold")
    require(hashes == tree.consistency_proof(int(old), size), "the proof differs from our own")


def main():
    keys = read_policy(sys.argv[1])
    for folder in sys.argv[2:]:
        try:
            judge(Path(folder), keys)
        except (Refused, ValueError, OSError) as error:
            print(f"refused\t{folder}\t{error}".replace("\n", " "))
        else:
            print(f"accepted\t{folder}")


if __name__ == "__main__":
    main()
