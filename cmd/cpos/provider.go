package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"cpos/engine/profile"
	"cpos/engine/words"
)

// errNotProvider says that what only the service provider may do was asked for without the provider's pass
// phrase.
var errNotProvider = errors.New("not the provider's pass phrase")

// mostPass is how long a pass phrase may be, in bytes: bcrypt looks at no more.
const mostPass = 72

// asProvider asks for the provider's pass phrase where the profile has one, and gives the name under which
// the book keeps who did it. The phrase never stands in an argument, where every user of the machine could
// read it in the list of processes.
func (d door) asProvider(p *profile.Profile) (who string, err error) {
	if p.Provider.Pass == "" {
		return person(), nil
	}
	d.say("cli.provider.ask")
	pass, err := d.passPhrase()
	if err != nil {
		return "", fmt.Errorf("read the pass phrase: %w", err)
	}
	if !p.Provider.Pass.Fits(pass) {
		time.Sleep(wrongPassDelay)
		return "", words.Fail(errNotProvider, "cli.provider.wrong").Advise("cli.provider.wrong.hint")
	}
	return "provider/" + person(), nil
}

// wrongPassDelay makes guessing at a till slow.
const wrongPassDelay = 2 * time.Second

// passPhrase reads one line, unseen where it is typed at a terminal.
func (d door) passPhrase() (string, error) {
	if f, ok := d.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		typed, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(d.err)
		return string(typed), err
	}
	line, err := bufio.NewReader(io.LimitReader(d.in, mostPass+2)).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}

// profilePass makes a pass phrase that nobody can guess, and the line for the provider's layer that knows
// it. A phrase that a person thinks up would not do, for the line stands in a repository.
func (d door) profilePass() error {
	pass := newPass()
	hash, err := profile.HashPass(pass)
	if err != nil {
		return err
	}
	d.say("cli.provider.keep", "pass", pass)
	fmt.Fprintf(d.out, "provider: {pass: %q}\n", string(hash))
	return nil
}

// newPass gives a hundred random bits in groups that can be read out on the phone.
func newPass() string {
	s := strings.ToLower(rand.Text())[:20]
	return strings.Join([]string{s[:5], s[5:10], s[10:15], s[15:]}, "-")
}
