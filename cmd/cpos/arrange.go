package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// arrange lets flags stand anywhere on the line, as people write them: it moves the program's own flags
// before the command and a command's flags before its arguments, where the flag parser expects them.
func arrange(app *cli.App, args []string) []string {
	if len(args) < 2 {
		return args
	}
	var globals, path, flags, rest []string
	commands, own := app.Commands, []cli.Flag(nil)
	for i := 1; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			rest = append(rest, args[i+1:]...)
			i = len(args)
		case len(a) > 1 && a[0] == '-':
			to, takes := &flags, false
			if f := findFlag(own, a); f != nil {
				takes = takesValue(f)
			} else if f := findFlag(app.Flags, a); f != nil {
				to, takes = &globals, takesValue(f)
			}
			*to = append(*to, a)
			if takes && !strings.Contains(a, "=") && i+1 < len(args) {
				i++
				*to = append(*to, args[i])
			}
		default:
			if c := findCommand(commands, a); c != nil && len(rest) == 0 {
				path, commands, own = append(path, a), c.Subcommands, c.Flags
				continue
			}
			rest = append(rest, a)
		}
	}
	if len(rest) > 0 && len(path) > 0 {
		rest = append([]string{"--"}, rest...)
	}
	return slices.Concat(args[:1], globals, path, flags, rest)
}

func findCommand(all []*cli.Command, name string) *cli.Command {
	for _, c := range all {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

func findFlag(all []cli.Flag, text string) cli.Flag {
	name, _, _ := strings.Cut(strings.TrimLeft(text, "-"), "=")
	for _, f := range all {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func takesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}
