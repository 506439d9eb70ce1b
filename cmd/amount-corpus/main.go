package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
)

// Exit codes: done, failed, wrong use.
const (
	exitDone = iota
	exitFailed
	exitUse
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, complain io.Writer) int {
	o, err := parseFlags(args, complain)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		fmt.Fprintf(complain, "amount-corpus: %v\n", err)
		return exitUse
	}
	if err := drawCorpus(o, out); err != nil {
		fmt.Fprintf(complain, "amount-corpus: %v\n", err)
		return exitFailed
	}
	return exitDone
}

func parseFlags(args []string, complain io.Writer) (order, error) {
	var o order
	f := flag.NewFlagSet("amount-corpus", flag.ContinueOnError)
	f.SetOutput(complain)
	f.StringVar(&o.out, "out", "", "the folder to write; it must not exist or be empty")
	f.Uint64Var(&o.seed, "seed", 1, "what the pictures are drawn from; the same seed gives the same bytes")
	f.IntVar(&o.styles, "styles", 400, "styles in all, the same number in every category")
	f.IntVar(&o.tests, "tests", 2000, "readable pictures in every category")
	f.IntVar(&o.hazards, "hazards", 0, "pictures of every kind of hazard (default a tenth of the tests, at least 1)")
	f.StringVar(&o.sheet, "sheet", "", "also draw a contact sheet into this PNG file")
	f.IntVar(&o.threads, "threads", runtime.GOMAXPROCS(0), "threads that draw; the bytes do not depend on it")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.hazards == 0 {
		o.hazards = max(1, o.tests/10)
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("unknown argument %q", f.Arg(0))
	case o.out == "":
		return o, errors.New("say where to write: -out DIR")
	case o.styles < 1 || o.tests < 1 || o.hazards < 0 || o.threads < 1:
		return o, errors.New("-styles, -tests, -hazards and -threads are numbers from 1 on")
	}
	return o, nil
}

// drawCorpus makes the corpus and says what is in it.
func drawCorpus(o order, out io.Writer) error {
	if entries, err := os.ReadDir(o.out); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty", o.out)
	}
	fonts, missing := findFonts()
	if err := enough(fonts, missing); err != nil {
		return err
	}
	styles, rows, err := generate(o, fonts)
	if err != nil {
		return err
	}
	if o.sheet != "" {
		if err := writeSheet(o, rows); err != nil {
			return fmt.Errorf("draw the contact sheet: %w", err)
		}
	}
	return tell(out, o, fonts, missing, styles, rows)
}
