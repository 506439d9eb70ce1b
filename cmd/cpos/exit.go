package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"cpos/engine/gateway"
	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/profile"
	"cpos/engine/script"
	"cpos/engine/station"
	"cpos/engine/store"
	"cpos/engine/vault"
	"cpos/engine/words"
	"cpos/hw/input"
	"cpos/hw/printer"
)

// The exit codes are a promise to scripts in shops. 7, 8, 9 and 20 stay apart for ever: that is how a
// script avoids a double charge.
const (
	exitDone        = 0
	exitInternal    = 1
	exitUsage       = 2
	exitProfile     = 3
	exitScript      = 4
	exitNotAllowed  = 5
	exitDevice      = 6
	exitNotSent     = 7
	exitDeclined    = 8
	exitUnknown     = 9
	exitHalted      = 10
	exitDoctor      = 12
	exitDifference  = 13
	exitConflict    = 14
	exitHash        = 15
	exitTests       = 16
	exitPending     = 20
	exitInterrupted = 130 // as shells report an interrupted program
)

// verdict ends a command with a code after it has said everything itself.
type verdict struct{ code int }

func (v verdict) Error() string { return fmt.Sprintf("exit code %d", v.code) }

// cause says for one kind of error how the program ends and, where the error has no sentence of its own,
// what to say.
type cause struct {
	kind error
	code int
	key  string // of the sentence; the hint stands under key.hint
	// detail adds the technical text, where a support desk can do more with it than with the sentence.
	detail bool
}

// causes are in the order in which they are looked for: what a person can do about comes first.
func causes() []cause {
	return []cause{
		{errUsage, exitUsage, "", false}, {errConflict, exitConflict, "", false},
		{pay.ErrMoneyText, exitUsage, "", false}, {pay.ErrMoneyDecimals, exitUsage, "", false}, {pay.ErrMoneyRange, exitUsage, "", false},
		{pay.ErrNumberLength, exitUsage, "", false}, {pay.ErrNumberSign, exitUsage, "", false},
		{station.ErrStillOpen, exitUnknown, "", false}, {station.ErrTwice, exitConflict, "", false},
		{ledger.ErrEvidence, exitUsage, "cli.evidence", false},
		{ledger.ErrHalted, exitHalted, "cli.halted", false},
		{ledger.ErrLocked, exitConflict, "cli.locked", true},
		{ledger.ErrNumber, exitConflict, "cli.number_used", false},
		{ledger.ErrBroken, exitHash, "cli.broken", true},
		{ledger.ErrOtherTill, exitConflict, "cli.ledger.other_till", true},
		{ledger.ErrOtherBook, exitConflict, "cli.ledger.other_book", false},
		{ledger.ErrShiftOpen, exitConflict, "cli.shift.is_open", false},
		{ledger.ErrNoShift, exitUsage, "cli.shift.none", false},
		{store.ErrNotOlder, exitConflict, "cli.ledger.not_older", false},
		{store.ErrSameFile, exitUsage, "cli.ledger.same_file", false},
		{store.ErrRestoring, exitHash, "cli.ledger.cut_off", false},
		{ledger.ErrNoOrder, exitUsage, "cli.no_order", false},
		{ledger.ErrNotPaid, exitDeclined, "cli.not_paid", false},
		{ledger.ErrRemainder, exitDeclined, "cli.remainder", false},
		{store.ErrDiskFull, exitDevice, "cli.disk_full", true},
		{store.ErrNoWrite, exitDevice, "cli.disk_readonly", true},
		{store.ErrDisk, exitDevice, "cli.disk_failed", true},
		{store.ErrForeign, exitProfile, "cli.foreign_book", true},
		{store.ErrNewer, exitProfile, "cli.newer_book", true},
		{store.ErrOlder, exitProfile, "cli.older_book", true},
		{vault.ErrNoSecret, exitProfile, "cli.no_secret", false},
		{vault.ErrMachine, exitProfile, "cli.vault_machine", true},
		{vault.ErrDamaged, exitProfile, "cli.vault_damaged", true},
		{vault.ErrSealed, exitProfile, "cli.vault_damaged", true},
		{vault.ErrName, exitUsage, "cli.secret_name", false},
		{profile.ErrProfile, exitProfile, "", false},
		{gateway.ErrSettings, exitProfile, "", false},
		{pay.ErrAuthKey, exitProfile, "", false}, {pay.ErrSignKey, exitProfile, "", false},
		{script.ErrScript, exitScript, "", false},
		{errNotTaught, exitTests, "", false}, {errNoWindowFound, exitDevice, "", false}, {errLeft, exitInterrupted, "", false},
		{keys.ErrPlan, exitScript, "", false}, {errMacroStopped, exitDevice, "", false}, {errScannerAway, exitDevice, "", false},
		{input.ErrGone, exitDevice, "", false},
		{errNothingPressed, exitDevice, "", false},
		{pay.ErrNotAllowed, exitNotAllowed, "", false}, {errNotProvider, exitNotAllowed, "", false},
		{pay.ErrNotSent, exitNotSent, "", false},
		{pay.ErrContradiction, exitHalted, "", false},
		{pay.ErrNoAnswer, exitUnknown, "", false}, {pay.ErrForged, exitUnknown, "", false},
		{keys.ErrNoDisplay, exitDevice, "cli.no_display", true}, {errNoFont, exitDevice, "", false},
		{context.Canceled, exitInterrupted, "cli.interrupted", false},
	}
}

// codeOf gives the exit code of an error and the cause it was found by.
func codeOf(err error) (int, cause) {
	var told *deskFault
	if errors.As(err, &told) {
		return told.Exit, cause{}
	}
	var v verdict
	if err == nil {
		return exitDone, cause{}
	}
	if errors.As(err, &v) {
		return v.code, cause{}
	}
	var fault printer.Fault
	if errors.As(err, &fault) {
		return exitDevice, cause{key: "printer." + string(fault)}
	}
	for _, c := range causes() {
		if errors.Is(err, c.kind) {
			return c.code, c
		}
	}
	return exitInternal, cause{}
}

// report tells a person what went wrong and what to do now, and gives the exit code.
func (s streams) report(err error) int {
	code, c := codeOf(err)
	var v verdict
	if err == nil || errors.As(err, &v) {
		return code
	}
	what, hint := s.explain(err, c)
	for line := range strings.SplitSeq(what, "\n") {
		fmt.Fprintln(s.err, "cpos: "+line)
	}
	if hint != "" {
		fmt.Fprintln(s.err, s.word("cli.hint")+": "+hint)
	}
	return code
}

// explain gives the sentence and the hint of an error. An error of a room without sentences gets
// the door's.
func (s streams) explain(err error, c cause) (what, hint string) {
	var told *deskFault
	if errors.As(err, &told) {
		return told.What, told.Hint
	}
	var all *profile.Problems
	if errors.As(err, &all) {
		return all.In(s.lang), s.word("cli.profile.hint")
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok && !isProblem(err) {
		return s.explainAll(joined.Unwrap())
	}
	var p *words.Problem
	if errors.As(err, &p) {
		return p.In(s.lang), words.Say(s.lang, hintOf(p))
	}
	if c.key != "" {
		if what = s.word(c.key); c.detail {
			what += ": " + err.Error()
		}
		return what, s.word(c.key + ".hint")
	}
	if errors.Is(err, fs.ErrNotExist) {
		return err.Error(), s.word("cli.no_file.hint")
	}
	return err.Error(), ""
}

func isProblem(err error) bool {
	_, ok := err.(*words.Problem)
	return ok
}

func (s streams) explainAll(errs []error) (what, hint string) {
	var lines []string
	for _, one := range errs {
		_, c := codeOf(one)
		said, advice := s.explain(one, c)
		lines = append(lines, said)
		if hint == "" {
			hint = advice
		}
	}
	return strings.Join(lines, "\n"), hint
}

// hintOf gives the outermost advice of a chain of problems.
func hintOf(p *words.Problem) words.Text {
	for p.Hint.IsZero() {
		var inner *words.Problem
		if !errors.As(p.Cause, &inner) {
			return words.Text{}
		}
		p = inner
	}
	return p.Hint
}
