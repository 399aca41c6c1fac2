// Judges exported ledgers with Go's reference implementation of transparent logs and signed notes,
// golang.org/x/mod/sumdb. Usage: judge POLICY FOLDER...
//
// A folder holds checkpoint, tile/ (C2SP tlog-tiles with entry bundles), receipts/<index>
// (C2SP tlog-proof) and consistency/<old size> (C2SP tlog-witness, add-checkpoint). The policy is
// C2SP tlog-policy text; every witness it lists must have cosigned. For each folder one line is
// printed: "accepted", a tab and the folder; or "refused", the folder and why.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: judge POLICY FOLDER...")
		os.Exit(2)
	}
	keys, err := readPolicy(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, folder := range os.Args[2:] {
		if err := judge(keys, folder); err != nil {
			fmt.Printf("refused\t%s\t%v\n", folder, err)
		} else {
			fmt.Printf("accepted\t%s\n", folder)
		}
	}
}

// keys are the log's verifier and those of its witnesses.
type keys struct {
	origin string
	all    []note.Verifier
}

func readPolicy(path string) (*keys, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	k := new(keys)
	for _, line := range strings.Split(string(text), "\n") {
		items := strings.Fields(line)
		switch {
		case len(items) >= 2 && items[0] == "log":
			v, err := note.NewVerifier(items[1])
			if err != nil {
				return nil, err
			}
			k.origin = v.Name()
			k.all = append(k.all, v)
		case len(items) >= 3 && items[0] == "witness":
			v, err := newCosigner(items[2])
			if err != nil {
				return nil, err
			}
			k.all = append(k.all, v)
		}
	}
	if k.origin == "" || len(k.all) < 2 {
		return nil, errors.New("the policy lists no log or no witness")
	}
	return k, nil
}

// cosigner verifies C2SP tlog-cosignature lines of type 4, which x/mod does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("not a verifier key")
	}
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(typed) != 1+ed25519.PublicKeySize || typed[0] != 4 {
		return nil, errors.New("not an Ed25519 cosigner key")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), typed...))
	if hex.EncodeToString(sum[:4]) != parts[1] {
		return nil, errors.New("the hash does not fit the cosigner key")
	}
	return &cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), ed25519.PublicKey(typed[1:])}, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig[:8]), msg)
	return ed25519.Verify(c.key, []byte(signed), sig[8:])
}

// open opens a checkpoint that the log has signed and every witness has cosigned.
func (k *keys) open(msg []byte) (tlog.Tree, error) {
	n, err := note.Open(msg, note.VerifierList(k.all...))
	if err != nil {
		return tlog.Tree{}, err
	}
	if len(n.Sigs) != len(k.all) {
		return tlog.Tree{}, fmt.Errorf("%d of %d keys have signed", len(n.Sigs), len(k.all))
	}
	for _, sig := range n.Sigs {
		blob, err := base64.StdEncoding.Strict().DecodeString(sig.Base64)
		if err != nil || base64.StdEncoding.EncodeToString(blob) != sig.Base64 {
			return tlog.Tree{}, errors.New("a signature is not in canonical base64")
		}
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != k.origin {
		return tlog.Tree{}, errors.New("the note is not a checkpoint of this log")
	}
	size, err := decimal(lines[1])
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := parseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func judge(k *keys, folder string) error {
	msg, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := k.open(msg)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	l, err := rebuild(folder, tree)
	if err != nil {
		return err
	}
	if err := l.tiles(); err != nil {
		return err
	}
	if err := l.each("receipts", func(name string, text string) error { return l.receipt(k, name, text) }); err != nil {
		return err
	}
	return l.each("consistency", func(name string, text string) error { return l.consistency(k, name, text) })
}

// log is an exported log, rebuilt from its entries alone.
type log struct {
	folder  string
	tree    tlog.Tree
	entries [][]byte
	stored  []tlog.Hash
}

func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, 0, len(indexes))
	for _, i := range indexes {
		if i < 0 || i >= int64(len(l.stored)) {
			return nil, errors.New("a hash beyond the log is asked for")
		}
		hashes = append(hashes, l.stored[i])
	}
	return hashes, nil
}

// rebuild reads every entry bundle, hashes the tree and compares its root with the checkpoint.
func rebuild(folder string, tree tlog.Tree) (*log, error) {
	l := &log{folder: folder, tree: tree}
	for start := int64(0); start < tree.N; start += 1 << height {
		width := tree.N - start
		if width > 1<<height {
			width = 1 << height
		}
		path := bundlePath(tlog.Tile{H: height, L: -1, N: start >> height, W: int(width)})
		data, err := os.ReadFile(filepath.Join(folder, path))
		if err != nil {
			return nil, err
		}
		for ; width > 0; width-- {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("%s is cut short", path)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			hashes, err := tlog.StoredHashes(int64(len(l.entries)), data[2:end], l)
			if err != nil {
				return nil, err
			}
			l.entries = append(l.entries, data[2:end])
			l.stored = append(l.stored, hashes...)
			data = data[end:]
		}
		if len(data) != 0 {
			return nil, fmt.Errorf("%s is too long", path)
		}
	}
	root, err := tlog.TreeHash(tree.N, l)
	if err != nil {
		return nil, err
	}
	if root != tree.Hash {
		return nil, errors.New("the entries do not have the signed root")
	}
	return l, nil
}

// tiles compares every published tile with the rebuilt tree, both ways, and then reads every leaf
// hash through the tiles as a client would.
func (l *log) tiles() error {
	wanted := make(map[string]bool)
	for _, t := range tlog.NewTiles(height, 0, l.tree.N) {
		if t.W < 1<<height && int64(t.W) != (l.tree.N>>(height*t.L))%(1<<height) {
			continue // NewTiles also lists the widths that smaller trees have had.
		}
		path := hashPath(t)
		wanted[path] = true
		want, err := tlog.ReadTileData(t, l)
		if err != nil {
			return err
		}
		have, err := os.ReadFile(filepath.Join(l.folder, path))
		if err != nil {
			return err
		}
		if !bytes.Equal(have, want) {
			return fmt.Errorf("%s is not a tile of the tree", path)
		}
		if t.L == 0 {
			t.L = -1
			wanted[bundlePath(t)] = true
		}
	}
	err := filepath.WalkDir(filepath.Join(l.folder, "tile"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		path, err = filepath.Rel(l.folder, path)
		if err == nil && !wanted[path] {
			err = fmt.Errorf("%s does not belong to the tree", path)
		}
		return err
	})
	if err != nil {
		return err
	}
	through := tlog.TileHashReader(l.tree, l)
	for start := int64(0); start < l.tree.N; start += 1 << height {
		var indexes []int64
		for n := start; n < l.tree.N && n < start+1<<height; n++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, n))
		}
		hashes, err := through.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i, hash := range hashes {
			if hash != tlog.RecordHash(l.entries[start+int64(i)]) {
				return fmt.Errorf("entry %d is not under its tile", start+int64(i))
			}
		}
	}
	return nil
}

// Height, ReadTiles and SaveTiles make the folder a tlog.TileReader.
func (l *log) Height() int { return height }

func (l *log) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(filepath.Join(l.folder, hashPath(t)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (l *log) SaveTiles([]tlog.Tile, [][]byte) {}

// each hands every file of a folder on, of which there must be one.
func (l *log) each(kind string, check func(name, text string) error) error {
	files, err := os.ReadDir(filepath.Join(l.folder, kind))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no %s", kind)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(l.folder, kind, f.Name()))
		if err != nil {
			return err
		}
		if err := check(f.Name(), string(text)); err != nil {
			return fmt.Errorf("%s/%s: %w", kind, f.Name(), err)
		}
	}
	return nil
}

func (l *log) receipt(k *keys, name, text string) error {
	lines, tree, err := k.proof(text, "c2sp.org/tlog-proof@v1\nindex ")
	if err != nil {
		return err
	}
	index, err := decimal(lines[0])
	if err != nil {
		return err
	}
	if name != lines[0] || index >= int64(len(l.entries)) {
		return errors.New("it is about another entry")
	}
	proof, err := hashes(lines[1:])
	if err != nil {
		return err
	}
	if err := l.extends(tree); err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(l.entries[index])); err != nil {
		return err
	}
	own, err := tlog.ProveRecord(tree.N, index, l)
	if err != nil {
		return err
	}
	return same(own, proof)
}

func (l *log) consistency(k *keys, name, text string) error {
	lines, tree, err := k.proof(text, "old ")
	if err != nil {
		return err
	}
	old, err := decimal(lines[0])
	if err != nil {
		return err
	}
	if name != lines[0] || old < 1 || old > tree.N {
		return errors.New("it is about another size")
	}
	proof, err := hashes(lines[1:])
	if err != nil {
		return err
	}
	if err := l.extends(tree); err != nil {
		return err
	}
	root, err := tlog.TreeHash(old, l)
	if err != nil {
		return err
	}
	if old < tree.N {
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old, root); err != nil {
			return err
		}
		own, err := tlog.ProveTree(tree.N, old, l)
		if err != nil {
			return err
		}
		return same(own, proof)
	}
	return same(nil, proof)
}

// proof splits what comes before the first empty line after its prefix, and opens the checkpoint
// behind it.
func (k *keys) proof(text, prefix string) ([]string, tlog.Tree, error) {
	i := strings.Index(text, "\n\n")
	if i < 0 || !strings.HasPrefix(text, prefix) || i < len(prefix) {
		return nil, tlog.Tree{}, errors.New("it does not have the form of a proof")
	}
	tree, err := k.open([]byte(text[i+2:]))
	return strings.Split(text[len(prefix):i], "\n"), tree, err
}

// extends tells whether the rebuilt log had this head.
func (l *log) extends(tree tlog.Tree) error {
	if tree.N > l.tree.N {
		return errors.New("its checkpoint is ahead of the log")
	}
	root, err := tlog.TreeHash(tree.N, l)
	if err == nil && root != tree.Hash {
		err = errors.New("its checkpoint is not of this log")
	}
	return err
}

func hashes(lines []string) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, line := range lines {
		hash, err := parseHash(line)
		if err != nil {
			return nil, err
		}
		all = append(all, hash)
	}
	return all, nil
}

// parseHash is tlog.ParseHash without its leave to set the spare bits of base64.
func parseHash(text string) (tlog.Hash, error) {
	hash, err := tlog.ParseHash(text)
	if err == nil && hash.String() != text {
		err = errors.New("a hash is not in canonical base64")
	}
	return hash, err
}

func same(own, given []tlog.Hash) error {
	if len(own) != len(given) {
		return errors.New("the proof has another length than the reference's own")
	}
	for i := range own {
		if own[i] != given[i] {
			return errors.New("the proof differs from the reference's own")
		}
	}
	return nil
}

func decimal(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && (n < 0 || strconv.FormatInt(n, 10) != text) {
		err = errors.New("not a plain number")
	}
	return n, err
}

// hashPath and bundlePath give C2SP paths, which have no height and call data "entries".
func hashPath(t tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(t.Path(), "tile/8/")
}

func bundlePath(t tlog.Tile) string {
	return "tile/entries/" + strings.TrimPrefix(t.Path(), "tile/8/data/")
}
