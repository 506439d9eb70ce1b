package main

import (
	"fmt"
	"image"
	"image/color"
	"os"

	"cpos/engine/capture"
)

// Measures of the picture of a trial, in px.
const (
	tryWide   = 1080
	tryEdge   = 28
	tryPane   = 200 // height of the enlarged region
	tryVoice  = 76  // height of one prepared picture
	tryLine   = 22
	tryLabels = 170 // width of the names of steps
)

// draw paints what was seen and why it counts, or does not. Without a name and a wish to see it nothing is painted.
func (a *attempt) draw(name string, show bool) (string, error) {
	if name == "" && !show {
		return "", nil
	}
	if name == "" {
		f, err := os.CreateTemp("", "cpos-try-*.png")
		if err != nil {
			return "", err
		}
		name = f.Name()
		if err := f.Close(); err != nil {
			return "", err
		}
	}
	p, err := newPen()
	if err != nil {
		return "", err
	}
	if err := writePNG(name, a.paint(p)); err != nil {
		return "", err
	}
	if show {
		if err := openFile(name); err != nil {
			a.say("cli.capture.try.no_viewer", "why", err)
		}
	}
	return name, nil
}

// tone is the colour of the verdict.
func (a *attempt) tone() color.RGBA {
	switch {
	case a.reading.Sure:
		return drawGreen
	case a.reading.Amount > 0:
		return drawAmber
	}
	return drawRed
}

func (a *attempt) paint(p *pen) image.Image {
	body := penVoice{size: 14, color: drawInk}
	texts := make([][]string, len(a.steps))
	lines := 0
	for i, s := range a.steps {
		texts[i] = p.lines(body, s.Text, tryWide-2*tryEdge-tryLabels-24)
		lines += len(texts[i])
	}
	tall := 84 + lines*tryLine + 2*tryEdge
	if a.crop != nil {
		tall += tryPane + tryEdge
		if prepared(a.account) {
			tall += tryVoice + 36
		}
	}
	out := image.NewRGBA(image.Rect(0, 0, tryWide, tall))
	fillRect(out, out.Rect, drawGround)
	y := a.paintVerdict(p, out)
	if a.crop != nil {
		y = a.paintRegion(p, out, y)
		y = a.paintPrepared(p, out, y)
	}
	a.paintSteps(p, out, y, texts)
	return out
}

func (a *attempt) paintVerdict(p *pen, out *image.RGBA) int {
	fillRect(out, image.Rect(0, 0, tryWide, 84), a.tone())
	amount := "—"
	if a.reading.Amount > 0 {
		amount = "¥ " + a.reading.Amount.String()
	}
	end := p.say(out, image.Pt(tryEdge, 56), penVoice{size: 38, bold: true, color: drawPaper}, amount)
	v := penVoice{size: 17, color: drawPaper}
	lines := p.lines(v, a.verdictText(), tryWide-end-2*tryEdge)
	for i, line := range lines {
		p.say(out, image.Pt(end+tryEdge, 60-12*len(lines)+24*i), v, line)
	}
	return 84
}

// paintRegion shows the region enlarged, with a box around each sign, coloured by how clearly it was that sign.
func (a *attempt) paintRegion(p *pen, out *image.RGBA, y int) int {
	box := image.Rect(tryEdge, y+tryEdge, tryWide-tryEdge, y+tryEdge+tryPane)
	fillRect(out, box, drawPaper)
	edgeRect(out, box, drawRim, 1)
	at, times := show(out, box.Inset(16), a.crop, 8)
	edgeRect(out, at.Inset(-1), drawRim, 1)
	place := func(r image.Rectangle) image.Rectangle {
		scale := func(v int) int { return int(float64(v) * times) }
		return image.Rect(scale(r.Min.X), scale(r.Min.Y), scale(r.Max.X), scale(r.Max.Y)).Add(at.Min)
	}
	for _, s := range a.account.Sight.Signs {
		tone := drawGreen
		switch {
		case s.Margin < 0.25:
			tone = drawRed
		case s.Margin < 0.5:
			tone = drawAmber
		}
		r := place(s.At)
		edgeRect(out, r, tone, 2)
		v := penVoice{size: 12, bold: true, color: tone}
		label := fmt.Sprintf("%s %.0f", s.Text, 100*min(s.Margin, 1))
		p.say(out, image.Pt(r.Min.X+(r.Dx()-p.width(v, label))/2, min(r.Max.Y+14, box.Max.Y-4)), v, label)
	}
	if w := a.account.Sight.Worst; a.account.Sight.Why != "" && !w.Empty() {
		edgeRect(out, place(w).Inset(-3), drawRed, 3)
	}
	return box.Max.Y
}

func prepared(a capture.Account) bool {
	for _, v := range a.Voices {
		if v.Picture != nil {
			return true
		}
	}
	return false
}

// paintPrepared shows what text recognition was given.
func (a *attempt) paintPrepared(p *pen, out *image.RGBA, y int) int {
	x, wide := tryEdge, (tryWide-3*tryEdge)/2
	any := false
	for _, v := range a.account.Voices {
		if v.Picture == nil {
			continue
		}
		any = true
		box := image.Rect(x, y+36, x+wide, y+36+tryVoice)
		name := penVoice{size: 13, color: drawSoft}
		end := p.say(out, image.Pt(x, y+27), name, a.word("cli.capture.step.name."+v.Reader))
		tone := drawGreen
		if v.Why != "" {
			tone = drawAmber
		}
		p.say(out, image.Pt(end+12, y+27), penVoice{size: 13, bold: true, color: tone}, p.fit(name, fmt.Sprintf("%q", v.Text), wide/2))
		fillRect(out, box, drawPaper)
		edgeRect(out, box, drawRim, 1)
		show(out, box.Inset(6), v.Picture, 2)
		x += wide + tryEdge
	}
	if any {
		y += 36 + tryVoice
	}
	return y
}

func (a *attempt) paintSteps(p *pen, out *image.RGBA, y int, texts [][]string) {
	y += tryEdge + 14
	tones := map[string]color.RGBA{stepOK: drawGreen, stepInfo: drawBlue, stepRefused: drawRed, stepSkipped: drawSoft}
	for i, s := range a.steps {
		fillRect(out, image.Rect(tryEdge, y-11, tryEdge+10, y-1), tones[s.Verdict])
		p.say(out, image.Pt(tryEdge+20, y), penVoice{size: 14, bold: true, color: drawInk}, a.word("cli.capture.step.name."+stepName(s.ID)))
		for _, line := range texts[i] {
			p.say(out, image.Pt(tryEdge+tryLabels+24, y), penVoice{size: 14, color: drawInk}, line)
			y += tryLine
		}
	}
}
