package capture_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cpos/engine/capture"
	"cpos/engine/pay"
	"cpos/engine/words"
)

var usual = capture.Grammar{Decimals: 2, Prefix: []string{"合计:", "￥", "实收"}, Suffix: []string{"元", "RMB"}}

func TestGrammar(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       pay.Money
		why        capture.Reason
	}{
		{"plain", "12.50", 1250, ""},
		{"one fen", "0.01", 1, ""},
		{"white space around", " 12.50\n", 1250, ""},
		{"yuan sign", "¥12.50", 1250, ""},
		{"full-width yuan sign", "￥12.50", 1250, ""},
		{"label and sign", "合计: ￥ 12.50", 1250, ""},
		{"label with full-width colon", "合计：12.50", 1250, ""},
		{"suffix", "12.50元", 1250, ""},
		{"full-width digits", "１２．５０", 1250, ""},
		{"thousands", "1,234.56", 123456, ""},
		{"millions", "1,234,567.89", 123456789, ""},
		{"thousands without commas", "1234.56", 123456, ""},
		{"the largest charge", "21474836.47", pay.MaxCharge, ""},
		{"one fen too much", "21474836.48", 21474836_48, capture.TooLarge},
		{"far too long", "99999999999999999999.99", 0, capture.TooLarge},
		{"no point seen", "791223", 0, capture.NoDecimals},
		{"comma for the point", "7912,23", 0, capture.BadGrouping},
		{"comma after two digits", "12,34.56", 0, capture.BadGrouping},
		{"comma after four digits", "1234,567.89", 0, capture.BadGrouping},
		{"comma in the decimals", "12.5,0", 0, capture.NotAmount},
		{"leading comma", ",123.45", 0, capture.BadGrouping},
		{"one decimal", "12.5", 0, capture.NotAmount},
		{"three decimals", "12.505", 0, capture.NotAmount},
		{"ends with the point", "12.", 0, capture.NotAmount},
		{"begins with the point", ".50", 0, capture.NotAmount},
		{"two points", "1.2.50", 0, capture.NotAmount},
		{"a sign read as a zero", "012.50", 0, capture.NotAmount},
		{"leading zero in thousands", "0,123.45", 0, capture.BadGrouping},
		{"letter in between", "1O.50", 0, capture.NotAmount},
		{"small L for a one", "l2.50", 0, capture.NotAmount},
		{"sign not in the profile", "$12.50", 0, capture.NotAmount},
		{"sign twice", "￥￥12.50", 0, capture.NotAmount},
		{"refund", "-12.50", 0, capture.Negative},
		{"refund behind the sign", "￥-12.50", 0, capture.Negative},
		{"refund with a dash", "–12.50", 0, capture.Negative},
		{"refund in brackets", "(12.50)", 0, capture.Negative},
		{"refund with the minus behind", "12.50-", 0, capture.Negative},
		{"zero", "0.00", 0, capture.Zero},
		{"two amounts", "12.50 10.00", 0, capture.TwoAmounts},
		{"broken by a space", "12 .50", 0, capture.TwoAmounts},
		{"count and amount", "3 x 12.50", 0, capture.TwoAmounts},
		{"nothing", "", 0, capture.Blank},
		{"only the label", "合计:", 0, capture.Blank},
		{"digits of another script", "١٢.٥٠", 0, capture.NotAmount},
		{"exponent", "1e2", 0, capture.NotAmount},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, why := usual.Parse(row.text)
			if why != row.why || why == "" && got != row.want {
				t.Errorf("%q: %s, %q; want %s, %q", row.text, got, why, row.want, row.why)
			}
		})
	}
}

func TestGrammarOfWholeYuanAndBounds(t *testing.T) {
	whole := capture.Grammar{Decimals: 0, Least: 200, Most: 500_00}
	for text, want := range map[string]capture.Reason{
		"2": "", "500": "", "1": capture.TooSmall, "501": capture.TooLarge, "12.50": capture.NotAmount, "12.": capture.NotAmount, "0": capture.Zero,
	} {
		if _, why := whole.Parse(text); why != want {
			t.Errorf("%q: %q, want %q", text, why, want)
		}
	}
	if got, why := (capture.Grammar{Decimals: 1}).Parse("12.5"); got != 1250 || why != "" {
		t.Errorf("one decimal: %s, %q", got, why)
	}
}

func TestEveryAmountComesBackHoweverItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := pay.Money(rapid.Int64Range(1, int64(pay.MaxCharge)).Draw(t, "fen"))
		text := want.String()
		if rapid.Bool().Draw(t, "grouped") {
			text = grouped(text)
		}
		if rapid.Bool().Draw(t, "wide") {
			text = wide(text)
		}
		text = rapid.SampledFrom([]string{"", "￥", "¥ ", "合计:", "合计：￥"}).Draw(t, "prefix") + text +
			rapid.SampledFrom([]string{"", "元", " RMB"}).Draw(t, "suffix")
		if got, why := usual.Parse(text); got != want || why != "" {
			t.Fatalf("%q: %s, %q; want %s", text, got, why, want)
		}
	})
}

// A character more or less must never turn an amount into another one that still looks like one, except
// where the writing itself is that of the other one.
func TestAnAcceptedAmountIsWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("0123456789.,-¥元 lO()x"))).Draw(t, "text")
		holdsWhatItSays(t, text)
	})
}

func FuzzGrammar(f *testing.F) {
	for _, seed := range []string{"12.50", "￥1,234.56元", "791223", "-0.01", "合计：１２．５０", "0.00", "１，０００．００", "\xff12.50"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { holdsWhatItSays(t, text) })
}

func holdsWhatItSays(t interface{ Fatalf(string, ...any) }, text string) {
	got, why := usual.Parse(text)
	if why != "" {
		return
	}
	if got < 1 || got > pay.MaxCharge {
		t.Fatalf("%q: accepted %d", text, got)
	}
	var digits strings.Builder
	for _, r := range narrow(text) {
		if r >= '0' && r <= '9' || r == '.' {
			digits.WriteRune(r)
		}
	}
	if digits.String() != got.String() {
		t.Fatalf("%q: accepted as %s", text, got)
	}
}

func grouped(s string) string {
	yuan, fen, _ := strings.Cut(s, ".")
	for i := len(yuan) - 3; i > 0; i -= 3 {
		yuan = yuan[:i] + "," + yuan[i:]
	}
	return yuan + "." + fen
}

func wide(s string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '！' }, s)
}

func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			return r - '！' + '!'
		}
		return r
	}, s)
}

func TestEveryReasonHasASentence(t *testing.T) {
	for _, why := range capture.Reasons() {
		if key := fmt.Sprintf("capture.%s", why); !words.Known(key) {
			t.Errorf("%s has no sentence", key)
		}
	}
}
