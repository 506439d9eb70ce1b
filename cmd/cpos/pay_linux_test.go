package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/words"
)

// TestPayThroughTheRunningEngine pays from commands beside a real engine: exit codes are those of a
// command alone, the slip comes out of the engine's printer, and the cashier's window is left in peace.
func TestPayThroughTheRunningEngine(t *testing.T) {
	s := openTestStage(t, buildPOS(t), "12.50", "")
	// What is open stays open until the table is through, however slow the machine.
	if err := s.bank.Inject(sandbox.Fault{Kind: sandbox.FaultDrop, Interface: "query_order", Count: sandbox.Always}); err != nil {
		t.Fatal(err)
	}
	for i, row := range []struct {
		name string
		exit int
		args string
		said string
	}{
		{"paid", exitDone, "--code 134680423163089400 --order-id 01000826B1 --remark water", "01000826B1"},
		{"a number in use", exitConflict, "--code 134680423163089500 --order-id 01000826B1", "hint: "},
		{"declined", exitDeclined, "--code 134680423163089411", "declined"},
		{"still pending", exitPending, "--code 134680423163089401 --no-wait --order-id 01000826B2", "do not charge again"},
		{"answer lost", exitUnknown, "--code 134680423163089406 --no-wait --order-id 01000826B3", "do not charge again"},
		{"no code of ours", exitUsage, "--code 6901234567892", "no payment code"},
		{"the same sale again", exitConflict, "--code 134680423163089700 --serial S0", "--yes"},
		{"another sale, says the clerk", exitDone, "--code 134680423163089700 --serial S0 --yes", "charging"},
		{"the same sale while its payment is open", exitUnknown, "--code 134680423163089800 --serial S3 --yes", "01000826B2"},
		{"the next number", exitDone, "--code 134680423163089600", "charging"},
	} {
		if !strings.Contains(row.args, "--serial") {
			row.args += fmt.Sprint(" --serial S", i)
		}
		exit, said := s.command(t.Context(), "pay --amount 1.00 "+row.args)
		if exit != row.exit || !strings.Contains(said, row.said) {
			t.Errorf("%s: exit code %d, want %d:\n%s", row.name, exit, row.exit, said)
		}
		if code := regexp.MustCompile(`\d{18}`).FindString(row.args); code != "" && strings.Contains(said, code) {
			t.Errorf("%s: the code was told", row.name)
		}
	}
	s.bank.Clear()
	if exit, said := s.command(t.Context(), "order resolve 01000826B3"); exit != exitDone || !strings.Contains(said, "paid") {
		t.Errorf("resolve: exit code %d:\n%s", exit, said)
	}
	for _, number := range []string{"01000826B1", "01000826B3"} {
		slip := filepath.Join(s.slips(), number+"-payment-1.png")
		for isMissing(slip) && !t.Failed() {
			if err := sleep(t.Context(), 20*time.Millisecond); err != nil {
				t.Fatalf("no slip of %s", number)
			}
		}
	}
}

// TestAnInterruptedPaymentThroughTheEngineTellsWhatIsKnown hangs up while the customer types a password.
func TestAnInterruptedPaymentThroughTheEngineTellsWhatIsKnown(t *testing.T) {
	s := openTestStage(t, buildPOS(t), "12.50", "")
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	go func() { // ends with the payment's arrival, or with the test
		for s.bank.Counts()["micro_pay"] == 0 && sleep(ctx, 10*time.Millisecond) == nil {
		}
		interrupt()
	}()
	exit, said := s.command(ctx, "pay --amount 1.00 --code 134680423163089401 --order-id 01000826B1")
	if exit != exitPending || !strings.Contains(said, "interrupted") || !strings.Contains(said, "01000826B1") {
		t.Errorf("exit code %d:\n%s", exit, said)
	}
}

// command runs one command line beside the stage's engine and gives all that it says.
func (s *stage) command(ctx context.Context, line string) (exit int, said string) {
	var b strings.Builder
	streams := streams{in: strings.NewReader(""), out: &b, err: &b, lang: words.English, env: append(os.Environ(), s.Env...)}
	exit = program(ctx, append([]string{"cpos", "--data", s.data, "--env", practiceEnv}, strings.Fields(line)...), streams)
	return exit, b.String()
}

// TestALostEngineIsNeverTakenForNothingSent plays engines that go away at each moment.
func TestALostEngineIsNeverTakenForNothingSent(t *testing.T) {
	for _, row := range []struct {
		name string
		says string
		want error
	}{
		{"before it named the order", "", pay.ErrNotSent},
		{"after it named the order, which is not in the book", `{"pay":{"order":"01000826B1","status":"unknown"}}` + "\n", pay.ErrNotSent},
		{"in the middle of a word", `{"pay":{"or`, pay.ErrNoAnswer},
		{"with words that nobody knows", "{}\n", pay.ErrNoAnswer},
	} {
		t.Run(row.name, func(t *testing.T) {
			data := t.TempDir()
			ln, err := listenDesk(t.Context(), data)
			if err != nil {
				t.Fatal(err)
			}
			served := make(chan error, 1)
			go func() { served <- answerOnce(ln, row.says) }()
			var b strings.Builder
			exit := program(t.Context(), strings.Fields("cpos --data "+data+" pay --amount 1.00 --code 134680423163089400"),
				streams{in: strings.NewReader(""), out: &b, err: &b, lang: words.English})
			if want, _ := codeOf(row.want); exit != want || !strings.Contains(b.String(), "hint: ") {
				t.Errorf("exit code %d, want %d:\n%s", exit, want, b.String())
			}
			if err := errors.Join(<-served, ln.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestARefundWithoutAnAnswerMayHaveBeenSent asks an engine that goes away after it was asked.
func TestARefundWithoutAnAnswerMayHaveBeenSent(t *testing.T) {
	data := t.TempDir()
	ln, err := listenDesk(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- answerOnce(ln, "") }()
	var b strings.Builder
	exit := program(t.Context(), strings.Fields("cpos --data "+data+" refund create 01000826B1 --amount 1.00"),
		streams{in: strings.NewReader(""), out: &b, err: &b, lang: words.English})
	if exit != exitUnknown || !strings.Contains(b.String(), "do not repeat it") {
		t.Errorf("exit code %d:\n%s", exit, b.String())
	}
	if err := errors.Join(<-served, ln.Close()); err != nil {
		t.Error(err)
	}
}

// TestAnInterruptedQuestionIsOnlyInterrupted asks an engine that says nothing.
func TestAnInterruptedQuestionIsOnlyInterrupted(t *testing.T) {
	data := t.TempDir()
	ln, err := listenDesk(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	go func() {
		conn, err := ln.Accept()
		if err == nil {
			defer conn.Close()
			_, _ = conn.Read(make([]byte, longestAsk))
		}
		interrupt()
		if err == nil {
			_, _ = conn.Read(make([]byte, 1)) // until the caller hangs up
		}
	}()
	var b strings.Builder
	exit := program(ctx, strings.Fields("cpos --data "+data+" order resolve 01000826B1"),
		streams{in: strings.NewReader(""), out: &b, err: &b, lang: words.English})
	if exit != exitInterrupted || !strings.Contains(b.String(), "interrupted") {
		t.Errorf("exit code %d:\n%s", exit, b.String())
	}
}

// answerOnce takes one caller's request, says something and hangs up.
func answerOnce(ln net.Listener, says string) error {
	conn, err := ln.Accept()
	if err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, longestAsk))
	if err == nil {
		_, err = conn.Write([]byte(says))
	}
	return errors.Join(err, conn.Close())
}
