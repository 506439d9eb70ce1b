package main

// hazard is a way in which a picture of a region must not be believed.
type hazard struct {
	Name string
	Says string
	make func(b *batch) bool // false: this draw shows no hazard, try another
}

var hazards = []hazard{}

func (b *batch) hazards(h hazard, n int) {}
