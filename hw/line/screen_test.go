package line

import (
	"slices"
	"testing"
)

// shown gives what a display says after it heard bytes; nil while it is not known.
func shown(t *testing.T, protocol Protocol, heard string) []string {
	t.Helper()
	s, err := newScreen(protocol, 2, 20)
	if err != nil {
		t.Fatal(err)
	}
	s.hear([]byte(heard))
	text, known := s.panel.text()
	if !known || s.busy() {
		return nil
	}
	page, err := codePage("")
	if err != nil {
		t.Fatal(err)
	}
	return []string{decode(page, text[0]), decode(page, text[1])}
}

func TestADisplayShowsWhatARealOneWould(t *testing.T) {
	const upper20 = "TOTAL          12.50"
	rows := []struct {
		name     string
		protocol Protocol
		heard    string
		want     []string
	}{
		{"wiped", Auto, "\x0c", []string{"", ""}},
		{"lines by name", CD5220, "\x0c\x1bQATOTAL\r\x1bQB12.50\r", []string{"TOTAL", "12.50"}},
		{"a line by name wipes its rest", CD5220, "\x0c\x1bQA1234.56\r\x1bQA7.00\r", []string{"7.00", ""}},
		{"both lines by name, never wiped", CD5220, "\x1bQATOTAL\r\x1bQB12.50\r", []string{"TOTAL", "12.50"}},
		{"one line by name, the other unknown", CD5220, "\x1bQA12.50\r", nil},
		{"a line by name and CR LF", CD5220, "\x0c\x1bQATOTAL\r\r\n\x1bQB12.50\r\r\n", []string{"TOTAL", "12.50"}},
		{"text after a line by name stands anywhere", CD5220, "\x0c\x1bQATOTAL\r5", nil},
		{"a line by name that is too long", CD5220, "\x0c\x1bQA123456789012345678901\r", nil},
		{"a line by name, wiped before its end", CD5220, "\x1bQA12.50\x0c", []string{"", ""}},
		{"a line by name that is not complete", CD5220, "\x0c\x1bQA12.5", nil},
		{"running text", CD5220, "\x0c\x1bQDwelcome 12.50\r", nil},
		{"plain text, CR LF", ESCPOS, "\x0cTOTAL\r\n12.50", []string{"TOTAL", "12.50"}},
		{"a whole line goes on by itself", ESCPOS, "\x1b@" + upper20 + "CHANGE", []string{"TOTAL          12.50", "CHANGE"}},
		{"a whole line, mode not known", ESCPOS, "\x0c" + upper20 + "CHANGE", nil},
		{"whole lines start over in overwrite mode", ESCPOS, "\x1b@" + upper20 + "CHANGE          0.00", []string{"TOTAL          12.50", "CHANGE          0.00"}},
		{"the third line in overwrite mode", ESCPOS, "\x1b@" + upper20 + "CHANGE          0.00NEXT", []string{"NEXTL          12.50", "CHANGE          0.00"}},
		{"the third line in scroll mode", ESCPOS, "\x1b@\x1f\x02A\r\nB\r\nC", []string{"B", "C"}},
		{"the third line in scroll mode, cd5220", CD5220, "\x1b@\x1b\x12A\r\nB\r\nC", []string{"B", "C"}},
		{"a line that scrolls sideways", ESCPOS, "\x1b@\x1f\x03ABCDEFGHIJKLMNOPQRSTUV", []string{"CDEFGHIJKLMNOPQRSTUV", ""}},
		{"line feed below the last line, mode not known", ESCPOS, "\x0cA\r\nB\r\nC", nil},
		{"after a whole line CR is in doubt, text then not known", ESCPOS, "\x1b@" + upper20 + "\r\nX", nil},
		{"after a whole line CR is in doubt, nothing written", ESCPOS, "\x1b@" + upper20 + "\r\n", []string{"TOTAL          12.50", ""}},
		{"placed by column and line", ESCPOS, "\x0c\x1f$\x05\x0212.50", []string{"", "12.50"}},
		{"placed by column and line, cd5220", CD5220, "\x0c\x1bl\x05\x0212.50", []string{"", "12.50"}},
		{"digits changed in place", ESCPOS, "\x0cTOTAL 12.50\x1f$\x07\x0199", []string{"TOTAL 99.50", ""}},
		{"placed off the display", ESCPOS, "\x0cTOTAL\x1f$\x15\x01", nil},
		{"moves", CD5220, "\x0cAB\x1b[D\x1b[DX\x1b[BY\x1b[HZ\x1b[KQ", []string{"ZB", "Y" + "                 Q"}},
		{"back and forth", Auto, "\x0c12.50\x08\x08\x08\x089\t7", []string{"19.70", ""}},
		{"the line of the cursor is wiped", Auto, "\x0cTOTAL\r\n12.50\x18", []string{"TOTAL", ""}},
		{"heard from the middle", Auto, "AL 12.50", nil},
		{"heard from the middle, then placed", ESCPOS, "AL 12.50\x1f$\x01\x01TOTAL", nil},
		{"an unknown command", Auto, "\x0cTOTAL 12.50\x1bz", nil},
		{"an unknown command, then anew", Auto, "\x0cTOTAL 12.50\x1bz\x0c8.00", []string{"8.00", ""}},
		{"a command of the other protocol", ESCPOS, "\x0c\x1bQA12.50\r", nil},
		{"the other protocol's group", CD5220, "\x0cTOTAL\x1f$\x01\x02", nil},
		{"brightness, cursor, blinking", ESCPOS, "\x0c\x1fX\x03\x1fC\x00\x1fE\x0012.50", []string{"12.50", ""}},
		{"told to be deaf", Auto, "\x0c12.50\x1b=\x01\x1b@99.00\n\x1dV\x00", []string{"12.50", ""}},
		{"no longer deaf", Auto, "\x0c12.50\x1b=\x01slip\x1b=\x02\x0c8.00", []string{"8.00", ""}},
		{"Chinese", Auto, "\x0c\xba\xcf\xbc\xc6:12.50", []string{"合计:12.50", ""}},
		{"half of a Chinese sign overwritten", ESCPOS, "\x0c\xba\xcf12.50\x1f$\x02\x019", []string{"\ufffd912.50", ""}},
		{"an own sign in place of a digit", ESCPOS, "\x0c\x1b&\x0155\x02\x00\x00\x1b%\x0112.50", nil},
		{"own signs that are not shown", ESCPOS, "\x0c\x1b&\x0155\x02\x00\x00\x1b%\x0112.00", []string{"12.00", ""}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := shown(t, row.protocol, row.heard); !slices.Equal(got, row.want) {
				t.Errorf("shows %q, want %q", got, row.want)
			}
		})
	}
}

func TestADisplayIsRefusedThatNobodyBuilds(t *testing.T) {
	for _, o := range []DisplayOptions{{Protocol: "morse"}, {Rows: 5}, {Rows: -1}, {Columns: 81}, {CodePage: "ebcdic"}} {
		if _, err := NewDisplay(o); err == nil {
			t.Errorf("took %+v", o)
		}
	}
}

// A stream may be cut anywhere, so bytes one by one must show the same as all at once, whatever they are.
func FuzzDisplay(f *testing.F) {
	for _, seed := range []string{"\x0c\x1bQATOTAL\r\x1bQB12.50\r", "\x1b@\x1f\x02A\r\nB\r\nC", "\x0c\x1b&\x0155\x02\x00\x00\x1b%\x0112.50",
		"\x1b=\x01\x1b@\x1d\x1b=\x02\x0c8", "\x0c\xba\xcf\xbc\xc6:12.50\x1f$\x02\x019\x18\x08\t\x0b\x1b[A\x1bl\x05\x02"} {
		f.Add([]byte(seed))
	}
	page, err := codePage("")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, heard []byte) {
		for _, p := range Protocols() {
			whole, _ := newScreen(p, 2, 20)
			pieces, _ := newScreen(p, 2, 20)
			whole.hear(heard)
			for i := range heard {
				pieces.hear(heard[i : i+1])
				if len(pieces.pending) > longest {
					t.Fatalf("keeps %d bytes", len(pieces.pending))
				}
			}
			a, knownA := whole.panel.text()
			b, knownB := pieces.panel.text()
			if knownA != knownB {
				t.Fatal("known only in one of the ways")
			}
			for y := range a {
				if string(a[y]) != string(b[y]) || len(a[y]) != 20 {
					t.Fatalf("%q and %q", a[y], b[y])
				}
				_ = decode(page, a[y])
			}
		}
	})
}
