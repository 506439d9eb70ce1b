package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// settings are the flags.
type settings struct {
	look    *look
	title   string
	journal string
	cart    string
	goods   string
	sales   string
	serial  string
	popup   string
	x, y    int
	scale   float64
	regions bool
}

// Exit codes: done, failed, wrong use.
const (
	exitDone = iota
	exitFailed
	exitUse
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, complain io.Writer) int {
	s, err := parseFlags(args, complain)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		fmt.Fprintf(complain, "practice-pos: %v\n", err)
		return exitUse
	}
	if s.regions {
		err = printRegions(out, s.look, s.scale)
	} else {
		err = play(s, out)
	}
	if err != nil {
		fmt.Fprintf(complain, "practice-pos: %v\n", err)
		return exitFailed
	}
	return exitDone
}

func parseFlags(args []string, complain io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("practice-pos", flag.ContinueOnError)
	f.SetOutput(complain)
	named := f.String("look", lookStandard, strings.Join(lookNames(), ", "))
	f.StringVar(&s.title, "title", "惠民收银 收款", "title of the window")
	f.StringVar(&s.journal, "journal", "", "file for every key and click that arrives, as JSON lines")
	f.StringVar(&s.cart, "cart", "", `prices every sale begins with, such as "2.50,10.00"`)
	f.StringVar(&s.goods, "goods", "", `goods every sale begins with, such as "1,3*2"`)
	f.StringVar(&s.sales, "sale", "", `totals of the first sales in turn, such as "12.50,0.01"`)
	f.StringVar(&s.serial, "serial", "", "serial number of the first sale (default: today's first)")
	f.StringVar(&s.popup, "popup", "", "let a question interrupt: settle or done")
	f.IntVar(&s.x, "x", 0, "left edge of the window with its frame, in px")
	f.IntVar(&s.y, "y", 0, "upper edge of the window with its frame, in px")
	f.Float64Var(&s.scale, "scale", 1, "size of everything: 1.25 is a screen at 125 %")
	f.BoolVar(&s.regions, "regions", false, "print the rectangles of the client area as JSON and end")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	s.look = findLook(*named)
	switch {
	case f.NArg() > 0:
		return s, fmt.Errorf("unexpected %q", f.Arg(0))
	case s.look == nil:
		return s, fmt.Errorf("look %q: one of %s", *named, strings.Join(lookNames(), ", "))
	case s.popup != "" && s.popup != "settle" && s.popup != "done":
		return s, fmt.Errorf("popup %q: settle or done", s.popup)
	case !(s.scale >= 0.5 && s.scale <= 4):
		return s, fmt.Errorf("scale %v: from 0.5 to 4", s.scale)
	case s.cart != "" && s.goods != "":
		return s, errors.New("cart and goods are two ways of saying one thing")
	}
	return s, nil
}

// play shows the window until it is closed.
func play(s settings, out io.Writer) (err error) {
	j := &journal{now: time.Now}
	if s.journal != "" {
		file, err := os.OpenFile(s.journal, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return fmt.Errorf("open journal: %w", err)
		}
		defer func() { _ = file.Close() }() // every line was written through
		j.to = file
	}
	t, err := s.till(j)
	if err != nil {
		return err
	}
	if err := showWindow(t, s, func() { fmt.Fprintln(out, "ready") }); err != nil {
		return err
	}
	if j.err != nil {
		return fmt.Errorf("write journal: %w", j.err)
	}
	return nil
}

// till makes the till that the flags describe.
func (s settings) till(j *journal) (*till, error) {
	day, number := time.Now().Format("20060102"), 1
	if s.serial != "" {
		var err error
		if day, number, err = parseSerial(s.serial); err != nil {
			return nil, err
		}
	}
	sales, err := parseSales(s.sales)
	if err != nil {
		return nil, err
	}
	every, err := parseCart(s.cart)
	if err == nil && s.goods != "" {
		every, err = parseGoods(s.goods)
	}
	if err != nil {
		return nil, err
	}
	for _, cart := range append(sales, every) {
		if err := fits(cart); err != nil {
			return nil, err
		}
	}
	t := newTill(j, day, number, func(n int) []line {
		if n < len(sales) {
			return sales[n]
		}
		return every
	})
	t.popupAt = s.popup
	return t, nil
}

func fits(cart []line) error {
	var sum fen
	for _, l := range cart {
		sum += l.sum()
	}
	if sum > mostFen || len(cart) > mostLines {
		return fmt.Errorf("a sale of %s in %d lines: at most %s in %d", sum, len(cart), mostFen, mostLines)
	}
	return nil
}
