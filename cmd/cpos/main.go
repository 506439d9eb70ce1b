// Command cpos is the till companion: it takes payments beside a POS program, and gives the people who
// look after a till their tools.
//
// This package is the door: it reads flags, opens the rooms and turns what they say into words, tables
// and exit codes. Standard output is data, standard error is talk. No rule about money lives here, and
// wire.go alone names drivers.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v2"

	"cpos/engine/words"
)

// version is put in by the build.
var version = "unknown"

func main() { os.Exit(mainCode()) }

// mainCode is main for whoever needs the code itself.
func mainCode() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return program(ctx, os.Args, systemStreams(os.Args, os.Environ()))
}

// program runs one command line and gives its exit code.
func program(ctx context.Context, args []string, s streams) int {
	app := newApp(s)
	err := app.RunContext(ctx, arrange(app, args))
	return s.report(err)
}

// newApp lists the commands.
func newApp(s streams) *cli.App {
	d := door{s}
	app := &cli.App{
		Name: "cpos", HelpName: "cpos", Usage: d.word("cli.usage"), Description: d.word("cli.description"),
		Version: version, HideVersion: true, HideHelpCommand: true,
		Reader: s.in, Writer: s.out, ErrWriter: s.err,
		Flags: d.globalFlags(), CustomAppHelpTemplate: d.appHelp(),
		ExitErrHandler: func(*cli.Context, error) {}, // report decides
		OnUsageError:   usageError,
		Action:         needCommand,
	}
	app.Commands = d.commands()
	return app
}

// door makes commands that speak through one set of streams.
type door struct{ streams }

func (d door) commands() []*cli.Command {
	return []*cli.Command{
		d.payCommand(), d.refundCommand(), d.orderCommand(), d.exportCommand(),
		d.runCommand(), d.demoCommand(),
		d.doctorCommand(), d.reconcileCommand(), d.shiftCommand(), d.ledgerCommand(),
		d.profileCommand(), d.scriptCommand(), d.macroCommand(), d.hotkeyCommand(), d.scanCommand(), d.captureCommand(),
		d.receiptCommand(), d.secretCommand(), d.sandboxCommand(), d.versionCommand(), d.hookWorkerCommand(), d.keysGuardCommand(),
	}
}

// action is the body of a command.
type action func(ctx context.Context, c *cli.Context) error

// command makes a command whose help stands in the catalogue under cli.<key>: one line, and an example
// under cli.<key>.example.
func (d door) command(key, name, argsUsage string, flags []cli.Flag, run action) *cli.Command {
	return &cli.Command{
		Name: name, ArgsUsage: argsUsage, Usage: d.word("cli." + key),
		Description: d.word("cli." + key + ".example"), CustomHelpTemplate: d.commandHelp(),
		Flags: flags, HideHelpCommand: true, OnUsageError: usageError,
		Action: func(c *cli.Context) error { return run(c.Context, c) },
	}
}

// group makes a command that only holds others.
func (d door) group(name string, inside ...*cli.Command) *cli.Command {
	return &cli.Command{
		Name: name, Usage: d.word("cli." + name), Subcommands: inside, HideHelpCommand: true,
		CustomHelpTemplate: d.commandHelp(), OnUsageError: usageError, Action: needCommand,
	}
}

func usageError(_ *cli.Context, err error, _ bool) error {
	return words.Fail(errUsage, "cli.wrong_use").Because(err).Advise("cli.wrong_use.hint")
}

// needCommand answers a group that was called without one of its commands.
func needCommand(c *cli.Context) error {
	if c.Args().Present() {
		return words.Fail(errUsage, "cli.no_command", "name", clip(c.Args().First())).Advise("cli.wrong_use.hint")
	}
	if len(c.Lineage()) <= 2 && c.Command != nil && c.Command.Name == c.App.Name {
		return cli.ShowAppHelp(c)
	}
	return cli.ShowSubcommandHelp(c)
}

// wantArgs refuses a command line with fewer or more arguments than a command takes.
func wantArgs(c *cli.Context, least, most int) error {
	if n := c.NArg(); n < least || most >= 0 && n > most {
		return words.Fail(errUsage, "cli.arguments", "usage", c.Command.ArgsUsage).Advise("cli.wrong_use.hint")
	}
	return nil
}

var errUsage = errors.New("wrong use")

// clip keeps what somebody typed from filling the screen.
func clip(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
