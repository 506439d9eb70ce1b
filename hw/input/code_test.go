package input_test

import "math/rand/v2"

// serialScans is how many payment codes a scanner on a serial port sends, each with a goods code behind it.
const serialScans = 40

// code is the n-th payment code.
func code(n int) string {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	b := []byte{'1', '3'}
	for len(b) < 18 {
		b = append(b, byte('0'+r.IntN(10)))
	}
	return string(b)
}
