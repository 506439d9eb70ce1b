package line

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"cpos/engine/receipt"
)

// DefaultTotal finds the line of a slip that says what is to be paid. What follows the word is told.
var DefaultTotal = regexp.MustCompile(`^\s*(?:合\s*计|总\s*计|应\s*收|应\s*付)(?:金\s*额)?\s*[:：]?\s*(.*\S)\s*$`)

// mostSlip is how many bytes of one slip are kept. One that is longer is not read at all.
const mostSlip = 1 << 20

// slip is what was printed since the last one was cut off.
type slip struct {
	total *regexp.Regexp
	buf   []byte
	over  bool     // longer than mostSlip: it is let go until its end
	told  []string // what was told of it already
}

// add takes bytes of the POS.
func (s *slip) add(b []byte) {
	if s.over || len(s.buf)+len(b) > mostSlip {
		s.over, s.buf = true, s.buf[:0]
		return
	}
	s.buf = append(s.buf, b...)
}

// close forgets the slip.
func (s *slip) close() { s.buf, s.over, s.told = s.buf[:0], false, nil }

// read gives what the newest slip says that was not told before, and drops the slips that were cut off.
// whole is false while the last line lacks its end; that line is left out.
func (s *slip) read() (said []string, whole bool) {
	if len(s.buf) == 0 {
		return nil, true
	}
	printed, whole := lines(s.buf)
	var text []string
	finished := 0 // bytes
	tell := func() {
		if found := s.totals(text); len(found) > 0 && !slices.Equal(found, s.told) {
			said, s.told = found, found
		}
	}
	for _, l := range printed {
		switch {
		case !l.ends:
			text = append(text, l.text)
		case len(text) > 0:
			tell()
			// The end itself stays: what follows it may not be complete.
			text, s.told, finished = nil, nil, l.offset
		}
	}
	tell()
	s.buf = append(s.buf[:0], s.buf[finished:]...)
	return said, whole
}

// printed is one line of a slip, or its end.
type printed struct {
	offset int
	text   string
	ends   bool
}

// lines reads what reached the paper. A last line that may lack a part is left out; whole is false then.
func lines(job []byte) (all []printed, whole bool) {
	const mark = "~~ end ~~"
	marked := append(plain(job), mark...) // joins a line that is not finished, else stands alone
	for _, it := range receipt.Decode(marked).Items {
		switch {
		case it.Line != nil && it.Line.Kind == receipt.LineText:
			all = append(all, printed{offset: it.Offset, text: textOf(*it.Line)})
		case it.Line != nil && it.Line.Kind == receipt.LineCut, it.Name == "ESC @":
			all = append(all, printed{offset: it.Offset, ends: true})
		}
	}
	if len(all) == 0 || all[len(all)-1].ends {
		return all, false // the mark was swallowed by a command that is not complete
	}
	last := all[len(all)-1]
	return all[:len(all)-1], last.text == mark
}

// plain gives a copy of a job in which what moves the print head within a line is blanks, so that two
// numbers never become one, and what is not understood is a question mark, so that what follows it is not
// taken for text of the line.
func plain(job []byte) []byte {
	out := append([]byte(nil), job...)
	for _, it := range receipt.Decode(job).Items {
		n := 0
		switch it.Name {
		case "HT", "CR":
			n = 1
		case "ESC $", `ESC \`:
			n = 4
		}
		switch {
		case errors.Is(it.Err, receipt.ErrCutShort):
		case it.Err != nil:
			out[it.Offset] = '?'
		default:
			for i := range n {
				out[it.Offset+i] = ' '
			}
		}
	}
	return out
}

func textOf(l receipt.Line) string {
	var b strings.Builder
	for _, r := range l.Runs {
		b.WriteString(r.Text)
	}
	return strings.TrimSpace(b.String())
}

// totals gives what the slip's total lines say, each once: two that differ are two amounts.
func (s *slip) totals(text []string) []string {
	var found []string
	for _, l := range text {
		m := s.total.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		said := strings.TrimSpace(m[len(m)-1])
		if len(m) > 1 {
			said = strings.TrimSpace(m[1])
		}
		if !slices.Contains(found, said) {
			found = append(found, said)
		}
	}
	return found
}
