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
	case p.running:
		return []finding{p.listening(ctx)}
	case open == nil:
		return []finding{checked("scanner", isOK, "scanner.keyboard", "gap", s.Gap)}
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

// listening asks the engine whether a scan would be taken now. Where it would not, the POS is not in front, or a
// sale is under way.
func (p *patient) listening(ctx context.Context) finding {
	said, err := askDesk(ctx, p.till.data, deskAsk{Do: deskView})
	switch {
	case err != nil || said.Engine == nil:
		return checked("scanner", isSkipped, "scanner.engine").because(err)
	case said.Engine.Listens:
		return checked("scanner", isOK, "scanner.listens")
	}
	return checked("scanner", isInfo, "scanner.deaf")
}
