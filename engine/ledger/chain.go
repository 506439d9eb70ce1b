package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// chainMark opens every hashed fact, so that no other hash of the program can be passed off as one.
const chainMark = "cpos fact 1"

// ExpectedHash gives the hash that f should have: SHA-256 over the mark and every field but Hash, each with its
// length in front, so that no two different facts run together to the same bytes.
func (f Fact) ExpectedHash() Hash {
	var number [8]byte
	b := make([]byte, 0, 256+len(f.Body))
	b = field(b, chainMark)
	b = field(b, binary.BigEndian.AppendUint64(number[:0], f.Seq))
	b = field(b, binary.BigEndian.AppendUint64(number[:0], uint64(f.At.UnixMilli())))
	b = field(b, f.Kind)
	b = field(b, binary.BigEndian.AppendUint16(number[:0], f.Version))
	b = field(b, f.Number)
	b = field(b, f.Body)
	b = field(b, f.Prev[:])
	return sha256.Sum256(b)
}

// field appends v with its length in front.
func field[T ~string | ~[]byte](to []byte, v T) []byte {
	return append(binary.BigEndian.AppendUint64(to, uint64(len(v))), v...)
}

// follows checks that f is whole and stands directly behind prev; the first fact stands behind the zero
// Fact.
func (f Fact) follows(prev Fact) error {
	if err := f.behind(prev); err != nil {
		return err
	}
	if f.Hash != f.ExpectedHash() {
		return fmt.Errorf("fact %d was changed: %w", f.Seq, ErrBroken)
	}
	return nil
}

// behind checks that f stands directly behind prev, whether or not it is whole.
func (f Fact) behind(prev Fact) error {
	switch {
	case f.Seq != prev.Seq+1:
		return fmt.Errorf("fact %d stands behind fact %d: %w", f.Seq, prev.Seq, ErrBroken)
	case f.Prev != prev.Hash:
		return fmt.Errorf("fact %d does not continue fact %d: %w", f.Seq, prev.Seq, ErrBroken)
	}
	return nil
}
