package script

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"
)

// builtin is the Go side of one word.
type builtin = func(t *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error)

// word is one word of the vocabulary: how it is called, what it is for, and what it does. The same table
// registers the words and writes their reference, so neither can lag behind.
type word struct {
	name  string
	usage string
	help  string
	call  builtin
}

// chapter is a group of words of the reference.
type chapter struct {
	title string
	words []word
}

// vocabulary is every word a script may say beside those of Starlark itself.
func vocabulary() []chapter {
	return []chapter{
		{"Steps", stepWords()},
		{"Questions about the screen", questionWords()},
		{"Values and texts", valueWords()},
	}
}

// stepWords gives back steps; a hook returns them in a list.
func stepWords() []word {
	return []word{
		{"focus", `focus(window = None)`, "Bring a window to the front; without one, the POS of the profile. Keys go to it from here on.", focusStep},
		{"key", `key(name, times = 1)`, `Press a key or a chord: "f6", "ctrl+c".`, keyStep},
		{"keys", `keys(chord)`, "Press one chord; the same as key(chord).", keysStep},
		{"text", `text(value)`, "Type a text or an amount.", textStep},
		{"click", `click(region)`, "Click the middle of a taught region.", clickStep},
		{"fill", `fill(region, value)`, "Click a field, clear it, type, and read back what it shows.", fillStep},
		{"wait", `wait(time)`, `Do nothing for a time such as "300ms". Better wait for what you wait for.`, waitStep},
		{"wait_for", `wait_for(question, timeout = "2s")`, "Go on as soon as the screen says yes; stop the plan when it does not in time.", waitForStep},
		{"expect", `expect(question, or_else = [], timeout = "2s")`, "Like wait_for, and does the steps of or_else before it stops the plan.", expectStep},
		{"when", `when(question, then, otherwise = [])`, "Do the steps of then if the screen says yes now, else those of otherwise.", whenStep},
		{"retry", `retry(times, steps)`, "Do the steps; where one fails, begin again with the first of them, so many times in all.", retryStep},
		{"block_input", `block_input(steps, max = "3s")`, "Do the steps while the cashier's own keys and clicks reach no program. They do again after the steps, after max, and whatever happens to cpos.", blockStep},
		{"beep", `beep(times = 1)`, "Sound.", beepStep},
		{"toast", `toast(text)`, "Show the cashier a short text.", toastStep},
	}
}

func questionWords() []word {
	return []word{
		{"window", `window(exe = "", title = "", class = "")`, "A program's window by its file, its title (a pattern) or its class. As a question: is it in front?", windowValue},
		{"region_matches", `region_matches(region, pattern)`, "Does the text in a taught region match the pattern (RE2)?", regionMatches},
		{"region_amount", `region_amount(region, amount)`, "Does a taught region show this amount?", regionAmount},
		{"image", `image(name, tolerance = 0.05)`, "Does the POS show this picture (a PNG beside the product's profile)? tolerance says how far it may be off, from 0 to 1.", imageValue},
		{"all_of", `all_of([question, ...])`, "Are all true?", allOf},
		{"any_of", `any_of([question, ...])`, "Is one true?", anyOf},
		{"not_", `not_(question)`, "Is it false?", notTrue},
	}
}

func valueWords() []word {
	return []word{
		{"money", `money(text)`, `An amount in whole fen, from yuan: money("12.50"). It knows + - and * int, comparing, and str(). Its .fen is an int.`, moneyValue},
		{"cell", `cell(text, align = "left", bold = False, underline = False, invert = False, size = 1)`, "One column of r.row.", cellValue},
		{"width", `width(text)`, "How many columns a text takes on paper; a Chinese character takes two.", widthOf},
		{"mask", `mask(text, keep = 4)`, "A text with stars for all but its last characters.", maskText},
		{"date", `date(at, form = "datetime")`, `A time in China Standard Time: "datetime", "date" or "time".`, dateText},
		{"struct", `struct(name = value, ...)`, "A value with named parts.", structValue},
	}
}

// predeclared gives what scripts find without loading anything.
func predeclared() starlark.StringDict {
	all := starlark.StringDict{}
	for _, c := range vocabulary() {
		for _, w := range c.words {
			all[w.name] = starlark.NewBuiltin(w.name, w.call)
		}
	}
	return all
}

// Hook is one function that a script may define.
type Hook struct {
	Name   string
	Params []string
	Help   string
}

// HookList is every hook there is. All are optional.
func HookList() []Hook {
	return []Hook{
		{hookPre, []string{"ctx"}, "The payment window is about to open. Gives back steps."},
		{hookPost, []string{"ctx", "result"}, "The payment has certainly succeeded; once per order. Gives back steps."},
		{hookFailure, []string{"ctx", "result"}, "The payment has certainly not succeeded. Gives back steps."},
		{hookUnknown, []string{"ctx", "result"}, "Nobody knows yet whether the customer has paid. Gives back beep, toast and wait steps; all others are refused."},
		{hookBack, []string{"ctx", "refund"}, "The service has taken a refund; as soon as no sale is open. Gives back steps."},
		{hookReceipt, []string{"r", "d"}, "Builds the slip of a payment."},
		{hookRefund, []string{"r", "d"}, "Builds the slip of a refund."},
	}
}

// Reference writes the whole vocabulary as Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Words for scripts\n\nA hook is a function with one of these names. It gets plain values and gives back steps or a slip; it does nothing itself.\n\n## Hooks\n\n")
	for _, h := range HookList() {
		fmt.Fprintf(&b, "- `%s(%s)` %s\n", h.Name, strings.Join(h.Params, ", "), h.Help)
	}
	b.WriteString(valuesHelp)
	chapters := append(vocabulary(), chapter{"The slip: r in the receipt hooks", slipWords()})
	for _, c := range chapters {
		fmt.Fprintf(&b, "\n## %s\n\n", c.title)
		for _, w := range c.words {
			fmt.Fprintf(&b, "- `%s` %s\n", w.usage, w.help)
		}
	}
	return b.String()
}

const valuesHelp = `
- ` + "`ctx`" + ` has trigger, kind, store (id, name, header, welcome), device, clerk, serial, amount.
- ` + "`result`" + ` has order_id, method, status, amount, trade, at. Where nothing was sent order_id is empty and status is not_sent.
- ` + "`refund`" + ` has id, order_id, method, status, amount, paid (the whole order), reason, at.
- ` + "`d`" + ` has store, device, clerk, order (id, amount, method, serial, remark, clerk, at), trade, paid_at, refund
  (id, amount, reason, clerk, at; None on a payment's slip), copy (from 1), again (a reprint).
- ` + "`load(\"other.star\", \"name\")`" + ` reaches files of the same folder and ` + "`@std//receipt.star`" + `.
`
