package main

import "math/rand/v2"

var (
	prefixes        = []string{"¥", "￥", "$", "RMB ", "¥ ", "￥ ", "Total: ", "CNY ", "€", "TOTAL ", "合计:", "应收 ", "合计：￥", "总额："}
	suffixes        = []string{"元", " 元", " RMB", "元整", " LL", " DH", " CNY", "€", " USD", " 圆"}
	chinesePrefixes = []string{"合计：", "应收：", "总计:", "金额 ", "应付：￥", "实收 ￥", "￥", "共计 ", "本单合计：", "消费金额:"}
)

// withPrefix gives one style in so many a prefix.
func withPrefix(oneIn int) func(*style, *rand.Rand) {
	return func(s *style, rng *rand.Rand) {
		if rng.IntN(oneIn) != 0 {
			return
		}
		s.w.Prefix = pick(rng, prefixes)
		if s.Cat == "bitmap" {
			s.w.Prefix = pick(rng, []string{"$", "Total: ", "RMB ", "TOTAL "})
		}
		s.Apart = rng.IntN(8) == 0
	}
}

func withSuffix(s *style, rng *rand.Rand) {
	s.w.Suffix = pick(rng, suffixes)
	if rng.IntN(4) == 0 {
		s.w.Prefix = pick(rng, prefixes)
	}
}

func grouped(s *style, rng *rand.Rand) {
	s.w.Grouped = true
	withPrefix(3)(s, rng)
}

func whole(s *style, rng *rand.Rand) {
	s.w.Whole = true
	s.w.Grouped = rng.IntN(3) == 0
	withPrefix(3)(s, rng)
	if rng.IntN(3) == 0 {
		s.w.Suffix = pick(rng, suffixes)
	}
}

// scaling is a screen on which one pixel of a program is more than one of the screen. A program that knows
// it draws with a larger font; the others are drawn as ever and stretched by the system.
func scaling(by float64) func(*style, *rand.Rand) {
	return func(s *style, rng *rand.Rand) {
		s.Scale, s.Stretch = by, s.Number%2 == 0
		if s.Stretch {
			s.d = systems[pick(rng, []string{"gdi-mono", "gdi-grey", "gdi-cleartype", "swing"})]
			s.Wander = 0
		} else {
			s.d = systems[pick(rng, []string{"gdi-grey", "gdi-cleartype", "directwrite", "dwrite-grey", "chromium-hidpi", "chromium-hidpi", "qt"})]
			s.Px = scaled(s.Px, by)
		}
		withPrefix(4)(s, rng)
	}
}

func remote(s *style, rng *rand.Rand) {
	s.damage.HighColor = rng.IntN(3) == 0
	if !s.damage.HighColor || rng.IntN(2) == 0 {
		s.damage.Quality = 45 + rng.IntN(50)
	}
	s.Wander = 0
	withPrefix(4)(s, rng)
}

func sevenSegment(s *style, rng *rand.Rand) {
	s.Hurry = false
	if rng.IntN(2) == 0 {
		ghost := s.Paper.mix(s.Ink, 0.06+0.12*rng.Float64())
		s.Ghost = &ghost
		s.Align = alignRight
	}
	s.w.Whole = rng.IntN(8) == 0
	if rng.IntN(2) == 0 {
		s.Display = displaySegments
	}
}

func liquid(s *style, rng *rand.Rand) {
	if rng.IntN(4) == 0 {
		s.w.Prefix = "¥"
	}
	if rng.IntN(3) == 0 {
		s.Display = displayDots
		s.d = systems["x11"]
	}
}

func chinese(s *style, rng *rand.Rand) {
	if s.Font.Kind == kindChinese && s.d.Smoothing == smoothMono {
		s.Px = 12 + rng.IntN(8) // where the drawn sizes of the font are
		if rng.IntN(3) == 0 {
			s.Px = 20 + rng.IntN(16)
		}
		s.d.Bold = rng.IntN(4) == 0
	}
	s.w.Prefix = pick(rng, chinesePrefixes)
	s.Apart = rng.IntN(8) == 0
	if rng.IntN(3) == 0 {
		s.w.Suffix = pick(rng, []string{"元", " 元", "元整"})
	}
	s.w.Grouped = rng.IntN(4) == 0
}

func caret(s *style, rng *rand.Rand) {
	s.Caret = true
	s.Align = pick(rng, []align{alignRight, alignLeft})
	withPrefix(6)(s, rng)
	s.Apart = false
}

func framed(s *style, rng *rand.Rand) {
	s.Frame = pick(rng, frames)
	s.Wander = 0
	withPrefix(5)(s, rng)
}

func kerned(s *style, rng *rand.Rand) {
	switch s.Font.Kind {
	case kindUneven:
		if rng.IntN(3) == 0 {
			s.d.Tracking = -rng.IntN(1 + s.Px*2)
		}
	case kindNarrow:
		s.d.Tracking = -rng.IntN(1 + s.Px*2)
	default:
		s.d.Tracking = -s.Px - rng.IntN(s.Px*3)
		s.d.Slanted = rng.IntN(3) == 0
	}
	if s.d.Phases == 1 {
		s.d.Tracking = s.d.Tracking / 64 * 64
		if s.Font.Kind == kindSans {
			s.d.Tracking = min(s.d.Tracking, -64)
		}
	}
	s.d.Kerned = true
	withPrefix(4)(s, rng)
}
