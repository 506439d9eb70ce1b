package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// atTill makes a till with a journal that can be read.
func atTill(t interface{ Fatal(...any) }, cart string) (*till, *bytes.Buffer) {
	lines, err := parseCart(cart)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	j := &journal{to: &text, now: func() time.Time { return time.Unix(0, 0).UTC() }}
	return newTill(j, "20261123", 7, func(int) []line { return lines }), &text
}

// do presses keys by name; what is a single character is typed.
func do(t *till, keys ...string) {
	for _, k := range keys {
		switch {
		case k == "space":
			t.press(stroke{name: k, text: " "})
		case k == "ctrl+a":
			t.press(stroke{name: "a", mods: "ctrl"})
		case len(k) == 1:
			t.press(stroke{name: k, text: k})
		default:
			t.press(stroke{name: k})
		}
	}
}

func typed(t *till, text string) {
	for _, r := range text {
		do(t, string(r))
	}
}

func readJournal(t *testing.T, text *bytes.Buffer) (all []entry) {
	t.Helper()
	for line := range strings.Lines(text.String()) {
		var e entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func TestASalePaidByWechat(t *testing.T) {
	till, text := atTill(t, "2.50,10.00")
	do(till, "space", "f6", "enter")
	if till.serial() != "20261123-0008" || till.state != selling || till.total() != 1250 {
		t.Errorf("%s in %s with %s", till.serial(), till.state, till.total())
	}
	got := readJournal(t, text)
	want := []entry{
		{Kind: "key", State: selling, Name: "space", Text: " "},
		{Kind: "state", State: selling, To: settling},
		{Kind: "key", State: settling, Name: "f6"},
		{Kind: "key", State: settling, Name: "enter"},
		{Kind: "sale", State: settling, Serial: "20261123-0007", Total: "12.50", Tender: "wechat", Received: "12.50", Change: "0.00", Lines: 2},
		{Kind: "state", State: settling, To: selling},
	}
	if len(got) != len(want) {
		t.Fatalf("journal:\n%s", text)
	}
	for i := range want {
		got[i].At = ""
		if got[i] != want[i] {
			t.Errorf("entry %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestCashGivesChangeAndOthersMustBeExact(t *testing.T) {
	for _, row := range []struct {
		name, kind, received string
		ends                 bool
		change               fen
		why                  string
	}{
		{"cash with change", "f5", "20", true, 750, ""},
		{"cash exactly", "f5", "12.5", true, 0, ""},
		{"too little cash", "f5", "12.49", false, 0, "too little received"},
		{"wechat exactly", "f6", "12.50", true, 0, ""},
		{"alipay too much", "f7", "13", false, 0, "received differs from the total"},
		{"no kind chosen", "", "12.50", false, 0, "no kind of payment"},
		{"point only at the end", "f7", "12.", false, 0, "too little received"},
	} {
		t.Run(row.name, func(t *testing.T) {
			till, text := atTill(t, "12.50")
			do(till, "f12")
			if row.kind != "" {
				do(till, row.kind)
			}
			typed(till, row.received)
			do(till, "f10")
			all := readJournal(t, text)
			if ended := till.state == selling; ended != row.ends || ended && till.last.change != row.change {
				t.Errorf("ended %v, change %s", ended, till.last.change)
			}
			if last := all[len(all)-1]; last.Why != row.why {
				t.Errorf("refused because %q, want %q", last.Why, row.why)
			}
		})
	}
}

func TestAPaymentCodeThatLeaksStandsInTheGoodsBox(t *testing.T) {
	till, text := atTill(t, "12.50")
	typed(till, "134567890123456789")
	if till.typed != "134567890123456789" {
		t.Errorf("the box holds %q", till.typed)
	}
	do(till, "enter")
	all := readJournal(t, text)
	if till.typed != "" || len(till.lines) != 1 || all[len(all)-1].Why != "no such goods" {
		t.Errorf("box %q, %d lines, %+v", till.typed, len(till.lines), all[len(all)-1])
	}
}

func TestGoodsByCodeBarcodeAndLetters(t *testing.T) {
	till, _ := atTill(t, "")
	for _, what := range []string{"1", "6900000000014", "kqs", "12"} {
		typed(till, what)
		do(till, "enter")
	}
	do(till, "+", "up", "-")
	if len(till.lines) != 2 || till.lines[0].count != 2 || till.lines[1].count != 2 || till.total() != 460 {
		t.Errorf("%+v: %s", till.lines, till.total())
	}
	do(till, "delete", "delete", "delete", "space")
	if till.state != selling || !till.alarmed {
		t.Errorf("an empty sale went to %s", till.state)
	}
}

func TestTheReceivedFieldIsAField(t *testing.T) {
	till, _ := atTill(t, "12.50")
	do(till, "space", "9", "9", "ctrl+a", "1", "2", ".", "5", "5", "5", "backspace")
	if till.received != "12.5" {
		t.Errorf("received %q", till.received)
	}
	till.click(700, 380, regionReceived)
	do(till, "delete")
	if till.received != "" || till.marked {
		t.Errorf("received %q after clearing", till.received)
	}
}

func TestClicksDoWhatTheirRegionSays(t *testing.T) {
	till, text := atTill(t, "12.50")
	standard := findLook(lookStandard)
	for _, region := range []string{regionDone, regionSettle, regionAlipay, regionDone} {
		at := standard.regions[region].Min.Add(image.Pt(5, 5))
		till.click(at.X, at.Y, standard.regionAt(till.state, at))
	}
	all := readJournal(t, text)
	if till.last.kind != alipay || all[0].Region != "" || all[1].Region != regionSettle {
		t.Errorf("%+v\n%s", till.last, text)
	}
}

func TestAPopupSwallowsKeysUntilItIsAnswered(t *testing.T) {
	till, text := atTill(t, "12.50")
	till.popupAt = "settle"
	do(till, "space", "f6")
	if till.state != asking || till.kind != "" {
		t.Errorf("%s, %s", till.state, till.kind)
	}
	do(till, "enter", "f6", "enter")
	if till.last.serial != "20261123-0007" {
		t.Errorf("the sale did not end:\n%s", text)
	}
}

func TestTotalsComeInTurn(t *testing.T) {
	s, err := parseFlags([]string{"--sale", "12.50, 0.01", "--goods", "3*2,7", "--serial", "20261123-0041"}, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	till, err := s.till(&journal{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []fen{1250, 1, 4770, 4770} {
		if till.total() != want {
			t.Errorf("sale %s is %s, want %s", till.serial(), till.total(), want)
		}
		do(till, "space", "f7", "enter")
	}
	if till.serial() != "20261123-0045" {
		t.Error(till.serial())
	}
}

func TestWrongFlagsAreExplained(t *testing.T) {
	for _, args := range [][]string{
		{"--look", "pink"}, {"--popup", "always"}, {"--scale", "0"}, {"--scale", "NaN"}, {"extra"}, {"--cart", "1", "--goods", "1"}, {"--nonsense"},
	} {
		var said bytes.Buffer
		if code := run(args, &bytes.Buffer{}, &said); code != exitUse || said.Len() == 0 {
			t.Errorf("%v: exit %d, said %q", args, code, &said)
		}
	}
	for _, args := range [][]string{
		{"--cart", "1.005"}, {"--sale", "-1"}, {"--goods", "99"}, {"--goods", "1*0"}, {"--goods", "1*99999999999"},
		{"--serial", "7"}, {"--serial", "20261123-0"}, {"--cart", "99999.99,0.01"},
	} {
		var said bytes.Buffer
		if code := run(args, &bytes.Buffer{}, &said); code != exitFailed || said.Len() == 0 {
			t.Errorf("%v: exit %d, said %q", args, code, &said)
		}
	}
}

func TestRegionsLieApartInsideTheWindow(t *testing.T) {
	for _, name := range lookNames() {
		t.Run(name, func(t *testing.T) {
			l := findLook(name)
			window := image.Rect(0, 0, l.w, l.h)
			for name, r := range l.regions {
				if r.Empty() || !r.In(window) {
					t.Errorf("%s is not inside", name)
				}
				for other, o := range l.regions {
					if name != other && together(name, other) && r.Overlaps(o) {
						t.Errorf("%s and %s overlap", name, other)
					}
				}
			}
		})
	}
	var out bytes.Buffer
	if err := printRegions(&out, findLook(lookStandard), 1.25); err != nil || !strings.Contains(out.String(), `"w": 1125`) {
		t.Errorf("%v\n%s", err, &out)
	}
}

// together says whether two regions are ever on the screen at the same time and not one over the other.
func together(a, b string) bool {
	sold := func(s string) bool { return s == regionSettle || strings.HasPrefix(s, regionGoods) }
	always := func(s string) bool { return s == regionAmount || s == regionSerial }
	return a != regionPopup && b != regionPopup && (sold(a) == sold(b) || always(a) || always(b))
}

func TestAFingerSellsOnTheLargeLook(t *testing.T) {
	till, _ := atTill(t, "")
	l := findLook(lookLarge)
	for _, region := range []string{"goods12", "goods2", "goods2", regionSettle, regionWechat, regionDone} {
		at := l.regions[region].Min.Add(image.Pt(5, 5))
		till.click(at.X, at.Y, l.regionAt(till.state, at))
	}
	if till.last.total != 30+2*350 || till.last.kind != wechat {
		t.Errorf("%+v", till.last)
	}
	if got := l.amountText(1234567) + l.amountText(99999) + l.amountText(1); got != "￥12,345.67￥999.99￥0.01" {
		t.Error(got)
	}
}

// Whatever is pressed, only a sale that was paid moves the serial number, and each one is journalled.
func TestAnyKeysInAnyOrder(t *testing.T) {
	keys := []string{"1", "3", "9", ".", "+", "-", "space", "enter", "esc", "delete", "backspace", "up", "down", "f5", "f6", "f7", "f9", "f10", "f12", "ctrl+a", "tab"}
	rapid.Check(t, func(r *rapid.T) {
		till, text := atTill(r, "2.50")
		till.popupAt = rapid.SampledFrom([]string{"", "settle", "done"}).Draw(r, "popup")
		pressed := rapid.SliceOfN(rapid.SampledFrom(keys), 0, 60).Draw(r, "keys")
		do(till, pressed...)
		sales, heard := strings.Count(text.String(), `"kind":"sale"`), strings.Count(text.String(), `"kind":"key"`)
		if heard != len(pressed) || till.number != 7+sales || till.sales != sales {
			r.Fatalf("%d keys, %d heard, %d sales, next %s", len(pressed), heard, sales, till.serial())
		}
		if till.total() > mostFen || till.chosen >= len(till.lines) || till.state == settling && till.total() == 0 {
			r.Fatalf("%s with %d lines, line %d marked, in %s", till.total(), len(till.lines), till.chosen, till.state)
		}
	})
}

func TestAJournalThatCannotBeWrittenIsRemembered(t *testing.T) {
	full := errors.New("disk full")
	j := &journal{to: failing{full}, now: time.Now}
	j.write(entry{Kind: "key"})
	if !errors.Is(j.err, full) {
		t.Error(j.err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
