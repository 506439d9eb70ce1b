package main

import (
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
)

// The contact sheet: the first pictures of every style, one row after the other, a new row for each category.
const (
	sheetWide   = 2400 // pixels
	sheetGap    = 6
	sheetOfEach = 2 // pictures of a style
)

// writeSheet draws a picture on which a person sees what the corpus looks like.
func writeSheet(o order, rows []row) error {
	places, height := arrange(o, rows)
	sheet := newCanvas(image.Rect(0, 0, sheetWide, height), tone{128, 128, 128})
	for _, p := range places {
		draw.Draw(sheet, p.picture.Bounds().Add(p.at), p.picture, image.Point{}, draw.Src)
	}
	f, err := os.Create(o.sheet)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := png.Encode(f, sheet); err != nil {
		return err
	}
	return f.Close()
}

// hung is a picture at its place on the sheet.
type hung struct {
	picture image.Image
	at      image.Point
}

// arrange finds a place for the pictures to show. A picture that cannot be read again is left out: it was
// written a moment ago.
func arrange(o order, rows []row) (places []hung, height int) {
	at, tall, category := image.Pt(sheetGap, sheetGap), 0, ""
	for _, r := range shownOf(rows) {
		picture, err := readPicture(filepath.Join(o.out, r.file))
		if err != nil {
			continue
		}
		size := picture.Bounds().Size()
		if r.cat != category && category != "" || at.X+size.X > sheetWide {
			at, tall = image.Pt(sheetGap, at.Y+tall+sheetGap), 0
		}
		category = r.cat
		places = append(places, hung{picture, at})
		at.X += size.X + sheetGap
		tall = max(tall, size.Y)
	}
	return places, at.Y + tall + sheetGap
}

// shownOf picks the pictures for the sheet: of every style the first, then of every kind of hazard some.
func shownOf(rows []row) []row {
	var some []row
	taken := map[string]int{}
	for _, r := range rows {
		if r.role == roleTest && r.cat == r.s.Cat && taken[r.style] < sheetOfEach {
			taken[r.style]++
			some = append(some, r)
		}
	}
	for _, h := range hazards {
		for _, r := range rows {
			if r.cat == hazardPrefix+h.Name && taken[r.cat] < 12 {
				taken[r.cat]++
				some = append(some, r)
			}
		}
	}
	return some
}

func readPicture(name string) (image.Image, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return png.Decode(f)
}
