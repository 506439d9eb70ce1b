package script

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cpos/engine/pay"
	"cpos/engine/receipt"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// Verdict is the outcome of one test of a script.
type Verdict struct {
	Name string
	Err  error // nil means passed; else a *words.Problem
}

// RunTests runs every test_ function of a file, in the order of their names. Each gets t, with which it
// asks the functions under test and compares what they give back.
func RunTests(ctx context.Context, s Source) ([]Verdict, error) {
	files, err := s.gather()
	if err != nil {
		return nil, err
	}
	l := &loader{files: files, limits: Limits{}.filled(), modules: map[string]*module{}, words: predeclared()}
	globals, err := l.load(s.File)
	if err != nil {
		return nil, explain("load", err)
	}
	var all []Verdict
	for _, name := range globals.Keys() {
		f, ok := globals[name].(*starlark.Function)
		if !ok || !strings.HasPrefix(name, "test_") {
			continue
		}
		v := Verdict{Name: name}
		if _, err := call(ctx, l.limits, name, f, starlark.Tuple{tester()}); err != nil {
			v.Err = explain(name, err)
		}
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b Verdict) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// tester is t.
func tester() starlark.Value {
	all := starlark.StringDict{}
	for name, f := range map[string]builtin{
		"equal": testEqual, "contains": testContains, "lacks": testLacks, "plan": testPlan, "paper": testPaper,
		"ctx": testContext, "result": testResult, "refund": testGiveback, "document": testDocument,
	} {
		all[name] = starlark.NewBuiltin("t."+name, f)
	}
	return record(all)
}

func testEqual(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var got, want starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "got", &got, "want", &want); err != nil {
		return nil, err
	}
	same, err := starlark.Equal(got, want)
	if err == nil && !same {
		err = fmt.Errorf("got %s, want %s", clip(got.String()), clip(want.String()))
	}
	return starlark.None, err
}

func testContains(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var text, what string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &text, "what", &what); err != nil {
		return nil, err
	}
	if !strings.Contains(text, what) {
		return nil, fmt.Errorf("%q is not in:\n%s", what, text)
	}
	return starlark.None, nil
}

func testLacks(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var text, what string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "text", &text, "what", &what); err != nil {
		return nil, err
	}
	if strings.Contains(text, what) {
		return nil, fmt.Errorf("%q is in:\n%s", what, text)
	}
	return starlark.None, nil
}

// testPlan checks a plan and gives its steps as texts. The name of the hook that gave it may be said: not every
// hook may press keys.
func testPlan(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var steps starlark.Value
	hook := ""
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "steps", &steps, "hook?", &hook); err != nil {
		return nil, err
	}
	plan, err := planOf(steps)
	if err == nil {
		err = checkPlan(hook, plan)
	}
	if err != nil {
		return nil, err
	}
	var lines []starlark.Value
	for _, s := range plan {
		lines = append(lines, starlark.String(s.String()))
	}
	return starlark.NewList(lines), nil
}

// testPaper prints a slip on 58 mm paper and gives its text.
func testPaper(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var hook starlark.Callable
	var d starlark.Value
	width := "58mm"
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "hook", &hook, "d", &d, "width?", &width); err != nil {
		return nil, err
	}
	r := newBuilder()
	if _, err := starlark.Call(t, hook, starlark.Tuple{r, d}, nil); err != nil {
		return nil, err
	}
	paper, err := receipt.NewPaper(width)
	if err != nil {
		return nil, err
	}
	lines, err := receipt.Layout(r.slip, paper)
	return starlark.String(receipt.Text(lines)), err
}

// testNoon is when everything happens in tests.
var testNoon = time.Date(2026, 11, 23, 10, 0, 0, 0, chinaTime)

func testStore() Store {
	return Store{ID: "S1", Name: "测试门店", Header: []string{"测试门店"}, Welcome: "谢谢惠顾"}
}

// changed gives a record with some parts replaced; an unknown part is an error.
func changed(of starlark.Value, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	fields := starlark.StringDict{}
	of.(*starlarkstruct.Struct).ToStringDict(fields)
	if len(args) > 0 {
		return nil, errors.New("name what is to be changed")
	}
	for _, kw := range kwargs {
		name := string(kw[0].(starlark.String))
		if !fields.Has(name) {
			return nil, fmt.Errorf("there is no %q", name)
		}
		fields[name] = kw[1]
	}
	return record(fields), nil
}

func testContext(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	c := Context{Trigger: "scan", Kind: "wechat", Store: testStore(), Device: "01", Clerk: "1001"}
	return changed(contextValue(c), args, kwargs)
}

func testResult(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	r := Result{OrderID: "01000826abc123261123000001", Method: "wechat", Status: "paid", Amount: 1, At: testNoon}
	return changed(resultValue(r), args, kwargs)
}

func testGiveback(_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	b := Giveback{ID: "R01000826abc123261123000001", OrderID: "01000826abc123261123000001", Method: "wechat", Status: "accepted",
		Amount: 1, Paid: 1, At: testNoon}
	return changed(givebackValue(b), args, kwargs)
}

// testDocument gives what a slip is printed from; amount, serial, refund (an amount) and again may be said.
func testDocument(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	sum, back, again, serial := starlark.Value(amount{1}), starlark.Value(nil), false, ""
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "amount?", &sum, "serial?", &serial, "refund?", &back, "again?", &again); err != nil {
		return nil, err
	}
	paid, ok := sum.(amount)
	if !ok {
		return nil, fmt.Errorf("amount: got %s, want money", sum.Type())
	}
	d := Document{Store: testStore(), Device: "01", Clerk: "1001", Copy: 1, Again: again,
		Order: pay.Order{ID: "01000826abc123261123000001", Tender: pay.WeChat, Amount: paid.fen, Serial: serial, Clerk: "1001", At: testNoon},
		Out:   pay.Outcome{Status: pay.Paid, At: testNoon}}
	if back != nil {
		part, ok := back.(amount)
		if !ok {
			return nil, fmt.Errorf("refund: got %s, want money", back.Type())
		}
		d.Refund = &pay.Refund{ID: "R01000826abc123261123000001", Order: d.Order.ID, Amount: part.fen, Clerk: "1001", At: testNoon}
	}
	return documentValue(d), nil
}
