package keys

import (
	"fmt"
	"slices"
	"strings"
)

// others are the keys that are neither letters, digits nor function keys, each with the further names by
// which people call it. The first name of a row is the canonical one.
var others = [][]string{
	{"enter", "return", "cr"}, {"esc", "escape"}, {"space", "spacebar"}, {"tab"},
	{"backspace", "bksp"}, {"delete", "del"}, {"insert", "ins"},
	{"home"}, {"end"}, {"pageup", "pgup", "page_up"}, {"pagedown", "pgdn", "page_down"},
	{"up"}, {"down"}, {"left"}, {"right"},
	{"grave", "~", "`", "tilde", "backquote"}, {"minus", "-"}, {"equal", "=", "equals"},
	{"lbracket", "["}, {"rbracket", "]"}, {"backslash", `\`}, {"semicolon", ";"},
	{"quote", "'", "apostrophe"}, {"comma", ","}, {"period", ".", "dot"}, {"slash", "/"},
	{"menu"}, {"print", "printscreen"}, {"pause", "break"},
	{"capslock"}, {"numlock"}, {"scrolllock"},
	{"kp_0"}, {"kp_1"}, {"kp_2"}, {"kp_3"}, {"kp_4"}, {"kp_5"}, {"kp_6"}, {"kp_7"}, {"kp_8"}, {"kp_9"},
	{"kp_add", "kp_plus"}, {"kp_subtract", "kp_minus"}, {"kp_multiply"}, {"kp_divide"},
	{"kp_decimal", "kp_dot"}, {"kp_enter"},
}

var modNames = [][]string{
	{"ctrl", "control"}, {"shift"}, {"alt", "option"}, {"super", "win", "cmd", "meta"},
}

// canonical maps every name of a key to the canonical one.
var canonical = func() map[string]Key {
	all := map[string]Key{}
	for r := 'a'; r <= 'z'; r++ {
		all[string(r)] = Key(r)
	}
	for r := '0'; r <= '9'; r++ {
		all[string(r)] = Key(r)
	}
	for n := 1; n <= 24; n++ {
		name := fmt.Sprintf("f%d", n)
		all[name] = Key(name)
	}
	for _, row := range others {
		for _, name := range row {
			all[name] = Key(row[0])
		}
	}
	return all
}()

var modifiers = func() map[string]Mods {
	all := map[string]Mods{}
	for i, row := range modNames {
		for _, name := range row {
			all[name] = 1 << i
		}
	}
	return all
}()

// Names lists the canonical names of all keys, in order.
func Names() []Key {
	all := make([]Key, 0, len(canonical))
	for _, k := range canonical {
		all = append(all, k)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Valid says that k is the canonical name of a key.
func (k Key) Valid() bool { return k != "" && canonical[string(k)] == k }

// NameError says that a word is not the name of a key. Nearest is the likeliest one meant, or empty.
type NameError struct {
	Chord   string // what was given
	Word    string // the part of it that is wrong
	Nearest string
	Why     string // "not a key", "not a modifier", "a key is missing", "two keys"
}

func (e *NameError) Error() string {
	s := fmt.Sprintf("key %q: %q is %s", short(e.Chord), short(e.Word), e.Why)
	if e.Word == "" || e.Word == e.Chord {
		s = fmt.Sprintf("key %q: %s", short(e.Chord), e.Why)
	}
	if e.Nearest != "" {
		s += fmt.Sprintf(" (did you mean %q?)", e.Nearest)
	}
	return s
}

// short keeps a message readable when somebody gives a page of text as a key.
func short(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

// nearest finds the name closest to word, if it is close enough to be a slip of the finger.
func nearest(word string, names map[string]Key, mods map[string]Mods) string {
	best, at := "", 3 // two slips at most
	if len(word) > 20 {
		return ""
	}
	try := func(name string) {
		if d := distance(word, name); d < len(name) && (d < at || d == at && best != "" && name < best) {
			best, at = name, d
		}
	}
	for name := range names {
		try(name)
	}
	for name := range mods {
		try(name)
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of neighbours between two words.
func distance(a, b string) int {
	before, last, now := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}
