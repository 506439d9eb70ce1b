package main

import (
	"fmt"

	"cpos/engine/receipt"
	"cpos/engine/station"
	"cpos/hw/printer"
)

// slips lays finished slips out and hands them to the printer's queue. It is station.Slips.
type slips struct {
	queue *printer.Queue
	paper receipt.Paper
}

// Print submits one copy; done is told on the queue's goroutine.
func (s slips) Print(job station.SlipJob, done func(receipt.Proof, error)) error {
	lines, err := receipt.Layout(job.Slip, s.paper)
	if err != nil {
		return fmt.Errorf("lay out the slip of %s: %w", job.Number, err)
	}
	id := fmt.Sprintf("%s-%s-%d", job.Number, job.Kind, job.Copy)
	return s.queue.Submit(receipt.Job{ID: id, Bytes: receipt.Bytes(lines, s.paper)}, done)
}
