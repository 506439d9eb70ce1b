package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/vault"
	"cpos/engine/words"
)

// practiceAddress is where the practice profile looks for the sandbox.
const practiceAddress = "127.0.0.1:5180"

func (d door) sandboxCommand() *cli.Command {
	listen := &cli.StringFlag{Name: "listen", Value: practiceAddress, Usage: d.word("cli.flag.listen")}
	file := &cli.StringFlag{Name: "file", Usage: d.word("cli.flag.file")}
	inject := []cli.Flag{
		&cli.StringFlag{Name: "at", Value: practiceAddress, Usage: d.word("cli.flag.at")},
		&cli.StringFlag{Name: "interface", Usage: d.word("cli.flag.interface")},
		&cli.IntFlag{Name: "count", Value: 1, Usage: d.word("cli.flag.count")},
		&cli.DurationFlag{Name: "delay", Usage: d.word("cli.flag.delay")},
		&cli.StringFlag{Name: "amount", Usage: d.word("cli.flag.fault_amount")},
		&cli.IntFlag{Name: "code", Usage: d.word("cli.flag.fault_code")},
		&cli.StringFlag{Name: "fault-device", Usage: d.word("cli.flag.fault_device")},
		&cli.BoolFlag{Name: "clear", Usage: d.word("cli.flag.clear")},
	}
	return d.group("sandbox",
		d.command("sandbox.serve", "serve", "", []cli.Flag{listen, file}, d.sandboxServe),
		d.command("sandbox.inject", "inject", "[FAULT]", inject, d.sandboxInject),
		d.command("sandbox.install", "keys", "", nil, d.sandboxKeys),
		d.command("sandbox.scenarios", "scenarios", "", []cli.Flag{d.outputFlag()}, d.sandboxScenarios))
}

// sandboxServe serves until it is interrupted. It also puts the practice keys into the practice till's
// vault, where none are, so that the next command works.
func (d door) sandboxServe(ctx context.Context, c *cli.Context) error {
	if err := wantArgs(c, 0, 0); err != nil {
		return err
	}
	cfg := sandbox.Practice()
	cfg.File = c.String("file")
	server, err := sandbox.New(cfg)
	if err != nil {
		return err
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", c.String("listen"))
	if err != nil {
		return words.Fail(errConflict, "cli.sandbox.busy", "at", c.String("listen")).Advise("cli.sandbox.busy.hint").Because(err)
	}
	if t, err := openTill(ctx, d.globals(c), looking); err == nil && t.practising() {
		if _, err := t.installPracticeKeys(); err != nil {
			return errors.Join(err, ln.Close())
		}
	}
	fmt.Fprintf(d.out, "http://%s%s\n", ln.Addr(), sandbox.BasePath)
	d.say("cli.sandbox.ready")
	return server.Serve(ctx, ln)
}

// errConflict says that something is already in use.
var errConflict = errors.New("already in use")

// sandboxKeys puts the published practice keys under the profile's references.
func (d door) sandboxKeys(ctx context.Context, c *cli.Context) error {
	if err := wantArgs(c, 0, 0); err != nil {
		return err
	}
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return err
	}
	names, err := t.installPracticeKeys()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		d.say("cli.sandbox.keys_there")
		return nil
	}
	d.say("cli.sandbox.keys", "names", strings.Join(names, " "))
	return nil
}

// sandboxInject arms one fault of a running sandbox, or disarms all.
func (d door) sandboxInject(ctx context.Context, c *cli.Context) error {
	base := url.URL{Scheme: "http", Host: c.String("at"), Path: sandbox.ControlPath + "faults"}
	if c.Bool("clear") {
		return d.control(ctx, http.MethodDelete, base.String(), nil)
	}
	if c.NArg() != 1 {
		return words.Fail(errUsage, "cli.sandbox.which", "known", faultNames()).Advise("cli.wrong_use.hint")
	}
	f := sandbox.Fault{Kind: sandbox.FaultKind(c.Args().First()), Interface: c.String("interface"), Count: c.Int("count"),
		Delay: c.Duration("delay"), Code: c.Int("code"), Device: c.String("fault-device")}
	if !strings.Contains(" "+faultNames()+" ", " "+string(f.Kind)+" ") {
		return words.Fail(errUsage, "cli.sandbox.no_fault", "name", clip(string(f.Kind)), "known", faultNames())
	}
	if text := c.String("amount"); text != "" {
		var err error
		if f.Amount, err = pay.ParseMoney(text); err != nil {
			return err
		}
	}
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := d.control(ctx, http.MethodPost, base.String(), body); err != nil {
		return err
	}
	d.say("sandbox.fault." + string(f.Kind))
	return nil
}

func faultNames() string {
	var all []string
	for _, k := range sandbox.FaultKinds() {
		all = append(all, string(k))
	}
	return strings.Join(all, " ")
}

// control speaks to the sandbox's control path.
func (d door) control(ctx context.Context, method, address string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	back, err := http.DefaultClient.Do(r)
	if err != nil {
		return words.Fail(pay.ErrNotSent, "cli.sandbox.away", "at", r.URL.Host).Advise("cli.sandbox.away.hint").Because(err)
	}
	defer back.Body.Close()
	if back.StatusCode >= http.StatusBadRequest {
		text, _ := io.ReadAll(io.LimitReader(back.Body, 500)) // the sentence is an extra
		return words.Fail(errUsage, "cli.sandbox.refused", "why", strings.TrimSpace(string(text)))
	}
	return nil
}

// scenarioJSON is one ending of a code.
type scenarioJSON struct {
	Schema string `json:"schema"`
	Ending string `json:"ending"`
	Text   string `json:"text"`
}

// sandboxScenarios lists what the last two digits of a code make the sandbox do.
func (d door) sandboxScenarios(_ context.Context, c *cli.Context) error {
	format, err := outputOf(c, 0)
	if err != nil {
		return err
	}
	l := listing{schema: "cpos.scenarios.v1", head: []string{d.word("cli.column.ending"), d.word("cli.column.does")}}
	for _, s := range sandbox.Scenarios() {
		row := scenarioJSON{"cpos.scenario.v1", s.String(), d.word("sandbox.scenario." + s.String())}
		l.rows = append(l.rows, row)
		l.cells = append(l.cells, []string{row.Ending, row.Text})
	}
	return d.write(format, l)
}

// hasSecrets says whether everything that the profile refers to is sealed.
func (t *till) hasSecrets() (missing []string, err error) {
	sealed, err := t.sealedNames()
	if err != nil {
		return nil, err
	}
	for _, name := range t.referredNames() {
		if !slices.Contains(sealed, name) {
			missing = append(missing, vault.Scheme+name)
		}
	}
	return missing, nil
}
