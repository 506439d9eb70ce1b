// Package printertest owns the exam that every printer driver sits, and a network printer to sit it
// against.
//
// It promises to look at what arrived and not at what the driver claims. It knows the port of the receipt
// room only, so it fits drivers of any kind.
package printertest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"

	"cpos/engine/receipt"
)

// Subject is a driver with a way to see its paper.
type Subject struct {
	Printer receipt.Printer
	// Arrived gives the jobs that came through, in any order.
	Arrived func() [][]byte
	// Best is the proof that the driver can give for a job that went well.
	Best receipt.Proof
}

// Exam asks a driver for the promises of receipt.Printer. Each part gets a fresh subject.
func Exam(t *testing.T, fresh func(t *testing.T) Subject) {
	parts := []struct {
		name string
		run  func(*testing.T, Subject)
	}{
		{"a job arrives byte for byte", arrivesWhole},
		{"every byte value arrives", arrivesBinary},
		{"a long picture arrives whole", arrivesLong},
		{"the same job again is a second slip and overwrites nothing", arrivesTwice},
		{"jobs of many callers do not mix", doesNotMix},
		{"a cancelled job is certainly not printed", cancelledIsNone},
		{"checking prints nothing", checkIsQuiet},
	}
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) { part.run(t, fresh(t)) })
	}
}

func (s Subject) print(t *testing.T, id string, b []byte) {
	t.Helper()
	proof, err := s.Printer.Print(context.Background(), receipt.Job{ID: id, Bytes: b})
	if err != nil || proof != s.Best {
		t.Errorf("print %s: proof %v, %v; want %v", id, proof, err, s.Best)
	}
}

func (s Subject) want(t *testing.T, jobs ...[]byte) {
	t.Helper()
	got := s.Arrived()
	slices.SortFunc(got, bytes.Compare)
	slices.SortFunc(jobs, bytes.Compare)
	if !slices.EqualFunc(got, jobs, bytes.Equal) {
		t.Errorf("arrived %d jobs, want %d", len(got), len(jobs))
		for i := range min(len(got), len(jobs)) {
			if !bytes.Equal(got[i], jobs[i]) {
				t.Errorf("job %d: %d bytes, want %d", i, len(got[i]), len(jobs[i]))
			}
		}
	}
}

func arrivesWhole(t *testing.T, s Subject) {
	job := []byte("\x1b@total 12.50\n\x1dV\x42\x00")
	s.print(t, "order-1-slip-1", job)
	s.want(t, job)
}

func arrivesBinary(t *testing.T, s Subject) {
	job := make([]byte, 256)
	for i := range job {
		job[i] = byte(i)
	}
	s.print(t, "binary", job)
	s.want(t, job)
}

func arrivesLong(t *testing.T, s Subject) {
	job := bytes.Repeat([]byte("0123456789abcdef"), 12<<10)
	s.print(t, "long", job)
	s.want(t, job)
}

func arrivesTwice(t *testing.T, s Subject) {
	s.print(t, "order-1-slip-1", []byte("first"))
	s.print(t, "order-1-slip-1", []byte("second"))
	s.print(t, "order-1-slip-2", []byte("third"))
	s.want(t, []byte("first"), []byte("second"), []byte("third"))
}

func doesNotMix(t *testing.T, s Subject) {
	const callers = 6
	var all sync.WaitGroup
	var jobs [][]byte
	for i := range callers {
		job := bytes.Repeat([]byte{byte('a' + i)}, 9000+i)
		jobs = append(jobs, job)
		all.Go(func() { s.print(t, "caller-"+strconv.Itoa(i%2), job) })
	}
	all.Wait()
	s.want(t, jobs...)
}

func cancelledIsNone(t *testing.T, s Subject) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	proof, err := s.Printer.Print(ctx, receipt.Job{ID: "late", Bytes: []byte("late")})
	if proof != receipt.ProofNone || !errors.Is(err, context.Canceled) {
		t.Errorf("proof %v, %v; want none and the cancellation", proof, err)
	}
	s.want(t)
}

func checkIsQuiet(t *testing.T, s Subject) {
	if err := s.Printer.Check(context.Background()); err != nil {
		t.Error(err)
	}
	s.want(t)
}
