package store

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"cpos/engine/ledger"
)

// SQLite ends its write-ahead log where a frame does not continue the chain of check sums, and drops what
// stands behind: that is how it takes back what a power cut left half written. A damaged frame in the middle
// looks the same to it, and payments that were acknowledged would be gone without a word.
//
// The two can be told apart. A transaction begins to be written only when the one before was flushed to the
// disk. So where a broken frame is followed by the end of one transaction and the beginning of another,
// each whole for itself, the broken frame was flushed long before, and something damaged it since.

// Places in a log's head and in the head of a frame; all numbers are big-endian.
const (
	frameHead   = 24
	logMagic    = 0x377f0682 // the lowest bit says that sums are over big-endian words
	atLogPage   = 8
	atLogSalt   = 16
	atLogSum    = 24
	atCommit    = 4 // not 0 in the last frame of a transaction
	atFrameSalt = 8
	atFrameSum  = 16
	saltSize    = 8
)

// checkLog gives ErrBroken for a log that was damaged after it was written.
func checkLog(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<16)
	head := make([]byte, logHead)
	if _, err := io.ReadFull(in, head); err != nil {
		return ignoreEnd(err)
	}
	return newLogWalk(head).through(in)
}

// ignoreEnd makes an error of what is not simply the end of a file.
func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrDisk, err)
}

// logWalk goes over the frames of a log.
type logWalk struct {
	head     []byte
	order    binary.ByteOrder // of the words that are summed
	whole    bool             // the head is
	sum      [2]uint32        // as the frame before says
	broken   bool             // the head is not whole, or a frame did not continue the chain
	ended    bool             // a whole transaction ended behind it
	lastPage uint32           // which it ended with
}

func newLogWalk(head []byte) *logWalk {
	w := &logWalk{head: head, order: binary.LittleEndian}
	magic := binary.BigEndian.Uint32(head)
	if magic&1 == 1 {
		w.order = binary.BigEndian
	}
	w.sum = sumOf(head[atLogSum:])
	w.whole = magic&^1 == logMagic && w.sum == w.add([2]uint32{}, head[:atLogSum]) &&
		binary.BigEndian.Uint32(head[atLogPage:]) == pageSize
	w.broken = !w.whole
	return w
}

func sumOf(b []byte) [2]uint32 {
	return [2]uint32{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

// add is SQLite's running check sum.
func (w *logWalk) add(sum [2]uint32, b []byte) [2]uint32 {
	for ; len(b) >= 8; b = b[8:] {
		sum[0] += w.order.Uint32(b) + sum[1]
		sum[1] += w.order.Uint32(b[4:]) + sum[0]
	}
	return sum
}

func (w *logWalk) through(in io.Reader) error {
	frame := make([]byte, frameHead+pageSize)
	for n := 1; ; n++ {
		if _, err := io.ReadFull(in, frame); err != nil {
			return ignoreEnd(err)
		}
		if w.broken && !w.salted(frame) {
			continue
		}
		if w.meets(frame) {
			return fmt.Errorf("the log is damaged before frame %d: %w", n, ledger.ErrBroken)
		}
	}
}

// salted says that a frame was written since the log last began anew. Of a head that is not whole one half
// of the salt is enough: damage leaves one, and a head that was being renewed has none of the old.
func (w *logWalk) salted(frame []byte) bool {
	const half = saltSize / 2
	same := 0
	for at := 0; at < saltSize; at += half {
		one := binary.BigEndian.Uint32(frame[atFrameSalt+at:])
		if one != 0 && one == binary.BigEndian.Uint32(w.head[atLogSalt+at:]) {
			same++
		}
	}
	return same == saltSize/half || same > 0 && !w.whole
}

// meets takes the next frame and says that it proves damage before it.
func (w *logWalk) meets(frame []byte) bool {
	continues := w.salted(frame) && w.add(w.add(w.sum, frame[:atFrameSalt]), frame[frameHead:]) == sumOf(frame[atFrameSum:])
	w.sum = sumOf(frame[atFrameSum:])
	page := binary.BigEndian.Uint32(frame)
	switch {
	case !continues:
		w.broken, w.ended = true, false
	case w.broken && w.ended && page != w.lastPage: // SQLite may repeat the last frame of a transaction
		return true
	case w.broken && binary.BigEndian.Uint32(frame[atCommit:]) != 0:
		w.ended, w.lastPage = true, page
	}
	return false
}
