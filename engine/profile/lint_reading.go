package profile

import (
	"cpos/engine/capture"
)

// lintSources holds the ways to the amount against what they need, and agree against how many there are.
func (l *loading) lintSources(p *Profile) {
	if l.reported("amount.sources") || l.reported("screens") {
		return
	}
	at := l.origins.at("amount.sources")
	ways := map[AmountSource]bool{}
	for _, s := range p.Amount.Sources {
		if missing := p.missing(s); missing != "" {
			l.problems.add(HalfSource, at, "profile.half_source", "kind", s.Kind, "key", missing)
		}
		way := AmountSource{Kind: s.Kind, Control: s.Control, Region: s.Region}
		if ways[way] {
			l.problems.add(TooFewSources, at, "profile.source_twice", "kind", s.Kind).advise("profile.source_twice.hint")
		}
		ways[way] = true
	}
	if n := max(len(p.Amount.Sources), 1); p.Amount.Agree > n {
		l.problems.add(TooFewSources, l.origins.at("amount.agree"), "profile.too_few_sources", "agree", p.Amount.Agree, "count", n)
	}
}

// missing names the key without which a source tells nothing; empty when it is complete.
func (p *Profile) missing(s AmountSource) string {
	switch capture.Kind(s.Kind) {
	case capture.Display:
		if p.Display.Port == "" {
			return "display.port"
		}
	case capture.PrintJob:
		if p.Print.Port == "" {
			return "print_stream.port"
		}
	case capture.WindowText:
		if s.Control == "" {
			return "control"
		}
	case capture.Pixels:
		if _, there := p.Taught().Regions[s.Region]; s.Region != "" && !there {
			return "screens[].regions." + s.Region
		}
	}
	return ""
}

// lintPorts refuses one port in two roles: what listens to a line cannot also be what it is passed on to.
func (l *loading) lintPorts(p *Profile) {
	printer := ""
	if p.Printer.Kind != "file" && p.Printer.Kind != "none" {
		printer = p.Printer.Port
	}
	scanner := ""
	if p.Scanner.Kind == "serial" {
		scanner = p.Scanner.Port
	}
	used := map[string]string{}
	for _, one := range [][2]string{{"printer.port", printer}, {"display.port", p.Display.Port}, {"display.forward", p.Display.Forward},
		{"print_stream.port", p.Print.Port}, {"print_stream.forward", p.Print.Forward}, {"scanner.port", scanner}} {
		key, port := one[0], one[1]
		other, twice := used[port]
		if port == "" || key == "print_stream.forward" && other == "printer.port" {
			continue // the POS and the till may share a printer
		}
		if twice {
			l.problems.add(PortTwice, l.origins.at(key), "profile.port_twice", "port", clip(port), "first", other, "second", key)
		}
		used[port] = key
	}
}

// lintFiles opens what stands beside the product's file.
func (l *loading) lintFiles(p *Profile) {
	if l.reported("screens") || !p.Taught().Anchor.inside(p.Taught().Size) {
		return
	}
	if _, err := p.Anchor(); err != nil {
		l.problems.add(BadFile, l.regionAt(p.Taught().ID, ""), "profile.bad_file", "file", clip(p.Taught().Anchor.Image), "why", err)
	}
	if _, err := p.Glyphs(); err != nil {
		at := l.origins.at("amount.ocr.glyphs")
		if p.Taught().Glyphs != "" {
			at = l.regionAt(p.Taught().ID, "")
		}
		l.problems.add(BadFile, at, "profile.bad_file", "file", clip(p.GlyphsDir()), "why", err)
	}
}
