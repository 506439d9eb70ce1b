package keys

// Lines cuts what a scanner sends over a line of its own into texts. It keeps at most MaxScan characters
// whatever comes, and lets nothing through that no code holds: a text with a control character in it, or a
// longer one, is dropped whole.
type Lines struct {
	held    []byte
	bad     bool
	dropped int
}

// MaxScan is the longest text of a scan that is heard, in characters.
const MaxScan = 128

// Feed takes bytes as they come and gives the texts that they end. Enter, a line feed, a tab and the signs
// STX, ETX and NUL stand between two texts.
func (l *Lines) Feed(b []byte) []string {
	var all []string
	for _, c := range b {
		switch {
		case c == '\r' || c == '\n' || c == '\t' || c == 0x02 || c == 0x03 || c == 0:
			if text := l.Quiet(); text != "" {
				all = append(all, text)
			}
		case c < ' ' || c > '~' || len(l.held) == MaxScan:
			l.bad = true
			l.held = l.held[:0]
		case !l.bad:
			l.held = append(l.held, c)
		}
	}
	return all
}

// Quiet ends a text because nothing more came. It gives nothing where nothing good is held.
func (l *Lines) Quiet() string {
	text := string(l.held)
	if l.bad {
		l.dropped++
		text = ""
	}
	l.held, l.bad = l.held[:0], false
	return text
}

// Holds says that a text has begun.
func (l *Lines) Holds() bool { return len(l.held) > 0 || l.bad }

// Dropped counts the texts that were let go.
func (l *Lines) Dropped() int { return l.dropped }

// Typeable says that a scan which is not ours may be typed into the POS as its scanner would have: the number
// of goods, of a bill or of a member. What could be a bank card, an address, a formula or a command of
// anything is not.
func Typeable(text string) bool {
	const most = 48 // the longest code on goods (GS1-128)
	if text == "" || len(text) > most {
		return false
	}
	digits := true
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
		case r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' && text[0] != '-':
			digits = false
		default:
			return false
		}
	}
	return !digits || !cardNumber(text)
}

// cardNumber says that digits are as many as a bank card's and end with its check digit (ISO/IEC 7812-1).
func cardNumber(digits string) bool {
	if len(digits) < 15 || len(digits) > 19 {
		return false
	}
	sum := 0
	for i := range len(digits) {
		n := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			n *= 2
		}
		sum += n/10 + n%10
	}
	return sum%10 == 0
}
