package pay

import (
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseMoney(t *testing.T) {
	for _, row := range []struct {
		name, text string
		want       Money
		err        error
	}{
		{"whole yuan", "12", 1200, nil},
		{"one decimal", "12.5", 1250, nil},
		{"two decimals", "12.50", 1250, nil},
		{"one fen", "0.01", 1, nil},
		{"a refund", "-0.01", -1, nil},
		{"leading zeros", "0012.50", 1250, nil},
		{"the largest", "92233720368547758.07", math.MaxInt64, nil},
		{"the smallest", "-92233720368547758.08", math.MinInt64, nil},
		{"third decimal", "12.505", 0, ErrMoneyDecimals},
		{"third decimal that is zero", "12.500", 0, ErrMoneyDecimals},
		{"one fen too large", "92233720368547758.08", 0, ErrMoneyRange},
		{"very long", strings.Repeat("9", 400), 0, ErrMoneyRange},
		{"nothing", "", 0, ErrMoneyText},
		{"only a sign", "-", 0, ErrMoneyText},
		{"only a point", ".", 0, ErrMoneyText},
		{"no yuan", ".50", 0, ErrMoneyText},
		{"no fen after the point", "12.", 0, ErrMoneyText},
		{"plus", "+12.50", 0, ErrMoneyText},
		{"two points", "1.2.3", 0, ErrMoneyText},
		{"exponent", "1e3", 0, ErrMoneyText},
		{"grouping", "1,280.00", 0, ErrMoneyText},
		{"space", " 12.50", 0, ErrMoneyText},
		{"full-width digits", "１２.５０", 0, ErrMoneyText},
		{"yuan sign", "￥12.50", 0, ErrMoneyText},
		{"letter O", "7O.00", 0, ErrMoneyText},
		{"NUL", "1\x002", 0, ErrMoneyText},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := ParseMoney(row.text)
			if got != row.want || !errors.Is(err, row.err) {
				t.Errorf("got %d, %v; want %d, %v", got, err, row.want, row.err)
			}
		})
	}
}

func TestMoneyTextComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Money(rapid.Int64().Draw(t, "fen"))
		back, err := ParseMoney(m.String())
		if err != nil || back != m {
			t.Fatalf("%d -> %q -> %d, %v", m, m, back, err)
		}
	})
}

func TestMoneyAddRefusesOverflow(t *testing.T) {
	if got, err := Money(math.MaxInt64).Add(1); !errors.Is(err, ErrMoneyRange) {
		t.Errorf("largest + 1: %d, %v", got, err)
	}
	if got, err := Money(math.MinInt64).Add(-1); !errors.Is(err, ErrMoneyRange) {
		t.Errorf("smallest - 1: %d, %v", got, err)
	}
	if got, err := Money(1250).Add(-50); got != 1200 || err != nil {
		t.Errorf("12.50 - 0.50: %d, %v", got, err)
	}
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"12.50", "-0.01", "1e3", "", ".", "92233720368547758.08"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMoney(s)
		if err != nil {
			if len(err.Error()) > 200 {
				t.Errorf("error of %d bytes", len(err.Error()))
			}
			return
		}
		if back, err := ParseMoney(m.String()); err != nil || back != m {
			t.Errorf("%q -> %d -> %q -> %d, %v", s, m, m, back, err)
		}
	})
}
