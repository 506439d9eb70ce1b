package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// fen is an amount in hundredths of a yuan.
type fen int64

// mostFen is the largest total that fits the space of the total: 99999.99.
const mostFen fen = 99_999_99

var errAmount = errors.New("not an amount with at most two decimals")

func (f fen) String() string { return fmt.Sprintf("%d.%02d", int64(f)/100, int64(f)%100) }

// parseFen reads "12", "12.5" or "12.50"; no sign, no grouping.
func parseFen(s string) (fen, error) {
	yuan, part, _ := strings.Cut(s, ".")
	if yuan == "" || len(yuan) > 6 || len(part) > 2 || strings.Trim(yuan+part, "0123456789") != "" {
		return 0, fmt.Errorf("%q: %w", s, errAmount)
	}
	v, err := strconv.ParseInt(yuan+(part + "00")[:2], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q: %w", s, errAmount)
	}
	return fen(v), nil
}
