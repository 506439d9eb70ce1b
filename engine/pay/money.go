package pay

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Money is an amount in whole fen (one hundredth of a yuan). It is never a float anywhere in cpos.
type Money int64

// MaxCharge is the largest single amount a payment service takes: Cloud Pay types total_fee as a
// 32-bit number.
const MaxCharge Money = math.MaxInt32

// Errors of ParseMoney and of money arithmetic.
var (
	ErrMoneyText     = errors.New("not an amount")
	ErrMoneyDecimals = errors.New("more than two decimals")
	ErrMoneyRange    = errors.New("amount out of range")
)

// ParseMoney reads yuan with at most two decimals: "12", "12.5", "12.50", "-0.01". It refuses a third
// decimal, signs other than one leading minus, grouping, spaces, exponents and anything that does not
// fit 64 bits of fen.
func ParseMoney(s string) (Money, error) {
	digits, negative := strings.CutPrefix(s, "-")
	yuan, fen, dotted := strings.Cut(digits, ".")
	if !allDigits(yuan) || (dotted && !allDigits(fen)) {
		return 0, fmt.Errorf("%q: %w", clip(s), ErrMoneyText)
	}
	if len(fen) > 2 {
		return 0, fmt.Errorf("%q: %w", clip(s), ErrMoneyDecimals)
	}
	whole := yuan + fen + "00"[len(fen):]
	if negative {
		whole = "-" + whole
	}
	v, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q: %w", clip(s), ErrMoneyRange)
	}
	return Money(v), nil
}

// Add returns m+n, or ErrMoneyRange when the sum does not fit.
func (m Money) Add(n Money) (Money, error) {
	sum := m + n
	if (n > 0 && sum < m) || (n < 0 && sum > m) {
		return 0, fmt.Errorf("%s + %s: %w", m, n, ErrMoneyRange)
	}
	return sum, nil
}

// String gives yuan with exactly two decimals: "12.50", "-0.01".
func (m Money) String() string {
	sign, u := "", uint64(m)
	if m < 0 {
		sign, u = "-", -u
	}
	return fmt.Sprintf("%s%d.%02d", sign, u/100, u%100)
}

// MarshalText writes the form of String, so that JSON and YAML never hold a float.
func (m Money) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the form of ParseMoney.
func (m *Money) UnmarshalText(b []byte) error {
	v, err := ParseMoney(string(b))
	if err != nil {
		return err
	}
	*m = v
	return nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// clip keeps an error readable when the text is hostile.
func clip(s string) string {
	const most = 32
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
