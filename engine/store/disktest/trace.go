package disktest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// sector is what a disk writes whole, in bytes, or not at all; what it was writing when the power went may
// hold anything afterwards.
const sector = 512

// Trace notes every operation on the files of one folder. Hand its Layer to On.
type Trace struct {
	mu    sync.Mutex
	ops   []Op
	known map[string]bool
}

// Layer notes an operation and lets it pass. The memory that processes share is not noted: it is made anew
// after a power cut.
func (t *Trace) Layer(op Op) error {
	if op.Kind == Map || strings.HasSuffix(op.File, "-shm") {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if op.Kind == Open {
		return t.meet(op)
	}
	op.Data = bytes.Clone(op.Data)
	t.ops = append(t.ops, op)
	return nil
}

// meet notes what a file held before SQLite knew of it: whoever made it must have flushed it.
func (t *Trace) meet(op Op) error {
	if t.known[op.File] {
		return nil
	}
	b, err := os.ReadFile(filepath.Join(op.Dir, op.File))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if t.known == nil {
		t.known = map[string]bool{}
	}
	t.known[op.File] = true
	if len(b) > 0 {
		op.Data = b
		t.ops = append(t.ops, op)
	}
	return nil
}

// Len is the number of operations so far, the moment that a Cut names.
func (t *Trace) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.ops)
}

// Cut is one state that a power cut could have left.
type Cut struct {
	At    int    // operations that were begun before
	Name  string // says what the cut did, for people
	disk  disk
	fates []fate // of each piece
	back  bool   // a name that was removed without a flush of its folder is there again
	seed  uint64
}

// fate is what became of a piece that was written and not flushed.
type fate uint8

const (
	kept fate = iota
	lost
	zeroed
	garbled
)

func (f fate) String() string { return [...]string{"kept", "lost", "zeroed", "garbled"}[f] }

// disk is what is known of every file at one moment.
type disk map[string]content

// content is a file: what is flushed, what was written since, and what stood under its name before it was
// removed, for as long as the removal itself is not flushed.
type content struct {
	there   bool
	flushed []byte
	since   []piece
	before  []byte
	removed bool
}

// piece is a part of a write that lies in one sector, or a cut of the file's length.
type piece struct {
	file   string
	offset int64
	data   []byte
	cut    bool
}

// Find gives the first operation of a kind on a file from the operation from on, or Len.
func (t *Trace) Find(from int, file string, k Kind) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := from; i < len(t.ops); i++ {
		if t.ops[i].File == file && t.ops[i].Kind == k {
			return i
		}
	}
	return len(t.ops)
}

// Span says which states Cuts gives.
type Span struct {
	From     int // the first moment
	Pieces   int // at most so many single pieces of each moment; 0 means every one
	Mixtures int // of all pieces, for each moment
}

// Cuts gives, for every moment, each state that one lost, zeroed or garbled piece makes, each in which one
// piece alone arrived, and mixtures. The same trace and span give the same states.
func (t *Trace) Cuts(s Span) iter.Seq[Cut] {
	return func(yield func(Cut) bool) {
		now := disk{}
		for at := range t.Len() + 1 {
			if at > 0 {
				now = now.after(t.ops[at-1])
			}
			if at < s.From {
				continue
			}
			for c := range now.cuts(at, s) {
				if !yield(c) {
					return
				}
			}
		}
	}
}

// after gives the disk after one more operation. Nothing that an earlier disk holds is changed.
func (d disk) after(op Op) disk {
	d = maps.Clone(d)
	c := d[op.File]
	switch op.Kind {
	case Open:
		c = content{there: true, flushed: op.Data}
	case Write:
		c.there = true
		c.since = append(slices.Clip(c.since), pieces(op)...)
	case Truncate:
		c.since = append(slices.Clip(c.since), piece{file: op.File, offset: op.Offset, cut: true})
	case Sync:
		c.flushed, c.since = c.with(nil, nil), nil
		// The first flush of a new file flushes its folder as well, and with it every removal there.
		for name, other := range d {
			other.before, other.removed = nil, false
			d[name] = other
		}
		c.before, c.removed = nil, false
	case Delete:
		if !c.there {
			return d
		}
		c = content{before: c.with(nil, nil), removed: true}
	}
	d[op.File] = c
	return d
}

// pieces divides a write at the sectors of the file.
func pieces(op Op) []piece {
	var all []piece
	for data, at := op.Data, op.Offset; len(data) > 0; {
		n := min(int64(len(data)), sector-at%sector)
		all = append(all, piece{file: op.File, offset: at, data: data[:n]})
		data, at = data[n:], at+n
	}
	return all
}

// with gives the file's bytes with each piece since the last flush treated as its fate says.
func (c content) with(fates []fate, r *rand.Rand) []byte {
	b := bytes.Clone(c.flushed)
	for i, p := range c.since {
		f := kept
		if fates != nil {
			f = fates[i]
		}
		if f != lost {
			b = p.onto(b, f, r)
		}
	}
	return b
}

func (p piece) onto(b []byte, f fate, r *rand.Rand) []byte {
	if p.cut {
		return resized(b, p.offset)
	}
	if end := p.offset + int64(len(p.data)); end > int64(len(b)) {
		b = resized(b, end)
	}
	to := b[p.offset:][:len(p.data)]
	switch f {
	case zeroed:
		clear(to)
	case garbled:
		for i := range to {
			to[i] = byte(r.Uint32())
		}
	default:
		copy(to, p.data)
	}
	return b
}

func resized(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return b[:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

// files lists the names in a fixed order, in which the pieces are numbered.
func (d disk) files() []string { return slices.Sorted(maps.Keys(d)) }

func (d disk) pieces() []piece {
	var all []piece
	for _, name := range d.files() {
		all = append(all, d[name].since...)
	}
	return all
}

func (d disk) cuts(at int, s Span) iter.Seq[Cut] {
	return func(yield func(Cut) bool) {
		m := moment{disk: d, at: at, all: d.pieces(), seed: uint64(at), yield: yield}
		for _, m.back = range d.returns() {
			if !m.whole() || !m.single(s.Pieces) || !m.mixed(s.Mixtures) {
				return
			}
		}
	}
}

// moment gives the states of one moment. Its methods say whether more are wanted.
type moment struct {
	disk  disk
	at    int
	all   []piece
	back  bool
	seed  uint64
	yield func(Cut) bool
}

func (m *moment) give(name string, fates []fate) bool {
	m.seed += 1 << 32
	return m.yield(Cut{At: m.at, Name: name, disk: m.disk, fates: fates, back: m.back, seed: m.seed})
}

func (m *moment) whole() bool {
	n := len(m.all)
	return m.give("everything arrived", fill(n, kept)) && (n == 0 || m.give("nothing arrived", fill(n, lost)))
}

// single treats one piece after the other. Of more pieces than are wanted the newest are taken, for what
// came before was the newest of an earlier moment.
func (m *moment) single(most int) bool {
	first := 0
	if most > 0 {
		first = max(0, len(m.all)-most)
	}
	n := len(m.all)
	for i := first; i < n; i++ {
		p := m.all[i]
		for _, f := range []fate{lost, zeroed, garbled} {
			if p.cut && f != lost || n == 1 && f == lost {
				continue
			}
			if !m.give(p.String()+" "+f.String(), put1(fill(n, kept), i, f)) {
				return false
			}
		}
		if n > 1 && !m.give(p.String()+" alone arrived", put1(fill(n, lost), i, kept)) {
			return false
		}
	}
	return true
}

func (m *moment) mixed(mixtures int) bool {
	if len(m.all) < 2 {
		return true
	}
	for range mixtures {
		if !m.give("a mixture", mixture(m.all, m.seed)) {
			return false
		}
	}
	return true
}

// returns says which answers there are to whether removed names came back.
func (d disk) returns() []bool {
	for _, c := range d {
		if c.removed {
			return []bool{false, true}
		}
	}
	return []bool{false}
}

func (p piece) String() string {
	if p.cut {
		return fmt.Sprintf("%s cut to %d", p.file, p.offset)
	}
	return fmt.Sprintf("%s %d+%d", p.file, p.offset, len(p.data))
}

func fill(n int, f fate) []fate { return slices.Repeat([]fate{f}, n) }

func put1(all []fate, i int, f fate) []fate {
	all[i] = f
	return all
}

// mixture lets each piece have a fate of its own; how many arrive at all is drawn first.
func mixture(all []piece, seed uint64) []fate {
	r := rand.New(rand.NewPCG(seed, 1))
	arrive := r.IntN(101)
	fates := make([]fate, len(all))
	for i, p := range all {
		switch {
		case r.IntN(100) < arrive:
			fates[i] = kept
		case p.cut:
			fates[i] = lost
		default:
			fates[i] = []fate{lost, zeroed, garbled}[r.IntN(3)]
		}
	}
	return fates
}

// Files builds what stands on the disk after the cut; a file that is not there is not in it.
func (c Cut) Files() map[string][]byte {
	r := rand.New(rand.NewPCG(c.seed, 2))
	all := map[string][]byte{}
	fates := c.fates
	for _, name := range c.disk.files() {
		f := c.disk[name]
		mine := fates[:len(f.since)]
		fates = fates[len(f.since):]
		arrived := f.flushed != nil || slices.ContainsFunc(mine, func(f fate) bool { return f != lost })
		switch {
		case arrived:
			all[name] = f.with(mine, r)
		case f.removed && c.back:
			all[name] = f.before
		case f.there && !f.removed && f.flushed != nil:
			all[name] = f.flushed
		}
	}
	return all
}
