package amend

import (
	"fmt"
	"slices"
	"strings"
)

// Diff tells a change as people know it from version control: lines that go behind a minus, lines that come behind a
// plus, with three lines around them. It is empty when nothing changes.
func Diff(name string, before, after []byte) string {
	if slices.Equal(before, after) {
		return ""
	}
	a, b := lines(before), lines(after)
	var out strings.Builder
	fmt.Fprintf(&out, "--- a/%s\n+++ b/%s\n", name, name)
	edits := compare(a, b)
	const around = 3
	for i := 0; i < len(edits); {
		if edits[i].mark == ' ' {
			i++
			continue
		}
		from, to := max(0, i-around), i
		for quiet := 0; to < len(edits) && quiet <= 2*around; to++ {
			if quiet++; edits[to].mark != ' ' {
				quiet = 0
			}
		}
		for to > i && edits[to-1].mark == ' ' {
			to--
		}
		to = min(to+around, len(edits))
		hunk := edits[from:to]
		fmt.Fprintf(&out, "@@ -%d,%d +%d,%d @@\n", hunk[0].a+1, count(hunk, '+'), hunk[0].b+1, count(hunk, '-'))
		for _, e := range hunk {
			fmt.Fprintf(&out, "%c%s\n", e.mark, e.text)
		}
		i = to
	}
	return out.String()
}

// edit is one line of a comparison: kept, gone or come. a and b count the lines before it.
type edit struct {
	mark byte
	text string
	a, b int
}

func count(hunk []edit, without byte) (n int) {
	for _, e := range hunk {
		if e.mark != without {
			n++
		}
	}
	return n
}

func lines(text []byte) []string {
	s := strings.ReplaceAll(string(text), "\r\n", "\n")
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// compare finds the longest common lines. Profiles are short, so the plain table does.
func compare(a, b []string) (out []edit) {
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, edit{' ', a[i], i, j})
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common[i+1][j] >= common[i][j+1]):
			out = append(out, edit{'-', a[i], i, j})
			i++
		default:
			out = append(out, edit{'+', b[j], i, j})
			j++
		}
	}
	return out
}
