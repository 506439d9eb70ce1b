package receipt

import "strings"

// Text gives the lines as plain text, one display column a column. Codes and commands stand as a word in
// brackets.
func Text(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(textOf(l), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

func textOf(l Line) string {
	switch l.Kind {
	case LineCode:
		return "[" + string(l.Symbol) + " " + printable(l.Text) + "]"
	case LineText:
		return textOfRuns(l.Runs)
	}
	return "[" + string(l.Kind) + "]"
}

// textOfRuns sets each run at its column; a wide run takes the columns that it takes on paper.
func textOfRuns(runs []Run) string {
	var b strings.Builder
	at := 0
	for _, r := range runs {
		b.WriteString(strings.Repeat(" ", r.Col-at))
		b.WriteString(r.Text)
		spare := columns(r.Text) * (r.Style.Width - 1)
		b.WriteString(strings.Repeat(" ", spare))
		at = r.Col + columns(r.Text)*r.Style.Width
	}
	return b.String()
}
