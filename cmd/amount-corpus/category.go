package main

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
)

// palette is ink on paper; foot is the lower end of a gradient, where there is one.
type palette struct{ ink, paper, foot tone }

func flat(ink, paper tone) palette { return palette{ink, paper, paper} }

var (
	black, white = tone{}, tone{255, 255, 255}
	dialogue     = tone{240, 240, 240} // of Windows' dialogues
	oldDialogue  = tone{212, 208, 200} // of Windows before

	// light is dark ink on light paper, as most programs have it.
	light = []palette{
		flat(black, white), flat(black, white), flat(black, dialogue), flat(black, oldDialogue), flat(tone{0, 0, 128}, white), flat(tone{200, 0, 0}, white),
		flat(tone{255, 0, 0}, tone{255, 255, 225}), flat(tone{51, 51, 51}, tone{245, 247, 250}), flat(tone{0, 0, 255}, tone{236, 233, 216}),
		flat(tone{230, 67, 64}, white), flat(tone{33, 37, 41}, tone{248, 249, 250}), flat(tone{0, 96, 0}, tone{232, 245, 233}),
	}
	// night is light ink on dark paper.
	night = []palette{
		flat(white, black), flat(white, tone{0, 0, 128}), flat(tone{255, 255, 0}, black), flat(tone{0, 255, 0}, black), flat(white, tone{33, 37, 41}),
		flat(tone{240, 240, 240}, tone{30, 30, 30}), flat(tone{255, 87, 34}, tone{38, 50, 56}), flat(white, tone{0, 120, 215}), flat(white, tone{192, 0, 0}),
		flat(tone{255, 235, 59}, tone{0, 77, 64}), flat(tone{144, 202, 249}, tone{18, 18, 18}),
	}
	// panel is what makers of programs take for a display of liquid crystals or glowing tubes.
	panel = []palette{
		flat(tone{24, 40, 16}, tone{156, 204, 60}), flat(tone{230, 240, 255}, tone{20, 40, 200}), flat(tone{255, 160, 0}, tone{28, 16, 0}),
		flat(tone{0, 255, 200}, tone{4, 20, 20}), flat(tone{255, 30, 20}, tone{24, 0, 0}), flat(tone{40, 48, 40}, tone{180, 190, 170}),
		{tone{20, 30, 20}, tone{170, 210, 90}, tone{140, 180, 60}}, {tone{120, 255, 160}, tone{0, 30, 10}, tone{0, 12, 4}},
		{tone{255, 255, 255}, tone{40, 80, 220}, tone{10, 30, 140}},
	}
	// slopes are papers with a gradient, as in the years of glassy buttons.
	slopes = []palette{
		{black, white, tone{214, 223, 247}}, {tone{20, 20, 60}, tone{250, 250, 250}, tone{222, 222, 222}}, {white, tone{70, 130, 200}, tone{30, 80, 150}},
	}
)

// category is a family of styles. All have as many pictures.
type category struct {
	Name     string
	Says     string
	Systems  []string
	Kinds    []kind
	Low      int // pixels of the font
	High     int
	Palettes []palette
	adjust   func(s *style, rng *rand.Rand)
}

var (
	latin   = []kind{kindSans, kindWindows, kindFixed, kindSerif, kindNarrow}
	windows = []kind{kindWindows, kindWindows, kindSans, kindFixed, kindSerif}
	usual   = []string{"gdi-grey", "gtk", "chromium", "gdi-grey", "swing", "qt", "dwrite-grey", "cairo"}
	striped = []string{"gdi-cleartype", "directwrite", "gtk-rgb", "gdi-cleartype", "directwrite", "gdi-bgr"}
)

// categories is the table of the readable pictures.
var categories = []category{
	{"plain", "dark on light, grey smoothing", usual, latin, 13, 32, light, nil},
	{"mono", "no smoothing", []string{"gdi-mono"}, windows, 11, 32, light, withPrefix(4)},
	{"dark", "light on dark", append([]string{"gdi-mono", "gdi-cleartype"}, usual...), latin, 13, 36, night, withPrefix(4)},
	{"large", "large letters", append([]string{"gdi-mono", "gdi-cleartype", "directwrite"}, usual...), latin, 36, 72, mixed(light, night), withPrefix(3)},
	{"small", "small letters", append([]string{"gdi-mono", "gdi-cleartype"}, usual...), latin, 9, 12, light, withPrefix(5)},
	{"prefix", "a sign or words before the amount", append([]string{"gdi-mono"}, usual...), latin, 12, 32, mixed(light, night), withPrefix(1)},
	{"suffix", "a sign or words after the amount", append([]string{"gdi-mono"}, usual...), latin, 12, 32, mixed(light, night), withSuffix},
	{"grouped", "thousands with a comma", append([]string{"gdi-mono"}, usual...), latin, 12, 32, mixed(light, night), grouped},
	{"whole", "no decimals", append([]string{"gdi-mono"}, usual...), latin, 12, 36, mixed(light, night), whole},
	{"cleartype", "sub-pixel smoothing, red or blue first, whole and quarter pixels", striped, windows, 12, 32, mixed(light, light, night), withPrefix(4)},
	{"scaled125", "screens at 125 %, drawn again or stretched", nil, windows, 12, 28, light, scaling(1.25)},
	{"scaled150", "screens at 150 %, drawn again or stretched", nil, windows, 12, 28, light, scaling(1.5)},
	{"jpeg", "a remote desktop's losses", append([]string{"gdi-mono", "gdi-cleartype"}, usual...), latin, 14, 36, mixed(light, night), remote},
	{"sevenseg", "seven segments", []string{"gdi-grey", "gdi-mono", "chromium"}, []kind{kindSegment}, 18, 60, panel, sevenSegment},
	{"lcd", "liquid crystal and tube looks, dots and letters", append([]string{"gdi-mono"}, usual...), []kind{kindFixed, kindSans}, 14, 48, panel, liquid},
	{"bitmap", "fonts drawn pixel by pixel", []string{"x11"}, []kind{kindBitmap}, 9, 32, mixed(light, night), withPrefix(5)},
	{"chinese", "Chinese fonts and labels", append([]string{"gdi-mono", "gdi-mono", "gdi-cleartype", "directwrite"}, usual...), []kind{kindChinese}, 12, 36, mixed(light, night), chinese},
	{"caret", "a caret that blinks behind the amount", append([]string{"gdi-mono", "gdi-cleartype"}, usual...), latin, 12, 28, light, caret},
	{"frame", "a field's border inside the region", append([]string{"gdi-mono", "gdi-cleartype"}, usual...), latin, 12, 32, mixed(light, slopes, night), framed},
	{"kerned", "uneven, slanted, tight and kerned digits", []string{"chromium", "directwrite", "dwrite-grey", "chromium-hidpi", "qt", "gdi-grey", "gdi-mono", "swing-designed"},
		[]kind{kindUneven, kindUneven, kindNarrow, kindSans}, 12, 36, mixed(light, night), kerned},
}

func mixed(sets ...[]palette) []palette {
	var all []palette
	for _, s := range sets {
		all = append(all, s...)
	}
	return all
}

func pick[T any](rng *rand.Rand, of []T) T { return of[rng.IntN(len(of))] }

// stream gives every style its own random numbers, so that one more category changes no other.
func stream(seed uint64, name string, n int) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%d", name, n)
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// style makes the nth look of a category; the pen is not open yet. The systems take turns, so that a
// category holds each of them whatever the seed.
func (c category) style(seed uint64, n int, fonts []font) *style {
	rng := stream(seed, c.Name, n)
	p := pick(rng, c.Palettes)
	s := &style{
		ID: fmt.Sprintf("%s-%02d", c.Name, n), Cat: c.Name, Number: n, Font: pick(rng, of(fonts, pick(rng, c.Kinds))),
		Px: c.Low + rng.IntN(c.High-c.Low+1), Ink: p.ink, Paper: p.paper, Foot: p.foot, Frame: frameNone, Scale: 1,
		Align: pick(rng, []align{alignRight, alignRight, alignRight, alignLeft, alignCentre}),
	}
	if len(c.Systems) > 0 {
		s.d = systems[c.Systems[n%len(c.Systems)]]
	}
	if rng.IntN(6) == 0 {
		s.Wander = 1 + rng.IntN(2)
	}
	s.Hurry = rng.IntN(10) == 0
	if c.adjust != nil {
		c.adjust(s, rng)
	}
	if s.Apart {
		s.Align = alignRight
	}
	return s
}
