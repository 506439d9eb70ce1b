package main

import "context"

// scanner opens a scanner that has a line of its own, and says how late the cashier's digits are with one that
// types.
func (p *patient) scanner(ctx context.Context) []finding {
	s := p.till.profile.Scanner
	open := scannerPort(s)
	switch {
	case !p.till.profile.Trigger.Scan:
		return []finding{checked("scanner", isInfo, "scanner.off")}
	case open == nil:
		return []finding{checked("scanner", isOK, "scanner.keyboard", "gap", s.Gap)}
	case p.running:
		return []finding{checked("scanner", isSkipped, "scanner.engine")}
	}
	line, err := open(ctx)
	if err != nil {
		return []finding{checked("scanner", isError, "scanner.away", "which", s.Port+s.Device).because(err)}
	}
	if err := line.Close(); err != nil {
		return []finding{p.failed("scanner", err)}
	}
	return []finding{checked("scanner", isOK, "scanner", "which", s.Port+s.Device)}
}
