package capture

import (
	"math"
	"slices"
)

// equations are weighted linear equations that are solved by least squares.
type equations struct {
	n    int
	a    []float64 // normal equations, row by row
	want []float64
}

// term is one unknown and its factor.
type term struct {
	unknown int
	factor  float64
}

func newEquations(n int) *equations {
	return &equations{n: n, a: make([]float64, n*n), want: make([]float64, n)}
}

// add asks that the terms sum up to value, as strongly as weight says.
func (e *equations) add(weight, value float64, terms ...term) {
	for _, t := range terms {
		for _, u := range terms {
			e.a[t.unknown*e.n+u.unknown] += weight * t.factor * u.factor
		}
		e.want[t.unknown] += weight * t.factor * value
	}
}

// solve finds the unknowns by Gauss's elimination. An unknown that nothing is asked of is 0.
func (e *equations) solve() []float64 {
	n, a, x := e.n, slices.Clone(e.a), slices.Clone(e.want)
	for c := range n {
		best := c
		for r := c; r < n; r++ {
			if math.Abs(a[r*n+c]) > math.Abs(a[best*n+c]) {
				best = r
			}
		}
		if math.Abs(a[best*n+c]) < 1e-9 {
			continue
		}
		for k := range n {
			a[c*n+k], a[best*n+k] = a[best*n+k], a[c*n+k]
		}
		x[c], x[best] = x[best], x[c]
		for r := range n {
			if f := a[r*n+c] / a[c*n+c]; r != c && f != 0 {
				for k := c; k < n; k++ {
					a[r*n+k] -= f * a[c*n+k]
				}
				x[r] -= f * x[c]
			}
		}
	}
	for c := range n {
		if d := a[c*n+c]; math.Abs(d) >= 1e-9 {
			x[c] /= d
		}
	}
	return x
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}
