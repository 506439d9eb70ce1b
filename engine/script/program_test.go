package script_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"cpos/engine/receipt"
	"cpos/engine/script"
	"cpos/engine/words"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite golden files")

// run loads a script and calls pre_payment.
func run(t *testing.T, source string) (string, error) {
	t.Helper()
	p, err := script.Load(oneFile(t, source))
	if err != nil {
		return "", err
	}
	plan, err := p.PrePayment(t.Context(), script.Context{Trigger: "scan", Kind: "wechat", Clerk: "1001", Amount: 1250})
	return fmt.Sprint(plan), err
}

func TestStepsSayWhatIsToBeDone(t *testing.T) {
	for name, c := range map[string][2]string{
		"every step": {`[focus(), focus(window(exe = "pos.exe", title = "收款")), key("f6"), key("backspace", times = 8),
			keys("ctrl+c"), text("12"), text(ctx.amount), text(7), click("done"), fill("received", money("0.5")), wait("300ms"), beep(), beep(times = 3), toast("好")]`,
			`[focus POS focus pos.exe / 收款 key f6 key backspace*8 key ctrl+c text "12" text "12.50" text "7" click done fill received "0.50" wait 300ms beep 1 beep 3 toast "好"]`},
		"every question": {`[wait_for(all_of([region_matches("a", r"\d+"), not_(region_amount("b", ctx.amount)), any_of([window(exe = "x")])]), timeout = "1s"),
			expect(region_amount("a", "12.50"), or_else = [beep()])]`,
			`[wait_for all_of(region_matches(a, \d+), not(region_amount(b, 12.50)), any_of(window(x))) expect region_amount(a, 12.50)]`},
		"a tuple is a list":   {`(key("a"), key("b"))`, "[key a key b]"},
		"nothing to do":       {`None`, "[]"},
		"what the hook knows": {`[toast(ctx.trigger + ctx.kind + ctx.clerk)]`, `[toast "scanwechat1001"]`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := run(t, "def pre_payment(ctx):\n    return "+c[0]+"\n")
			if err != nil || got != c[1] {
				t.Errorf("got  %s, %v\nwant %s", got, err, c[1])
			}
		})
	}
}

func TestMistakesAreToldWithTheirPlace(t *testing.T) {
	const hook = "def pre_payment(ctx):\n    return "
	for name, c := range map[string][2]string{
		"a misspelt word":              {hook + `[pres("f6")]`, `my.star:2:13: undefined: pres`},
		"a word of Python":             {"import os", `my.star:1:1: got import`},
		"a missing bracket":            {hook + `[key("f6")`, `my.star:3:1: got outdent, want ']'`},
		"a wrong key":                  {hook + `[key("f66")]`, `my.star:2:16: key: for parameter name: key "f66"`},
		"a key too often":              {hook + `[key("f6", times = 500)]`, `my.star:2:16: key: 500 times is not between 1 and 50`},
		"a time without its unit":      {hook + `[wait(300)]`, `my.star:2:17: wait: for parameter time: got int, want a time such as "300ms"`},
		"a wait of a minute":           {hook + `[wait("60s")]`, `"60s" is no time from "0s" to "30s"`},
		"half a pattern":               {hook + `[wait_for(region_matches("a", "("))]`, `my.star:2:36: region_matches: error parsing regexp`},
		"a step that is a text":        {hook + `["f6"]`, `step 1 is string, want a step such as key(...)`},
		"no list":                      {hook + `7`, `gave back int, want a list of steps`},
		"an else in an else too deep":  {hook + `[expect(window(exe="a"), or_else=[expect(window(exe="a"), or_else=[expect(window(exe="a"), or_else=[expect(window(exe="a"), or_else=[expect(window(exe="a"), or_else=[beep()])])])])])]`, `nested too deeply`},
		"a third decimal":              {hook + `[text(money("1.005"))]`, `more than two decimals`},
		"money and a float":            {hook + `[text(money("1") * 1.5)]`, `unknown binary op: money * float`},
		"money too large":              {hook + `[text(money("90000000000000000.00") * 100)]`, `amount out of range`},
		"typing a float":               {hook + `[text(1.5)]`, `got float, want a text, money or int`},
		"an unknown part":              {hook + `[text(ctx.secret)]`, `struct has no .secret attribute`},
		"changing what is frozen":      {"seen = []\ndef pre_payment(ctx):\n    seen.append(1)\n", `my.star:3:16: append: cannot append to frozen list`},
		"a file outside the root":      {`load("../../etc/passwd.star", "x")`, `there is no file "../../etc/passwd.star"`},
		"a file that loads itself":     {`load("my.star", "x")`, `my.star loads itself`},
		"an unknown standard file":     {`load("@std//nothing.star", "x")`, `there is no file "@std//nothing.star"`},
		"a hook without its parameter": {"def pre_payment():\n    return []", `my.star:1:1: pre_payment takes exactly 1 parameters`},
		"a misspelt hook":              {"def post_paymnt(ctx, result):\n    return []", `my.star:1:1: post_paymnt is no hook; did you mean post_payment?`},
		"a loop while loading":         {"x = [i for i in range(10000000)]", `load did not end within its steps`},
		"a window without a name":      {hook + `[focus(window())]`, `window: name its exe, its title or its class`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := run(t, c[0]+"\n")
			if !errors.Is(err, script.ErrScript) || !strings.Contains(err.Error(), c[1]) {
				t.Errorf("got  %v\nwant %s", err, c[1])
			}
			var p *words.Problem
			if errors.As(err, &p) && p.What.Key != "" && !words.Known(p.What.Key) {
				t.Errorf("%s is not in the catalogue", p.What.Key)
			}
		})
	}
}

func TestTheAuthorSeesTheScriptsOwnBacktrace(t *testing.T) {
	_, err := run(t, "def _deep(n):\n    return 1 // n\ndef pre_payment(ctx):\n    return [text(_deep(0))]\n")
	var trace script.Trace
	if !errors.As(err, &trace) {
		t.Fatalf("no trace in %v", err)
	}
	want := "my.star:4:23: in pre_payment\nmy.star:2:14: in _deep\nfloored division by zero"
	if string(trace) != want {
		t.Errorf("got:\n%s\nwant:\n%s", trace, want)
	}
}

func TestAScriptWithoutHooksPressesNothingAndPrintsTheStandardSlip(t *testing.T) {
	p, err := script.Load(shipped(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	if plan, err := p.PostPayment(t.Context(), script.Context{}, script.Result{}); plan != nil || err != nil {
		t.Errorf("%v, %v", plan, err)
	}
	if s, err := p.Receipt(t.Context(), document()); err != nil || len(s.Blocks) < 10 {
		t.Errorf("%v, %v", s, err)
	}
	if _, err := p.RefundReceipt(t.Context(), document()); !errors.Is(err, script.ErrScript) {
		t.Errorf("a refund slip without a refund: %v", err)
	}
}

func TestLoadReachesTheSameRoot(t *testing.T) {
	s := shipped(t, "shops/my.star")
	s.Root = fstest.MapFS{
		"shops/my.star":   {Data: []byte("load(\"../parts.star\", \"k\")\ndef pre_payment(ctx):\n    return [key(k)]\n")},
		"parts.star":      {Data: []byte("k = \"f9\"\n")},
		"shops/notes.txt": {Data: []byte("not a script")},
	}
	p, err := script.Load(s)
	if err != nil {
		t.Fatal(err)
	}
	if plan, err := p.PrePayment(t.Context(), script.Context{}); err != nil || fmt.Sprint(plan) != "[key f9]" {
		t.Errorf("%v, %v", plan, err)
	}
}

// TestSlips keeps what customers hold in hand.
func TestSlips(t *testing.T) {
	p, err := script.Load(shipped(t, "practice.star"))
	if err != nil {
		t.Fatal(err)
	}
	again := document()
	again.Again, again.Copy = true, 2
	for _, width := range []string{"58mm", "80mm"} {
		for name, make := range map[string]func() (receipt.Slip, error){
			"payment": func() (receipt.Slip, error) { return p.Receipt(t.Context(), document()) },
			"reprint": func() (receipt.Slip, error) { return p.Receipt(t.Context(), again) },
			"refund":  func() (receipt.Slip, error) { return p.RefundReceipt(t.Context(), refundDocument()) },
		} {
			slip, err := make()
			if err != nil {
				t.Fatal(err)
			}
			paper, err := receipt.NewPaper(width)
			if err != nil {
				t.Fatal(err)
			}
			lines, err := receipt.Layout(slip, paper)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+"-"+width+".txt", receipt.Text(lines))
		}
	}
}

func TestTheReferenceIsWhole(t *testing.T) { golden(t, "words.md", script.Reference()) }

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update and read the diff. got:\n%s", name, got)
	}
}

func TestMoneyInAScriptIsExact(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		a, b, n := rapid.Int64Range(-1e9, 1e9).Draw(r, "a"), rapid.Int64Range(-1e9, 1e9).Draw(r, "b"), rapid.Int64Range(-1000, 1000).Draw(r, "n")
		source := fmt.Sprintf("A = money(%q)\nB = money(%q)\ndef pre_payment(ctx):\n    return [toast(\" \".join([str((A + B - B).fen), str((A - B).fen), str((%d * A).fen), str(A < B), str(A == A + money(\"0\")), str(money(str(A)) == A)]))]\n",
			yuan(a), yuan(b), n)
		p, err := script.Load(oneFile(t, source))
		if err != nil {
			r.Fatal(err)
		}
		plan, err := p.PrePayment(t.Context(), script.Context{})
		less := map[bool]string{true: "True", false: "False"}[a < b]
		if want := fmt.Sprintf("%d %d %d %s True True", a, a-b, n*a, less); err != nil || plan[0].Text != want {
			r.Fatalf("got %v, %v, want %s", plan, err, want)
		}
	})
}

func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}

func TestABrokenScriptTestIsToldByName(t *testing.T) {
	s := oneFile(t, "def test_a(t):\n    t.equal(1, 1)\ndef test_b(t):\n    t.equal(1, 2)\ndef test_c(t):\n    t.result(nonsense = 1)\n")
	verdicts, err := script.RunTests(t.Context(), s)
	if err != nil || len(verdicts) != 3 {
		t.Fatal(verdicts, err)
	}
	if verdicts[0].Err != nil || verdicts[1].Err == nil || verdicts[2].Err == nil {
		t.Errorf("%v", verdicts)
	}
	if got := fmt.Sprint(verdicts[1].Err); !strings.Contains(got, "test_b failed: my.star:4:12: t.equal: got 1, want 2") && !strings.Contains(got, "got 1, want 2") {
		t.Error(got)
	}
}

// FuzzScript holds that no text makes loading panic or hang.
func FuzzScript(f *testing.F) {
	for _, s := range []string{"def pre_payment(ctx):\n    return [key(\"f6\")]\n", "load(\"x\", \"y\")", "x = [i for i in range(9)]", "((((", "\x00", "def receipt(r, d):\n    r.row([cell(\"a\")], widths = [3])\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > 2000 {
			return
		}
		p, err := script.Load(oneFile(t, source))
		if err != nil {
			if !errors.Is(err, script.ErrScript) {
				t.Fatalf("not a script error: %v", err)
			}
			return
		}
		for _, call := range []func() error{
			func() error { _, err := p.PrePayment(t.Context(), script.Context{}); return err },
			func() error { _, err := p.Receipt(t.Context(), document()); return err },
		} {
			if err := call(); err != nil && !errors.Is(err, script.ErrScript) {
				t.Fatalf("not a script error: %v", err)
			}
		}
	})
}

func TestNothingIsPressedWhileTheResultIsNotKnown(t *testing.T) {
	for name, c := range map[string]struct {
		steps string
		ok    bool
	}{
		"sound, text, pause": {`[beep(3), toast("?"), wait("1s")]`, true},
		"nothing":            {`[]`, true},
		"a key":              {`[beep(), key("f10")]`, false},
		"a click":            {`[click("done")]`, false},
		"another window":     {`[focus()]`, false},
		"keys inside others": {`[retry(2, [key("a")])]`, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := script.Load(oneFile(t, "def on_unknown(ctx, result):\n    return "+c.steps+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.OnUnknown(t.Context(), script.Context{}, script.Result{Status: "unknown"}); (err == nil) != c.ok {
				t.Errorf("error %v", err)
			}
		})
	}
}
