package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v2"

	"cpos/engine/capture"
	"cpos/engine/gateway"
	"cpos/engine/keys"
	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/receipt"
	"cpos/engine/script"
	"cpos/engine/station"
	"cpos/engine/witness"
	"cpos/engine/words"
	"cpos/hw/control"
	"cpos/hw/desktop"
	"cpos/hw/input"
	"cpos/hw/printer"
	"cpos/hw/window"
)

func (d door) runCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.BoolFlag{Name: "headless", Usage: d.word("cli.run.headless")},
		&cli.StringFlag{Name: "slip-pictures", Usage: d.word("cli.run.slip-pictures")},
	}
	return d.command("run", "run", "", flags, func(ctx context.Context, c *cli.Context) error {
		if err := wantArgs(c, 0, 0); err != nil {
			return err
		}
		var err error
		window.Main(func() { err = d.run(ctx, d.globals(c), runOptions{c.Bool("headless"), c.String("slip-pictures")}) })
		return err
	})
}

// runOptions are the flags of run.
type runOptions struct {
	headless bool   // no payment window: views go to standard output, wishes come through the desk
	pictures string // folder for a picture of every slip; empty means none
}

// engine is a till at work: the station and its devices.
type engine struct {
	streams
	runOptions
	meant globals // which till
	till  *till
	since time.Time
	alive context.Context         // ends with the engine
	end   context.CancelCauseFunc // ends it, with the reason

	desktop *desktop.Desktop
	input   *input.Device
	judge   *capture.Judge // nil: amounts are typed
	looks   *capture.Judge // what plans ask about the screen; nil: nothing is taught
	lines   lines          // what the POS tells elsewhere than in pixels
	texts   *control.Texts // of the POS's window; nil when no amount is taken from them
	witness *witness.Witness
	hooks   *script.Worker
	printer receipt.Printer // nil: nothing is printed
	queue   *printer.Queue
	faces   faces
	board   deskBoard
	window  *window.Window // nil when headless
	station *station.Station
	armed   atomic.Bool    // the keyboard is listened to
	taught  atomic.Bool    // somebody is teaching
	all     sync.WaitGroup // everything that runs beside the station

	mu       sync.Mutex
	covers   bool
	troubles []string
	taken    []string // hot-keys that other programs own
}

// errStopped ends an engine that was asked to stop.
var errStopped = errors.New("stopped")

// run is the whole life of an engine. It ends with ctx, when the desk asks for it, or when a device is
// lost without which there is no till.
func (d door) run(ctx context.Context, g globals, o runOptions) (err error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	t, err := openTill(ctx, g, looking)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	if err := t.logToFile(); err != nil {
		return err
	}
	if err := t.open(ctx, charging); err != nil {
		return err
	}
	e := &engine{streams: d.streams, meant: g, runOptions: o, till: t, since: time.Now(), alive: ctx, end: end}
	if err := e.openDevices(ctx); err != nil {
		return err
	}
	if err := e.open(); err != nil {
		return err
	}
	return e.work(ctx)
}

// largestLog is the size in bytes at which a new log is begun; one old one is kept.
const largestLog = 8 << 20

// logToFile keeps the till's log in its data folder.
func (t *till) logToFile() error {
	if err := os.MkdirAll(t.data, 0o700); err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	name := filepath.Join(t.data, "cpos.log")
	if info, err := os.Stat(name); err == nil && info.Size() > largestLog {
		if err := os.Rename(name, name+".1"); err != nil {
			return fmt.Errorf("open log: %w", err)
		}
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	t.closers = append(t.closers, f.Close)
	t.keepLog(f)
	return nil
}

// openDevices opens what the till works with. Without a desktop there is no till; without text
// recognition or a printer there is one, and it says what is missing.
func (e *engine) openDevices(ctx context.Context) error {
	t, p := e.till, e.till.profile
	var err error
	if e.desktop, err = desktop.Open(); err != nil {
		return words.Fail(keys.ErrNoDisplay, "input.no_display").Advise("input.no_display.hint").Because(err)
	}
	t.closers = append(t.closers, func() error { e.desktop.Close(); return nil })
	e.input, err = input.Open(e.desktop, input.Options{
		Accept: t.ours,
		Gap:    p.Scanner.Gap,
		Guard:  guardCommand,
	})
	if err != nil {
		return err
	}
	t.closers = append(t.closers, func() error { e.input.Close(); return nil })
	if e.hooks, err = t.startHooks(ctx); err != nil {
		return err
	}
	if err := e.openEyes(ctx); err != nil {
		return err
	}
	return e.openSlips()
}

func (e *engine) scene() desktop.Scene {
	return desktop.Scene{Desktop: e.desktop, Window: e.till.profile.Window()}
}

// openSlips makes the printer's queue. A printer that does not answer yet is told and kept: it may be
// switched on later.
func (e *engine) openSlips() error {
	var err error
	if e.printer, err = e.till.openPrinter(); err != nil || e.printer == nil {
		return err
	}
	e.queue = printer.NewQueue(e.printer)
	return nil
}

// trouble tells what is missing, now on the talk stream and later to whoever asks at the desk.
func (e *engine) trouble(err error) {
	_, c := codeOf(err)
	what, hint := e.explain(err, c)
	e.till.log.Warn("trouble", "error", err)
	fmt.Fprintln(e.err, "cpos: "+what)
	if hint != "" {
		fmt.Fprintln(e.err, e.word("cli.hint")+": "+hint)
		what = e.word("run.trouble", "what", what, "hint", hint)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.troubles = append(e.troubles, what)
}

// open makes the station, and the payment window in front of it.
func (e *engine) open() error {
	parts, err := e.parts()
	if err != nil {
		return err
	}
	e.station = station.New(parts)
	e.faces.all = append(e.faces.all, &e.board)
	if e.headless {
		return nil
	}
	w, err := window.New(window.Options{
		Desk: e.station, Lang: e.lang, Touch: e.till.profile.Touch, Avoid: e.regionsNow, Beside: e.besideNow,
		Home: e.rememberedHome(), Moved: e.rememberHome, Placed: e.placed,
		Ended: func(err error) { e.end(words.Fail(window.ErrNone, "run.window_gone").Because(err)) },
	})
	if err != nil {
		return err
	}
	e.window = w
	e.till.closers = append(e.till.closers, func() error { w.Close(); return nil })
	e.faces.all = append(e.faces.all, w)
	return nil
}

func (e *engine) parts() (station.Parts, error) {
	paper, err := e.till.profile.Paper()
	if err != nil {
		return station.Parts{}, err
	}
	p := station.Parts{Teller: e.till.teller, Hooks: e.hooks, Play: e.play, Face: &e.faces, Codes: e.till.codes.rules,
		Resume: e.resume, Ears: e.ears(), Rules: saleRules(e.till.profile)}
	p.SignOn = e.signOn
	p.Rules.Hooks = station.HookRulesOf(e.hooks.Defined())
	if e.judge != nil {
		p.Capture, p.Witness = e.judge, e.witness
	}
	if e.queue != nil {
		p.Slips = slips{e.queue, paper, e.pictures, e.till.log}
	}
	return p, nil
}

// work runs the till until ctx ends, and waits for everything it started.
func (e *engine) work(ctx context.Context) error {
	ln, err := listenDesk(ctx, e.till.data)
	if err != nil {
		return err
	}
	host := e.host()
	e.all.Go(func() {
		if err := serveDesk(ctx, ln, host); err != nil {
			e.end(err)
		}
	})
	e.all.Go(func() { e.watchMishaps(ctx) })
	if p, ok := e.till.gateway.(pay.Pinger); ok {
		e.all.Go(func() { gateway.Warm(ctx, p) })
	}
	if p, ok := e.till.gateway.(pay.Prefixer); ok {
		e.all.Go(func() {
			e.till.codes.keepRenewed(ctx, p, func(err error) { e.till.log.Warn("ask how payment codes begin", "error", err) })
		})
	}
	e.listen(ctx)
	if e.queue != nil {
		e.all.Go(func() { e.queue.Run(ctx) })
		e.all.Go(func() { e.checkPrinter(ctx) })
	}
	if e.headless {
		e.all.Go(func() { e.printViews(ctx) })
	}
	e.say("run.open", "till", e.till.profile.TillName())
	err = e.station.Run(ctx)
	e.end(nil)
	e.all.Wait()
	return errors.Join(err, reason(ctx))
}

// reason gives why an engine ended, nil when somebody wanted it.
func reason(ctx context.Context) error {
	cause := context.Cause(ctx)
	if errors.Is(cause, errStopped) || errors.Is(cause, context.Canceled) {
		return nil
	}
	return cause
}

func (e *engine) checkPrinter(ctx context.Context) {
	if err := e.printer.Check(ctx); err != nil && ctx.Err() == nil {
		e.trouble(err)
	}
}

// printViews writes what would be shown, one JSON document per line.
func (e *engine) printViews(ctx context.Context) {
	views, leave := e.board.look()
	defer leave()
	out := json.NewEncoder(e.out)
	for {
		select {
		case <-ctx.Done():
			return
		case v := <-views:
			if err := out.Encode(newDeskFace(v, e.lang)); err != nil {
				e.end(fmt.Errorf("write views: %w", err))
				return
			}
		}
	}
}

// host is what the desk serves of this engine.
func (e *engine) host() deskHost {
	return deskHost{
		Lang: e.lang, Desk: e.station, View: e.station.View, Engine: e.status, Board: &e.board,
		Pay: e.pay, Resolve: e.resolve, Evidence: e.evidence, Refund: e.refund, Release: e.till.book.Release, Shift: turnOn(e.till.book), Play: e.playFor, Stop: func() { e.end(errStopped) },
		Fault: func(err error) *deskFault {
			code, c := codeOf(err)
			what, hint := e.explain(err, c)
			return &deskFault{Exit: code, What: what, Hint: hint}
		},
	}
}

// pay makes a payment on behalf of another command; the slip is printed without letting it wait.
func (e *engine) pay(ctx context.Context, o payOptions, told func(deskPayment) error) error {
	code, err := payable(e.till, o)
	if err != nil {
		return err
	}
	var order string
	row, err := e.till.charge(ctx, o, code, func(number string) error {
		order = number
		return told(deskPayment{Order: order})
	}, func(out pay.Outcome) {
		_ = told(deskPayment{Order: order, Status: out.Status, Why: out.Why}) // a caller who is gone ends ctx
	})
	if row.Order.ID == "" {
		return err
	}
	if row.Outcome.Status == pay.Paid && row.Outcome.Why != pay.WhyTurnedRefund {
		e.all.Go(func() { e.station.PrintPayment(e.alive, row) })
	}
	_ = told(deskPayment{Order: order, Status: row.Outcome.Status, Why: row.Outcome.Why, Done: true})
	return nil
}

// resolve asks about an order on behalf of another command, which finds the answer in the book.
func (e *engine) resolve(ctx context.Context, order string) error {
	_, err := e.station.Resolve(ctx, order)
	return err
}

// evidence takes a person's word on behalf of another command. Where the service has answered meanwhile,
// that is found in the book.
func (e *engine) evidence(ctx context.Context, order, transaction, who, reason string) error {
	_, err := e.station.Evidence(ctx, order, transaction, who, reason)
	return err
}

// refund gives money back on behalf of another command; the slip is printed without letting it wait.
func (e *engine) refund(ctx context.Context, g station.Giveback) (ledger.RefundRow, error) {
	row, err := e.till.teller.Refund(ctx, g)
	if err != nil {
		return row, err
	}
	order, err := e.till.book.Order(ctx, row.Refund.Order)
	if err != nil {
		return row, err
	}
	if s := row.Outcome.Status; s == pay.RefundAccepted || s == pay.RefundDone {
		ctx := context.WithoutCancel(ctx)
		e.all.Go(func() { e.station.PrintRefund(ctx, order, row) })
		e.all.Go(func() { e.station.Refunded(order, row) })
	}
	return row, nil
}

func (e *engine) status() deskEngine {
	e.mu.Lock()
	defer e.mu.Unlock()
	return deskEngine{PID: os.Getpid(), Version: version, Skew: e.till.teller.Skew(), Till: e.till.profile.TillName(), Since: e.since, Open: e.station.Open() && e.armed.Load(),
		Listens: e.station.Listens() && e.input.Scans(), Window: e.window != nil, Reads: e.judge != nil, Prints: e.printer != nil, Covers: e.covers,
		Troubles: append([]string{}, e.troubles...), Taken: append([]string{}, e.taken...)}
}
