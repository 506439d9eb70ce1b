package sheet

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/width"

	"cpos/engine/pay"
	"cpos/engine/words"
)

// font has Chinese on every Windows; other systems take what they have in its place.
const font = "Microsoft YaHei"

const fontSize = 10

// Widths of columns, in characters of the font: none so narrow that a heading is lost, none so wide that
// one remark pushes the rest off the screen.
const (
	narrowest = 8
	widest    = 48
	margin    = 3
)

// writeXLSX makes the whole workbook before it writes a byte, so a failure leaves no half file. Cells are
// set one by one and not through the stream writer of the library, since that takes amounts as floats
// only; here the decimal text of an amount goes into the file as it is, and no rounding can happen.
func writeXLSX(w io.Writer, l words.Lang, tables []table) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	if err := book.SetDefaultFont(font); err != nil {
		return err
	}
	s, err := newStyles(book)
	if err != nil {
		return err
	}
	for i, t := range tables {
		name := words.Say(l, words.T(t.title))
		if i == 0 {
			err = book.SetSheetName(book.GetSheetName(0), name)
		} else {
			_, err = book.NewSheet(name)
		}
		if err != nil {
			return err
		}
		if err := (page{book, name, l, t, s}).write(); err != nil {
			return fmt.Errorf("sheet %s: %w", name, err)
		}
	}
	// The totals are formulas; whoever opens the file has them worked out anew.
	yes := true
	if err := book.SetCalcProps(&excelize.CalcPropsOptions{FullCalcOnLoad: &yes}); err != nil {
		return err
	}
	return book.Write(w)
}

type styles struct{ head, text, money, moment, total, totalMoney int }

func newStyles(book *excelize.File) (styles, error) {
	amounts, times := "#,##0.00", "yyyy-mm-dd hh:mm:ss"
	line := func(side string) []excelize.Border {
		return []excelize.Border{{Type: side, Color: "808080", Style: 1}}
	}
	plain := &excelize.Font{Family: font, Size: fontSize}
	bold := &excelize.Font{Family: font, Size: fontSize, Bold: true}
	middle := &excelize.Alignment{Vertical: "center"}
	inset := &excelize.Alignment{Vertical: "center", Horizontal: "left", Indent: 1}
	centred := &excelize.Alignment{Vertical: "center", Horizontal: "center"}
	var s styles
	for _, d := range []struct {
		to    *int
		style excelize.Style
	}{
		{&s.head, excelize.Style{Font: bold, Border: line("bottom"),
			Alignment: centred,
			Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EDF3"}}}},
		{&s.text, excelize.Style{Font: plain, Alignment: inset}},
		{&s.money, excelize.Style{Font: plain, Alignment: middle, CustomNumFmt: &amounts}},
		{&s.moment, excelize.Style{Font: plain, Alignment: centred, CustomNumFmt: &times}},
		{&s.total, excelize.Style{Font: bold, Border: line("top"), Alignment: inset}},
		{&s.totalMoney, excelize.Style{Font: bold, Border: line("top"), CustomNumFmt: &amounts,
			Alignment: &excelize.Alignment{Vertical: "center", Horizontal: "right"}}},
	} {
		id, err := book.NewStyle(&d.style)
		if err != nil {
			return s, err
		}
		*d.to = id
	}
	return s, nil
}

// page is one table on its way to one sheet.
type page struct {
	book  *excelize.File
	name  string
	lang  words.Lang
	table table
	styles
}

func (p page) write() error {
	for _, step := range []func() error{p.headings, p.body, p.totals, p.dress} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func at(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column+1, row)
	if err != nil {
		panic(err) // columns are ours and few; rows are checked against the format's limit
	}
	return name
}

func (p page) headings() error {
	if rows := len(p.table.rows); rows > excelize.TotalRows-2 {
		return fmt.Errorf("%d rows do not fit on one sheet", rows)
	}
	for i, c := range p.table.columns {
		if err := p.book.SetCellStr(p.name, at(i, 1), c.heading(p.lang)); err != nil {
			return err
		}
	}
	return p.book.SetCellStyle(p.name, at(0, 1), at(len(p.table.columns)-1, 1), p.head)
}

func (p page) body() error {
	for r, row := range p.table.rows {
		for i, v := range row {
			if err := p.cell(at(i, r+2), p.table.columns[i], v); err != nil {
				return err
			}
		}
	}
	if len(p.table.rows) == 0 {
		return nil
	}
	for i, c := range p.table.columns {
		style := p.text
		switch c.kind {
		case money:
			style = p.money
		case moment:
			style = p.moment
		}
		if err := p.book.SetCellStyle(p.name, at(i, 2), at(i, len(p.table.rows)+1), style); err != nil {
			return err
		}
	}
	return nil
}

// cell writes a value with its type. A text is a text cell and is never run, whatever it begins with.
func (p page) cell(where string, c column, v any) error {
	switch v := v.(type) {
	case pay.Money:
		return p.book.SetCellDefault(p.name, where, v.String())
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return p.book.SetCellValue(p.name, where, v.In(china).Truncate(time.Second))
	case code:
		return p.book.SetCellStr(p.name, where, shown(p.lang, c, v))
	case string:
		if v == "" {
			return nil
		}
		return p.book.SetCellStr(p.name, where, printable(v))
	}
	return nil
}

// totals adds up under each column whose sum means something. SUBTOTAL follows a filter that the reader
// sets; its stored value is the exact sum, for programs that show a file without working it out.
func (p page) totals() error {
	last := len(p.table.rows) + 1
	under := last + 1
	if err := p.book.SetCellStr(p.name, at(0, under), words.Say(p.lang, words.T("sheet.total"))); err != nil {
		return err
	}
	if err := p.book.SetCellStyle(p.name, at(0, under), at(len(p.table.columns)-1, under), p.total); err != nil {
		return err
	}
	for i, c := range p.table.columns {
		if !c.total || last == 1 {
			continue
		}
		sum, err := p.table.sum(i)
		if err != nil {
			return err
		}
		where := at(i, under)
		formula := fmt.Sprintf("SUBTOTAL(109,%s:%s)", at(i, 2), at(i, last))
		for _, err := range []error{
			p.book.SetCellDefault(p.name, where, sum.String()),
			p.book.SetCellFormula(p.name, where, formula),
			p.book.SetCellStyle(p.name, where, where, p.totalMoney),
		} {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (t table) sum(column int) (pay.Money, error) {
	var sum pay.Money
	var err error
	for _, row := range t.rows {
		m, ok := row[column].(pay.Money)
		if !ok {
			continue // an amount that is not known
		}
		if sum, err = sum.Add(m); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

// dress makes the sheet pleasant: the heading stays in sight, columns show what they hold, a click
// filters, and a print has the heading on every page.
func (p page) dress() error {
	last := len(p.table.columns) - 1
	for i := range p.table.columns {
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := p.book.SetColWidth(p.name, name, name, p.width(i)); err != nil {
			return err
		}
	}
	frozen := &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}
	landscape, a4, wide, yes := "landscape", 9, 1, true
	anyHeight := 0
	return errors.Join(
		p.book.SetRowHeight(p.name, 1, 24),
		p.book.SetPanes(p.name, frozen),
		p.book.AutoFilter(p.name, at(0, 1)+":"+at(last, len(p.table.rows)+1), nil),
		p.book.SetPageLayout(p.name, &excelize.PageLayoutOptions{Orientation: &landscape, Size: &a4,
			FitToWidth: &wide, FitToHeight: &anyHeight}),
		p.book.SetSheetProps(p.name, &excelize.SheetPropsOptions{FitToPage: &yes}),
		p.book.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles",
			RefersTo: "'" + p.name + "'!$1:$1", Scope: p.name}))
}

// width is that of the widest value or heading of a column, which also holds the filter's button.
func (p page) width(column int) float64 {
	c := p.table.columns[column]
	most := columns(c.heading(p.lang)) + 2
	for _, row := range p.table.rows {
		text := shown(p.lang, c, row[column])
		if m, ok := row[column].(pay.Money); ok {
			text += "," + "  "[:min(2, len(m.String())/8)] // grouping
		}
		most = max(most, columns(text))
	}
	return float64(min(max(most+margin, narrowest), widest))
}

// columns counts a Chinese character as two.
func columns(s string) int {
	n := 0
	for _, c := range s {
		n++
		if k := width.LookupRune(c).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}
