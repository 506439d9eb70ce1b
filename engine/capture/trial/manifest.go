// Package trial owns labelled folders of pictures: it reads their manifest, learns from the lessons of a
// style what an amount looks like there, and counts what a reader made of the rest.
//
// It promises to count against the reader whatever it cannot decide: a row that may be a hazard is one,
// and a style that cannot be taught leaves all its pictures unread. How a picture is read is left to the caller.
package trial

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"cpos/engine/pay"
)

// ErrManifest says that a folder has no manifest that could be understood.
var ErrManifest = errors.New("no labelled pictures")

// ManifestName is the file that labels the pictures of a folder.
const ManifestName = "manifest.csv"

// Row is one picture and what stands in it.
type Row struct {
	Line     int    // in the manifest, 1 is the heading
	File     string // below the folder, with slashes
	Category string
	Style    string
	Lesson   bool      // to teach with, not to test with
	Hazard   bool      // refusing it is always right
	Want     pay.Money // what may be accepted; zero means that nothing may
	Text     string    // what stands there, signs around the amount included
}

// columns are those that count; others are left alone. Only these are needed.
var needed = []string{"file", "role", "want"}

// ReadManifest reads the labels of a folder. Columns may stand in any order, and what spreadsheets add
// (a byte order mark, other separators, line ends of Windows, quotes, empty lines) does not matter.
func ReadManifest(folder fs.FS) ([]Row, error) {
	text, err := manifestText(folder)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = separator(text), -1, true
	r.TrimLeadingSpace = r.Comma != '\t' // an empty field between two tabs is no space
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: heading of %s: %w", ErrManifest, ManifestName, err)
	}
	at, err := columnsOf(head)
	if err != nil {
		return nil, err
	}
	var rows []Row
	var musts []string
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrManifest, ManifestName, err)
		}
		line, _ := r.FieldPos(0)
		row, must := readRow(record, at)
		if row.File == "" || unlabelled(record, at) {
			continue
		}
		row.Line = line
		rows, musts = append(rows, row), append(musts, must)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%w: %s names none", ErrManifest, ManifestName)
	}
	markHazards(rows, musts)
	return rows, nil
}

// manifestText finds the manifest, however its name is spelled, and reads it: as UTF-8, or as the GB 18030 that
// Chinese spreadsheets write.
func manifestText(folder fs.FS) (string, error) {
	name := ManifestName
	if all, err := fs.ReadDir(folder, "."); err == nil {
		for _, f := range all {
			if strings.EqualFold(f.Name(), ManifestName) {
				name = f.Name()
			}
		}
	}
	data, err := fs.ReadFile(folder, name)
	if err == nil && !utf8.Valid(data) {
		data, err = simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	}
	return strings.TrimPrefix(string(data), "\ufeff"), err
}

// separator is the one of the heading: spreadsheets of some countries write semicolons.
func separator(text string) rune {
	head, _, _ := strings.Cut(text, "\n")
	for _, s := range ",;\t" {
		if strings.ContainsRune(head, s) {
			return s
		}
	}
	return ','
}

func columnsOf(head []string) (map[string]int, error) {
	at := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "category" {
			name = "cat"
		}
		if _, twice := at[name]; !twice {
			at[name] = i
		}
	}
	for _, name := range needed {
		if _, there := at[name]; !there {
			return nil, fmt.Errorf("%w: %s has no column %q", ErrManifest, ManifestName, name)
		}
	}
	return at, nil
}

func readRow(record []string, at map[string]int) (row Row, must string) {
	field := func(name string) string {
		if i, there := at[name]; there && i < len(record) {
			return record[i]
		}
		return ""
	}
	word := func(name string) string { return strings.TrimSpace(field(name)) }
	row = Row{Category: word("cat"), Style: word("style"), Text: strings.TrimSpace(field("text")),
		Lesson: strings.EqualFold(word("role"), "teach")}
	if name := word("file"); name != "" {
		row.File = strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/")
	}
	row.Want = parseWant(word("want"))
	return row, strings.ToLower(word("must"))
}

// unlabelled says that nobody has looked at a recorded picture yet.
func unlabelled(record []string, at map[string]int) bool {
	i := at["role"]
	return i < len(record) && strings.EqualFold(strings.TrimSpace(record[i]), "unlabelled")
}

// parseWant reads an amount as anybody may have written it: 12.5, 12.50, 1,280.00, ￥1280. What is none,
// or below zero, means that nothing may be accepted.
func parseWant(s string) pay.Money {
	before, number, _ := cutNumber(plainDigits(s))
	if strings.ContainsAny(before, "-−(") {
		return 0
	}
	number = strings.ReplaceAll(number, ",", "")
	if yuan, fen, dotted := strings.Cut(number, "."); dotted && len(fen) > 2 && strings.Trim(fen[2:], "0") == "" {
		number = yuan + "." + fen[:2]
	}
	m, err := pay.ParseMoney(number)
	if err != nil {
		return 0
	}
	return m
}

// What must may say.
const (
	mustRead   = "read"
	mustReject = "reject"
)

// markHazards finds the rows at which refusing is always right: where nothing may be accepted, and all
// of a category that is named a hazard, or none of whose pictures must be read.
func markHazards(rows []Row, musts []string) {
	type category struct{ rejects, reads bool }
	all := map[string]category{}
	for i, r := range rows {
		if r.Lesson {
			continue
		}
		c := all[r.Category]
		c.rejects = c.rejects || musts[i] == mustReject || musts[i] != "" && musts[i] != mustRead
		c.reads = c.reads || musts[i] == mustRead || musts[i] == ""
		all[r.Category] = c
	}
	for i := range rows {
		c := all[rows[i].Category]
		rows[i].Hazard = !rows[i].Lesson && (musts[i] == mustReject || rows[i].Want == 0 || c.rejects && !c.reads ||
			strings.Contains(strings.ToLower(rows[i].Category), "hazard"))
	}
}

// Style is one look: what it is taught with and what it is tested with.
type Style struct {
	Name    string
	Lessons []Row
	Tests   []Row
}

// Styles groups the rows by look, in a stable order. A style's name may be used in several categories:
// a picture is read with the lessons of its own category where there are any, else with all of that name.
func Styles(rows []Row) []Style {
	type key struct{ category, style string }
	own, named := map[key][]Row{}, map[string][]Row{}
	for _, r := range rows {
		if r.Lesson {
			own[key{r.Category, r.Style}] = append(own[key{r.Category, r.Style}], r)
			named[r.Style] = append(named[r.Style], r)
		}
	}
	index := map[key]int{}
	var all []Style
	for _, r := range rows {
		if r.Lesson {
			continue
		}
		k := key{r.Category, r.Style}
		lessons := own[k]
		if others := named[r.Style]; lessons == nil && others != nil {
			k, lessons = key{others[0].Category, r.Style}, others
			if len(own[k]) != len(others) { // taught in several categories: all of them together are a style of their own
				k.category = ""
			}
		}
		i, known := index[k]
		if !known {
			i = len(all)
			index[k] = i
			all = append(all, Style{Name: r.Style, Lessons: lessons})
		}
		all[i].Tests = append(all[i].Tests, r)
	}
	return all
}
