package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"cpos/engine/capture"
	"cpos/engine/keys"
	"cpos/hw/control"
	"cpos/hw/desktop"
	"cpos/hw/line"
	"cpos/hw/screen"
)

func (d door) captureSourcesCommand() *cli.Command {
	return d.command("capture.sources", "sources", "", []cli.Flag{d.outputFlag()}, d.captureSources)
}

// sourceJSON is something that could tell an amount here.
type sourceJSON struct {
	Schema  string `json:"schema"`
	Kind    string `json:"kind"`            // as amount.sources names it
	Where   string `json:"where"`           // a port, a control, a region
	Shows   string `json:"shows,omitempty"` // the form of what it shows, masked
	Used    bool   `json:"used"`            // the profile takes the amount from it
	Advice  string `json:"advice"`          // what to write into the profile
	Problem string `json:"problem,omitempty"`
}

// captureSources lists what could tell an amount on this machine: the texts of the POS's controls, the serial ports
// behind which a display or a printer may be, and the screen. Texts are masked.
func (d door) captureSources(ctx context.Context, c *cli.Context) error {
	format, t, err := d.toList(ctx, c)
	if err != nil {
		return err
	}
	all := append(d.controlSources(ctx, t), d.portSources(t)...)
	all = append(all, d.screenSource(ctx, t))
	l := listing{schema: "cpos.capture.sources.v1"}
	for _, name := range []string{"kind", "where", "shows", "used", "advice"} {
		l.head = append(l.head, d.word("cli.capture.column."+name))
	}
	for _, s := range all {
		s.Schema = "cpos.capture.source.v1"
		l.rows = append(l.rows, s)
		shows := s.Shows
		if s.Problem != "" {
			shows = s.Problem
		}
		l.cells = append(l.cells, []string{s.Kind, s.Where, shows, d.yesNo(s.Used), s.Advice})
	}
	return d.write(format, l)
}

// controlSources asks the POS's window for the controls that show a number.
func (d door) controlSources(ctx context.Context, t *till) []sourceJSON {
	kind := string(capture.WindowText)
	trouble := func(err error) []sourceJSON {
		_, cause := codeOf(err)
		what, _ := d.explain(err, cause)
		return []sourceJSON{{Kind: kind, Where: t.profile.ProductTitle(), Problem: strings.ReplaceAll(what, "\n", "; "), Advice: "-"}}
	}
	screen, err := desktop.Open()
	if err != nil {
		return trouble(err)
	}
	defer screen.Close()
	w, err := screen.Find(ctx, t.profile.Window())
	if errors.Is(err, keys.ErrNoWindow) {
		return []sourceJSON{{Kind: kind, Where: t.profile.ProductTitle(), Problem: d.word("capture.no_pos"), Advice: d.word("cli.capture.sources.open_pos")}}
	}
	if err != nil {
		return trouble(err)
	}
	texts := control.New()
	defer texts.Close()
	controls, err := texts.List(ctx, w)
	if err != nil {
		return trouble(err)
	}
	var all []sourceJSON
	for _, one := range controls {
		address := one.Address.String()
		s := sourceJSON{Kind: kind, Where: address, Shows: one.Shape, Advice: fmt.Sprintf("{kind: window-text, control: %q}", address)}
		for _, used := range t.profile.Amount.Sources {
			s.Used = s.Used || used.Kind == kind && used.Control == address
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		all = append(all, sourceJSON{Kind: kind, Where: t.profile.ProductTitle(), Problem: d.word("cli.capture.sources.no_texts"), Advice: "-"})
	}
	return all
}

// portSources lists the serial ports; what is behind them only their owner knows.
func (d door) portSources(t *till) []sourceJSON {
	ports, err := line.Ports()
	if err != nil {
		return []sourceJSON{{Kind: string(capture.Display), Problem: err.Error(), Advice: "-"}}
	}
	var all []sourceJSON
	for _, p := range ports {
		all = append(all, sourceJSON{Kind: string(capture.Display), Where: p.Name, Shows: p.USB,
			Used: t.profile.Display.Port == p.Name || t.profile.Print.Port == p.Name, Advice: d.word("cli.capture.sources.port", "port", p.Name)})
	}
	for _, set := range []struct {
		kind capture.Kind
		port string
	}{{capture.Display, t.profile.Display.Port}, {capture.PrintJob, t.profile.Print.Port}} {
		known := false
		for _, p := range ports {
			known = known || p.Name == set.port
		}
		if set.port != "" && !known {
			all = append(all, sourceJSON{Kind: string(set.kind), Where: set.port, Used: true, Advice: "-"})
		}
	}
	return all
}

// screenSource says whether the amount can be read off the screen.
func (d door) screenSource(ctx context.Context, t *till) sourceJSON {
	p := t.profile
	s := sourceJSON{Kind: string(capture.Pixels), Where: p.Taught().ID, Used: len(p.Amount.Sources) == 0, Advice: d.word("cli.capture.sources.teach")}
	for _, used := range p.Amount.Sources {
		s.Used = s.Used || used.Kind == s.Kind
	}
	_, region := p.Taught().Regions[capture.RegionAmount]
	dir, problem := screen.FindData("")
	switch {
	case !region:
		s.Problem = d.word("cli.capture.sources.no_region")
	case p.GlyphsDir() == "":
		s.Problem = d.word("cli.capture.step.no_glyphs")
	case problem != nil || dir == "":
		s.Problem = d.word("cli.capture.no_reader")
	default:
		s.Shows, s.Advice = d.word("cli.capture.sources.ready"), "-"
	}
	return s
}
