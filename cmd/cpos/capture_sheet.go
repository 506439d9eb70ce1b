package main

import (
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"cpos/engine/capture"
	"cpos/engine/capture/trial"
)

// shownRefusal is a picture that was not read right, with what was made of it.
type shownRefusal struct {
	row     trial.Row
	verdict trial.Verdict
	read    capture.Reading
}

// A contact sheet has so many cells of this size, in px, and a category at most so many sheets.
const (
	sheetColumns = 4
	sheetRows    = 10
	cellWide     = 300
	cellTall     = 128
	mostSheets   = 6
)

// notInFile are characters that some system does not want in a file's name.
var notInFile = regexp.MustCompile(`[^\pL\pN_.-]+`)

// drawRefused draws contact sheets of what was not read right, one set for each category: the picture,
// what stands there, what was read and why it was refused.
func (b *bench) drawRefused() error {
	if b.sheets == "" {
		return nil
	}
	if err := os.MkdirAll(b.sheets, 0o755); err != nil {
		return err
	}
	p, err := newPen()
	if err != nil {
		return err
	}
	byCategory := map[string][]shownRefusal{}
	for _, r := range b.refused {
		byCategory[r.row.Category] = append(byCategory[r.row.Category], r)
	}
	files := 0
	for category, all := range byCategory {
		for n, page := range pages(all) {
			name := fmt.Sprintf("%s-%02d.png", notInFile.ReplaceAllString(category, "_"), n+1)
			if err := writePNG(filepath.Join(b.sheets, name), b.sheet(p, page)); err != nil {
				return err
			}
			files++
		}
	}
	b.say("cli.capture.sheets", "count", files, "dir", b.sheets)
	return nil
}

// pages puts the wrong ones first and takes evenly from the rest.
func pages(all []shownRefusal) (out [][]shownRefusal) {
	slices.SortStableFunc(all, func(a, b shownRefusal) int { return gravity(a.verdict) - gravity(b.verdict) })
	const most = mostSheets * sheetColumns * sheetRows
	wrong := slices.IndexFunc(all, func(r shownRefusal) bool { return gravity(r.verdict) > 0 })
	if wrong < 0 {
		wrong = len(all)
	}
	some := slices.Clone(all[:min(wrong, most)])
	rest := all[len(some):]
	for room, n := most-len(some), 0; n < min(room, len(rest)); n++ {
		some = append(some, rest[n*len(rest)/min(room, len(rest))])
	}
	for page := range slices.Chunk(some, sheetColumns*sheetRows) {
		out = append(out, page)
	}
	return out
}

func gravity(v trial.Verdict) int {
	if v == trial.Wrong || v == trial.HazardWrong {
		return 0
	}
	return 1
}

func (b *bench) sheet(p *pen, page []shownRefusal) image.Image {
	rows := (len(page) + sheetColumns - 1) / sheetColumns
	const gap = 12
	out := image.NewRGBA(image.Rect(0, 0, gap+sheetColumns*(cellWide+gap), gap+rows*(cellTall+gap)))
	fillRect(out, out.Rect, drawGround)
	for i, r := range page {
		at := image.Pt(gap+i%sheetColumns*(cellWide+gap), gap+i/sheetColumns*(cellTall+gap))
		b.cell(p, out, image.Rectangle{Min: at, Max: at.Add(image.Pt(cellWide, cellTall))}, r)
	}
	return out
}

func (b *bench) cell(p *pen, to *image.RGBA, box image.Rectangle, r shownRefusal) {
	accent := map[trial.Verdict]color.RGBA{trial.Wrong: drawRed, trial.HazardWrong: drawRed, trial.PrefilledWrong: drawRed,
		trial.Prefilled: drawGreen}[r.verdict]
	if accent.A == 0 {
		accent = drawAmber
	}
	fillRect(to, box, drawPaper)
	edgeRect(to, box, drawRim, 1)
	fillRect(to, image.Rect(box.Min.X, box.Min.Y, box.Min.X+4, box.Max.Y), accent)
	if r.read.Crop != nil {
		at, _ := show(to, image.Rect(box.Min.X+12, box.Min.Y+8, box.Max.X-8, box.Min.Y+66), r.read.Crop, 3)
		edgeRect(to, at.Inset(-1), drawRim, 1)
	}
	x, most := box.Min.X+12, cellWide-20
	line := func(y int, v penVoice, text string) {
		p.say(to, image.Pt(x, box.Min.Y+y), v, p.fit(v, text, most))
	}
	line(84, penVoice{size: 13, bold: true, color: drawInk}, b.word("cli.capture.sheet.want", "want", wanted(r.row), "text", r.row.Text))
	text := r.read.Text
	if text == "" {
		text = r.read.Second
	}
	seen := fmt.Sprintf("%q", text)
	if r.read.Amount != 0 {
		seen += " = " + r.read.Amount.String()
	}
	line(101, penVoice{size: 12, color: accent}, b.word("cli.capture.sheet.read", "text", seen, "why", r.read.Why))
	line(117, penVoice{size: 11, color: drawSoft}, r.row.Style+"  "+r.row.File)
}
