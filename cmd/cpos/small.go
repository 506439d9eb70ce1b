package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"cpos/engine/script"
	"cpos/engine/vault"
	"cpos/engine/words"
	"cpos/hw/input"
)

func (d door) versionCommand() *cli.Command {
	return d.command("version", "version", "", nil, func(_ context.Context, c *cli.Context) error {
		_, err := fmt.Fprintf(d.out, "cpos %s %s/%s %s\n", version, runtime.GOOS, runtime.GOARCH, runtime.Version())
		return err
	})
}

// hookWorkerName is the hidden command by which the program starts itself as a script worker.
const hookWorkerName = "hook-worker"

func (d door) hookWorkerCommand() *cli.Command {
	return &cli.Command{Name: hookWorkerName, Hidden: true, HideHelpCommand: true,
		Action: func(*cli.Context) error { return script.Serve(d.in, d.out) }}
}

// keysGuardName is the hidden command by which the program starts itself as the guard of its keys.
const keysGuardName = "keys-guard"

func (d door) keysGuardCommand() *cli.Command {
	return &cli.Command{Name: keysGuardName, Hidden: true, HideHelpCommand: true,
		Action: func(*cli.Context) error { input.StandGuard(d.in); return nil }}
}

func (d door) secretCommand() *cli.Command {
	return d.group("secret",
		d.command("secret.set", "set", "NAME", nil, d.secretSet),
		d.command("secret.list", "list", "", []cli.Flag{d.outputFlag()}, d.secretList))
}

// secretSet seals a value from the standard input. It never stands in an argument, where every user of
// the machine could read it in the list of processes.
func (d door) secretSet(ctx context.Context, c *cli.Context) error {
	if err := wantArgs(c, 1, 1); err != nil {
		return err
	}
	name := strings.TrimPrefix(c.Args().First(), vault.Scheme)
	t, err := openTill(ctx, d.globals(c), looking)
	if err != nil {
		return err
	}
	v, err := vault.Open(t.data)
	if err != nil {
		return err
	}
	d.say("cli.secret.ask", "name", name)
	value, err := io.ReadAll(io.LimitReader(d.in, mostSecret))
	if err != nil {
		return fmt.Errorf("read secret: %w", err)
	}
	// A line end behind a key comes from the clipboard or from echo; it is part of no key.
	text := strings.Trim(string(value), "\r\n")
	if text == "" {
		return words.Fail(errUsage, "cli.secret.empty").Advise("cli.secret.empty.hint")
	}
	if err := v.PutSecret(name, []byte(text)); err != nil {
		return err
	}
	d.say("cli.secret.done", "name", name)
	return nil
}

// secretJSON is what may be told about a secret: never its value.
type secretJSON struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	Sealed bool   `json:"sealed"`
	Used   bool   `json:"used"` // the profile refers to it
}

func (d door) secretList(ctx context.Context, c *cli.Context) error {
	format, t, err := d.toList(ctx, c)
	if err != nil {
		return err
	}
	sealed, err := t.sealedNames()
	if err != nil {
		return err
	}
	used := t.referredNames()
	l := listing{schema: "cpos.secrets.v1", head: []string{d.word("cli.column.name"), d.word("cli.column.sealed"), d.word("cli.column.used")}}
	all := append(slices.Clone(sealed), used...)
	slices.Sort(all)
	for _, name := range slices.Compact(all) {
		row := secretJSON{"cpos.secret.v1", name, slices.Contains(sealed, name), slices.Contains(used, name)}
		l.rows = append(l.rows, row)
		l.cells = append(l.cells, []string{name, d.yesNo(row.Sealed), d.yesNo(row.Used)})
	}
	return d.write(format, l)
}

func (s streams) yesNo(yes bool) string {
	if yes {
		return s.word("cli.yes")
	}
	return s.word("cli.no")
}

// sealedNames lists what the till's vault holds; where there is no vault yet none is made.
func (t *till) sealedNames() ([]string, error) {
	if !isDir(t.data) {
		return nil, nil
	}
	v, err := vault.Open(t.data)
	if err != nil {
		return nil, err
	}
	return v.SecretNames()
}

// referredNames lists the secrets that the profile refers to.
func (t *till) referredNames() []string {
	var all []string
	for _, reference := range t.profile.Secrets {
		if name, ok := vault.Reference(string(reference)); ok {
			all = append(all, name)
		}
	}
	if name, ok := vault.Reference(string(t.profile.Network.Proxy.Password)); ok {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}
