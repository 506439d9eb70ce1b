package script_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"cpos/engine/pay"
	"cpos/engine/script"
	"cpos/engine/words"
)

// asWorker makes this test binary play the hidden command of the program.
const asWorker = "SCRIPT_TEST_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(asWorker) != "" {
		if err := script.Serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func workerCommand() *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), asWorker+"=1")
	return c
}

// start gives a worker for one script, with limits wide enough for a busy machine.
func start(t *testing.T, source string) *script.Worker {
	t.Helper()
	w, err := script.StartWorker(t.Context(), script.WorkerOptions{
		Command: workerCommand,
		Source:  oneFile(t, source),
		Limits:  script.Limits{Time: 3 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func oneFile(t *testing.T, source string) script.Source {
	t.Helper()
	s := shipped(t, "my.star")
	s.Root = fstest.MapFS{"my.star": {Data: []byte(source)}}
	return s
}

func paidResult() script.Result {
	return script.Result{OrderID: "0100082600001", Method: "wechat", Status: "paid", Amount: 1250}
}

func document() script.Document {
	at := time.Date(2026, 11, 23, 2, 30, 15, 0, time.UTC)
	return script.Document{
		Store:  script.Store{ID: "S1", Name: "惠民便利店", Header: []string{"惠民便利店", "练习街 1 号  电话 010-5550117"}, Welcome: "谢谢惠顾，欢迎再次光临"},
		Device: "01", Clerk: "1001", Copy: 1,
		Order: pay.Order{ID: "010008266f3k2z261123000007", Tender: pay.WeChat, Amount: 128050, Serial: "20261123-0007", At: at},
		Out:   pay.Outcome{Status: pay.Paid, Trade: "4200001", At: at},
	}
}

func refundDocument() script.Document {
	d := document()
	d.Refund = &pay.Refund{ID: "R010008266f3k2z261123000002", Order: d.Order.ID, Amount: 28050, Reason: "商品退货", Clerk: "1001",
		At: time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)}
	return d
}

func TestAWorkerGivesWhatTheProgramGives(t *testing.T) {
	w, err := script.StartWorker(t.Context(), script.WorkerOptions{Command: workerCommand, Source: shipped(t, "practice.star"),
		Limits: script.Limits{Time: 3 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	p, err := script.Load(shipped(t, "practice.star"))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range []script.Hooks{p, w} {
		plan, err := h.PostPayment(t.Context(), script.Context{}, paidResult())
		if err != nil || fmt.Sprint(plan) != `[focus POS key f6 text "12.50" key f10]` {
			t.Errorf("%T: %v, %v", h, plan, err)
		}
	}
	one, err1 := p.Receipt(t.Context(), document())
	two, err2 := w.Receipt(t.Context(), document())
	if err1 != nil || err2 != nil || fmt.Sprint(one) != fmt.Sprint(two) {
		t.Errorf("program %v (%v), worker %v (%v)", one, err1, two, err2)
	}
	if fmt.Sprint(w.Defined()) != fmt.Sprint(p.Defined()) {
		t.Errorf("worker defines %v, program %v", w.Defined(), p.Defined())
	}
}

// What no step limit can end must end with the child, and the sale goes on with the next one.
func TestAHookThatRunsWildCostsOneHook(t *testing.T) {
	// A runtime that is refused memory mostly says so, and now and then dies before it can.
	const memory = "script.worker.memory script.worker.died"
	const late = memory + " script.worker.late script.time script.steps"
	const calm = "\ndef post_payment(ctx, result):\n    return [key(\"f6\")]\n"
	for name, c := range map[string]struct{ body, key string }{
		"a loop without end":        {"    for i in range(1000000000):\n        pass\n", "script.steps"},
		"eight hundred megabytes":   {"    x = [0] * 100000000\n    return []\n", memory},
		"a text without end":        {"    x = \"x\"\n    for i in range(40):\n        x = x + x\n    return []\n", memory},
		"a number without end":      {"    x = 7\n    for i in range(60):\n        x = x * x\n    return []\n", late},
		"a function calling itself": {"    return pre_payment(ctx)\n", "script.failed"},
		"lists within lists, told":  {"    x = []\n    for i in range(100000):\n        x = [x]\n    return [toast(str(x))]\n", late},
		"a million steps":           {"    return [key(\"f6\") for i in range(1000000)]\n", "script.steps"},
		"more steps than a plan":    {"    return [key(\"f6\") for i in range(201)]\n", "script.result"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, "def pre_payment(ctx):\n"+c.body+calm)
			_, err := w.PrePayment(t.Context(), script.Context{})
			if !errors.Is(err, script.ErrScript) {
				t.Fatalf("got %v, want a script error", err)
			}
			var p *words.Problem
			if errors.As(err, &p); !strings.Contains(c.key, p.What.Key) {
				t.Errorf("got %s (%v), want %s", p.What.Key, err, c.key)
			}
			plan, err := w.PostPayment(t.Context(), script.Context{}, paidResult())
			if err != nil || len(plan) != 1 {
				t.Errorf("the next hook: %v, %v", plan, err)
			}
		})
	}
}

func TestAWorkerThatIsKilledIsReplaced(t *testing.T) {
	var mu sync.Mutex // a spare is started beside the calls
	var made []*exec.Cmd
	w, err := script.StartWorker(t.Context(), script.WorkerOptions{Source: shipped(t, "practice.star"),
		Limits: script.Limits{Time: 3 * time.Second},
		Command: func() *exec.Cmd {
			mu.Lock()
			defer mu.Unlock()
			made = append(made, workerCommand())
			return made[len(made)-1]
		}})
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	first := made[0]
	mu.Unlock()
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.PrePayment(t.Context(), script.Context{}); !errors.Is(err, script.ErrScript) {
		t.Errorf("a killed worker answered: %v", err)
	}
	for range 3 {
		if plan, err := w.PrePayment(t.Context(), script.Context{}); err != nil || len(plan) != 3 {
			t.Errorf("%v, %v", plan, err)
		}
	}
	w.Close()
	w.Close()
	if _, err := w.PrePayment(t.Context(), script.Context{}); !errors.Is(err, script.ErrScript) {
		t.Errorf("a closed worker answered: %v", err)
	}
	for i, c := range made {
		if c.ProcessState == nil {
			t.Errorf("worker %d was not waited for", i)
		}
	}
}

func TestAScriptThatDoesNotLoadStartsNoWorker(t *testing.T) {
	_, err := script.StartWorker(t.Context(), script.WorkerOptions{Command: workerCommand,
		Source: oneFile(t, "def pre_payment(ctx):\n    return [pres(\"f6\")]\n")})
	if !errors.Is(err, script.ErrScript) || !strings.Contains(err.Error(), "my.star:2:13: undefined: pres") {
		t.Errorf("got %v", err)
	}
	_, err = script.StartWorker(t.Context(), script.WorkerOptions{Source: oneFile(t, "x = 1\n"),
		Command: func() *exec.Cmd { return exec.Command("/nonexistent/program") }})
	if !errors.Is(err, script.ErrScript) {
		t.Errorf("no program: %v", err)
	}
}

func TestACallThatIsCalledOffEndsAtOnce(t *testing.T) {
	w := start(t, "def pre_payment(ctx):\n    return [key(\"f6\")]\n")
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.PrePayment(ctx, script.Context{}); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		if _, err := w.PrePayment(t.Context(), script.Context{}); err != nil {
			t.Fatalf("the next call: %v", err)
		}
	}
}

func BenchmarkWarmCall(b *testing.B) {
	w, err := script.StartWorker(b.Context(), script.WorkerOptions{Command: workerCommand, Source: shipped(b, "practice.star")})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	for b.Loop() {
		if _, err := w.PostPayment(b.Context(), script.Context{}, paidResult()); err != nil {
			b.Fatal(err)
		}
	}
}
