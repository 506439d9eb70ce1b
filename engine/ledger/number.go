package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"cpos/engine/pay"
)

// A number is the order prefix, the till code (6 of base 36), the day as yyMMdd in China and a sequence
// (6 of base 36). The sequence alone makes it unique at this till: it only rises, whatever the day or the
// clock. The till code keeps tills apart. A refund has a sequence of its own with refundMark in front,
// which also makes its number one longer than any order's.
const (
	tillDigits = 6
	dayForm    = "060102"
	seqDigits  = 6
	base       = 36
	refundMark = "R"
)

// Names of the counters in the store; their values are the highest sequences that an intention used.
const (
	orderCounter  = "order"
	refundCounter = "refund"
)

// ErrNumbering says that no number can be made: the prefix is too long or malformed, or the sequence
// used up.
var ErrNumbering = errors.New("cannot make a number")

const lastSequence = base*base*base*base*base*base - 1

// TillCode is the part of a number that tells this till from every other till of the sub-merchant: six
// of base 36 from a hash of store and device. Two tills of one sub-merchant with one code must not exist.
func (n Numbering) TillCode() string {
	if n.code != "" {
		return n.code
	}
	h := sha256.Sum256(field(field(nil, n.Store), n.Device))
	return base36(binary.BigEndian.Uint64(h[:]) % (lastSequence + 1))
}

func base36(v uint64) string {
	s := strings.ToUpper(strconv.FormatUint(v, base))
	return strings.Repeat("0", seqDigits-len(s)) + s
}

// number writes the number with a sequence; mark is refundMark for a refund, else empty.
func (n Numbering) number(mark string, at time.Time, seq uint64) (string, error) {
	if seq > lastSequence {
		return "", fmt.Errorf("%w: the sequence is used up", ErrNumbering)
	}
	s := n.Prefix + n.TillCode() + at.In(china).Format(dayForm) + mark + base36(seq)
	if err := n.check(mark); err != nil {
		return "", err
	}
	return s, nil
}

// check says in time that the prefix does not leave room for the rest.
func (n Numbering) check(mark string) error {
	if n.Prefix == "" {
		return fmt.Errorf("%w: the order prefix is empty", ErrNumbering)
	}
	if err := pay.ValidNumber(n.Prefix); err != nil {
		return fmt.Errorf("%w: order prefix %q: %w", ErrNumbering, n.Prefix, err)
	}
	most := pay.MaxNumber - tillDigits - len(dayForm) - len(mark) - seqDigits
	if len(n.Prefix) > most {
		return fmt.Errorf("%w: order prefix %q has %d characters, at most %d leave room for the rest",
			ErrNumbering, n.Prefix, len(n.Prefix), most)
	}
	return nil
}

// parse gives the counter and the sequence of a number that this till made.
func (n Numbering) parse(number string) (counter string, seq uint64, ours bool) {
	rest, ok := strings.CutPrefix(number, n.Prefix+n.TillCode())
	if !ok || len(rest) < len(dayForm) {
		return "", 0, false
	}
	if _, err := time.Parse(dayForm, rest[:len(dayForm)]); err != nil {
		return "", 0, false
	}
	rest, back := strings.CutPrefix(rest[len(dayForm):], refundMark)
	counter = orderCounter
	// An order's sequence may itself begin with R once it is large; the length tells them apart.
	if back && len(rest) == seqDigits {
		counter = refundCounter
	} else if back {
		rest = refundMark + rest
	}
	if len(rest) != seqDigits || strings.ToUpper(rest) != rest {
		return "", 0, false
	}
	seq, err := strconv.ParseUint(rest, base, 64)
	return counter, seq, err == nil
}

// sequences hold the highest used sequence of each counter in this process.
type sequences struct {
	mu   sync.Mutex
	used map[string]uint64
}

func (s *sequences) next(counter string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used[counter]++
	return s.used[counter]
}

// raise makes the next sequence of counter greater than seq.
func (s *sequences) raise(counter string, seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used[counter] = max(s.used[counter], seq)
}
