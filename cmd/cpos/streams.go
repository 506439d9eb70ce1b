package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"cpos/engine/words"
)

// streams is what a command reads and writes: data goes to out, talk to err.
type streams struct {
	in       io.Reader
	out, err io.Writer
	lang     words.Lang
	env      []string // of the process, as os.Environ gives it
	terminal bool     // out is a terminal
}

func systemStreams(args, env []string) streams {
	return streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, lang: langOf(args, env), env: env, terminal: isTerminal(os.Stdout)}
}

// isTerminal says that a person sees what is written there.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// langOf finds the language before any flag is parsed, for the help itself is in it: --lang, CPOS_LANG,
// then the system's.
func langOf(args, env []string) words.Lang {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--lang="); ok {
			return words.ParseLang(v)
		}
		if a == "--lang" && i+1 < len(args) {
			return words.ParseLang(args[i+1])
		}
	}
	for _, name := range []string{"CPOS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := variable(env, name); v != "" {
			return words.ParseLang(v)
		}
	}
	return words.ParseLang(systemLang())
}

// variable gives a variable of an environment, the last one winning as in a shell.
func variable(env []string, name string) string {
	value := ""
	for _, pair := range env {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			value = v
		}
	}
	return value
}

// word gives a sentence in the language of the person.
func (s streams) word(key string, namesAndValues ...any) string {
	return words.Say(s.lang, words.T(key, namesAndValues...))
}

// say writes a sentence to the talk stream.
func (s streams) say(key string, namesAndValues ...any) {
	fmt.Fprintln(s.err, s.word(key, namesAndValues...))
}
