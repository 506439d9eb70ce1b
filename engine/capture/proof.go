package capture

import (
	"image"
	"math"
	"slices"
)

// Limits of what is believed. Each was the loosest at which nothing wrong was accepted, made tighter by half.
const (
	leastPixel = 64   // a single value may always differ by this much
	mostPixel  = 118  // and never by more
	blankPixel = 64   // where nothing is written
	mostShare  = 0.22 // of a sign's ink
	hopeless   = 110  // beyond the limit: laying the signs once more would not help
	openSlack  = 100
	openShare  = 0.22 // of the ink of a sign that touched its neighbour
	rivalPart  = 0.28 // how far towards another sign the picture may lean; half would be a toss
)

// judge holds a complete explanation to every rule. The canvas holds what the placed signs leave.
func (r *reader) judge() (Sight, bool) {
	r.judged++
	saw := Sight{}
	if at, ok := r.unexplained(hopeless); ok {
		saw = Sight{Signs: r.seen(), Why: Strange, Worst: r.onPicture(image.Rect(at.X, at.Y, at.X+1, at.Y+1))}
	} else {
		r.settle()
		saw.Signs = r.seen()
		saw.Why, saw.Worst = r.verdict(saw.Signs)
	}
	if saw.Why == "" {
		saw.Text = spelled(r.parts())
		return saw, true
	}
	if r.judged == 1 {
		r.best = saw
	}
	return Sight{}, false
}

func (r *reader) verdict(signs []SeenSign) (Reason, image.Rectangle) {
	if at, ok := r.unexplained(0); ok {
		return Strange, r.onPicture(image.Rect(at.X, at.Y, at.X+1, at.Y+1))
	}
	if why := r.shapeFits(); why != "" {
		return why, image.Rectangle{}
	}
	if !r.edgesFit() {
		return EdgeInk, image.Rectangle{}
	}
	for i, p := range r.placed {
		rival, lean := r.rival(p)
		signs[i].Rival, signs[i].Margin = rival, 1-2*lean
		signs[i].Residual = p.share
		switch {
		case p.share > r.g.shareLimit(p.look):
			return Strange, signs[i].At
		case lean > rivalPart:
			return Unclear, signs[i].At
		}
	}
	return "", image.Rectangle{}
}

// settle lays every sign once more, now that its neighbours on both sides are taken off.
func (r *reader) settle() {
	for i := range r.placed {
		p := &r.placed[i]
		r.take(*p, 1)
		best := placed{share: math.Inf(1)}
		for j := range p.sign.looks {
			l := &p.sign.looks[j]
			middle := p.x - p.look.dx + l.dx
			for x := middle - 1; x <= middle+1; x++ {
				if !r.holds(x, l) {
					continue
				}
				f := l.against(r.window(x), l.w, r.planes, r.g.height, math.MaxInt64/8)
				if share := float64(f.left) / (float64(l.ink) + full*full); share < best.share {
					best = placed{p.sign, l, x, f.shift, share}
				}
			}
		}
		*p = best
		r.take(*p, -1)
	}
}

// shapeFits holds the text to how the lessons were written.
func (r *reader) shapeFits() Reason {
	s := shapeOf(r.parts())
	grouped, ungrouped, words := false, false, false
	for _, t := range r.g.shapes {
		grouped, ungrouped = grouped || t.grouped, ungrouped || t.long && !t.grouped
		words = words || t.before == s.before && t.after == s.after
	}
	switch {
	case !words:
		return Strange
	case !wellFormed(amountOf(r.parts()), r.g.shapes[0].decimals, true, ungrouped || !grouped):
		return NotAmount
	}
	return ""
}

// edgesFit refuses a line that may go on beyond the picture: if the amount is not held by a word on that
// side, by where it always begins, or by a blank wider than the one between this sign and any other, a sign
// may have been cut off.
func (r *reader) edgesFit() bool {
	g := r.g
	first, last := r.placed[0], r.placed[len(r.placed)-1]
	// Rows that were moved stood farther left by at most lean.
	lean := float64(g.paint.spareFor(g.height))
	left, right := float64(first.x+first.look.first)-lean, float64(r.w-r.spare-last.x-last.look.last)
	leftPen := first.origin() - first.sign.lead
	rightPen := float64(r.w) - last.origin() - last.sign.reach
	always := 1.6 * float64(r.px)
	okLeft := first.sign.kind == before || left > g.gapBefore(first) || g.margin.fixLeft && math.Abs(leftPen-g.margin.leftPen) < always
	okRight := last.sign.kind == after || g.shapes[0].decimals > 0 || right > g.gapBehind(last) ||
		g.margin.fixRight && math.Abs(rightPen-g.margin.rightPen) < always
	return okLeft && okRight && r.wordsFit(always+placeShare*g.pitch)
}

// wordsFit looks at a word whose distance to the amount is not always the same: the amount must end, or
// begin, where it did in the lessons, for nothing else says that none of it is missing.
func (r *reader) wordsFit(always float64) bool {
	for i := 1; i < len(r.placed); i++ {
		a, b := r.placed[i-1], r.placed[i]
		if !b.sign.parted(a.sign) {
			continue
		}
		off := b.origin() - a.origin() - a.sign.reach - b.sign.lead
		last := r.placed[len(r.placed)-1]
		rightPen := float64(r.w) - last.origin() - last.sign.reach
		if math.Abs(off) > r.g.placeReach(a.sign, b.sign) && !(r.g.margin.fixRight && math.Abs(rightPen-r.g.margin.rightPen) < always) {
			return r.g.margin.free
		}
	}
	return true
}

// gapBefore is the widest blank, in columns, that another sign could leave before this one.
func (g *Glyphs) gapBefore(p placed) float64 {
	most := 0.0
	for _, s := range g.signs {
		if s.kind == digit || s.text == "," {
			l := s.looks[0]
			most = max(most, s.reach-float64(l.dx+l.last)+p.sign.lead+float64(p.look.dx+p.look.first))
		}
	}
	return most + min(g.spread.place, placeShare*g.pitch) + float64(g.paint.columns())
}

// gapBehind is the widest blank, in columns, that another sign could leave behind this one.
func (g *Glyphs) gapBehind(p placed) float64 {
	most := 0.0
	for _, s := range g.signs {
		if s.kind == digit || s.text == "," {
			l := s.looks[0]
			most = max(most, p.sign.reach-float64(p.look.dx+p.look.last)+s.lead+float64(l.dx+l.first))
		}
	}
	return most + min(g.spread.place, placeShare*g.pitch) + float64(g.paint.columns())
}

// unexplained finds a pixel that the placed signs do not explain, by more than the limit and something on top.
func (r *reader) unexplained(more int) (image.Point, bool) {
	limit := int16(r.g.pixelLimit() + more)
	for y := range r.h {
		row := r.pix[r.at(0, y):][:r.w*r.planes]
		for i, v := range row {
			if v > limit || v < -limit {
				x := i / r.planes
				if int(max(v, -v)) > int(limit)+r.slack(x, y, i%r.planes) {
					return image.Pt(x, y), true
				}
			}
		}
	}
	return image.Point{}, false
}

// slack is how much more may be unexplained on a sign's edges, where a part of a column's shift shows most, and
// at a side where it touched its neighbour in the lessons.
func (r *reader) slack(x, y, plane int) int {
	row := y - r.start
	if row < 0 || row >= r.g.height {
		return 0
	}
	most := 0
	for i := range r.placed {
		p := &r.placed[i]
		if x < p.x || x >= p.x+p.look.w {
			continue
		}
		if !r.g.spread.hard {
			before, behind := p.look.pixel(x-p.x-1, row, plane, r.planes), p.look.pixel(x-p.x+1, row, plane, r.planes)
			most = max(most, unsigned(before-behind)/8)
		}
		if p.look.open(x-p.x, r.px) {
			most = max(most, openSlack)
		}
	}
	return most
}

func (g *Glyphs) pixelLimit() int {
	return max(leastPixel, min(mostPixel, g.spread.worst*5/4+16))
}

func (g *Glyphs) shareLimit(l *look) float64 {
	limit := max(0.06, min(mostShare, 2*g.spread.share+0.04))
	if l.openLeft || l.openRight {
		limit = max(limit, openShare)
	}
	return limit
}

// rival finds the sign, or the blank, towards which the picture leans most: 0 is exactly this sign, a half lies
// between the two. Only the pixels in which the two differ have a say, so noise elsewhere hides nothing.
func (r *reader) rival(p placed) (string, float64) {
	r.take(p, 1)
	defer r.take(p, -1)
	name, most := "", r.leansToBlank(p)
	for i := range r.g.signs {
		s := &r.g.signs[i]
		if s == p.sign || !p.sign.rivals(s) {
			continue
		}
		for j := range s.looks {
			if lean := r.leans(p, &s.looks[j]); lean > most {
				name, most = s.text, lean
			}
		}
	}
	return name, most
}

// leansToBlank tells how far the picture leans from a placed sign to there being none: a point may be laid into
// the foot of a digit whose own ink explains everything there.
func (r *reader) leansToBlank(p placed) float64 {
	var apart, toward int64
	shift := fixed(p.shift)
	for y := range r.g.height {
		for x := range p.look.w {
			for c := range r.planes {
				a := p.look.movedPixel(x, y, c, r.planes, shift)
				apart += int64(a * a)
				toward += int64(a * (a - int(r.pix[r.at(p.x+x, r.start+y)+c])))
			}
		}
	}
	if apart == 0 {
		return 1
	}
	return float64(toward) / float64(apart)
}

// leans tells how far the picture leans from a placed sign to another look, at that look's best place.
func (r *reader) leans(p placed, l *look) float64 {
	middle := p.x + (p.look.w-l.w)/2
	far := p.tooFar()
	best, at := fit{left: far}, 0
	for x := middle - 1 - r.px; x <= middle+1+r.px; x++ {
		if !r.holds(x, l) {
			continue
		}
		if f := l.against(r.glance(x), l.w, r.planes, r.g.height, best.left); f.left < best.left {
			best, at = f, x
		}
	}
	if best.left == far {
		return 0
	}
	var apart, toward int64
	mine, theirs := fixed(p.shift), fixed(best.shift)
	from, to := min(p.x, at), max(p.x+p.look.w, at+l.w)
	for y := range r.g.height {
		for x := from; x < to; x++ {
			if x < -readPad || x >= r.w+readPad {
				continue
			}
			for c := range r.planes {
				a, b := p.look.movedPixel(x-p.x, y, c, r.planes, mine), l.movedPixel(x-at, y, c, r.planes, theirs)
				d := b - a
				apart += int64(d * d)
				toward += int64(d * (int(r.pix[r.at(x, r.start+y)+c]) - a))
			}
		}
	}
	if apart == 0 {
		return 1
	}
	return float64(toward) / float64(apart)
}

// tooFar is what another look has to leave unexplained so that the picture cannot lean to it. The lean is at
// most the root of what the placed sign leaves, over the distance of the two looks; at a hundred times as much it
// stays below a ninth, where rivalPart refuses.
func (p placed) tooFar() int64 {
	ink := float64(p.look.ink) + full*full
	return int64(max(100*p.share, 0.25) * ink)
}

// Missing lists the digits and the signs of an amount that no lesson showed; a line with one of them is refused.
func (g *Glyphs) Missing() string {
	out := ""
	for _, r := range "0123456789" {
		if !slices.ContainsFunc(g.signs, func(s sign) bool { return s.text == string(r) }) {
			out += string(r)
		}
	}
	return out
}
