package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"cpos/engine/receipt"
	"cpos/engine/station"
	"cpos/hw/printer"
)

// slips lays finished slips out and hands them to the printer's queue. It is station.Slips.
type slips struct {
	queue    *printer.Queue
	paper    receipt.Paper
	pictures string // folder; empty means none
	log      *slog.Logger
}

// Print submits one copy; done is told on the queue's goroutine.
func (s slips) Print(job station.SlipJob, done func(receipt.Proof, error)) error {
	lines, err := receipt.Layout(job.Slip, s.paper)
	if err != nil {
		return fmt.Errorf("lay out the slip of %s: %w", job.Number, err)
	}
	id := fmt.Sprintf("%s-%s-%d", job.Number, job.Kind, job.Copy)
	if err := s.queue.Submit(receipt.Job{ID: id, Bytes: receipt.Bytes(lines, s.paper)}, done); err != nil {
		return err
	}
	if s.pictures != "" {
		if err := savePicture(filepath.Join(s.pictures, id+".png"), lines, s.paper); err != nil {
			s.log.Warn("picture of slip", "number", job.Number, "error", err)
		}
	}
	return nil
}

// savePicture draws a slip as its printer would and writes it as PNG.
func savePicture(name string, lines []receipt.Line, p receipt.Paper) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("save picture: %w", err)
	}
	picture, err := pictureOf(lines, p)
	if err != nil {
		return err
	}
	return writeWhole(name, picture)
}
