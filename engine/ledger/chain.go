package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
)

// chainMark opens every hashed fact, so that no other hash of the program can be passed off as one.
const chainMark = "cpos fact 1"

// ExpectedHash gives the hash that f should have: SHA-256 over the mark and every field but Hash, each with its
// length in front, so that no two different facts run together to the same bytes.
func (f Fact) ExpectedHash() Hash {
	h := sha256.New()
	field(h, []byte(chainMark))
	field(h, binary.BigEndian.AppendUint64(nil, f.Seq))
	field(h, binary.BigEndian.AppendUint64(nil, uint64(f.At.UnixMilli())))
	field(h, []byte(f.Kind))
	field(h, binary.BigEndian.AppendUint16(nil, f.Version))
	field(h, []byte(f.Number))
	field(h, f.Body)
	field(h, f.Prev[:])
	return Hash(h.Sum(nil))
}

func field(h hash.Hash, b []byte) {
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(b))))
	h.Write(b)
}

// follows checks that f is whole and stands directly behind prev; the first fact stands behind the zero
// Fact.
func (f Fact) follows(prev Fact) error {
	switch {
	case f.Seq != prev.Seq+1:
		return fmt.Errorf("fact %d stands behind fact %d: %w", f.Seq, prev.Seq, ErrBroken)
	case f.Prev != prev.Hash:
		return fmt.Errorf("fact %d does not continue fact %d: %w", f.Seq, prev.Seq, ErrBroken)
	case f.Hash != f.ExpectedHash():
		return fmt.Errorf("fact %d was changed: %w", f.Seq, ErrBroken)
	}
	return nil
}
