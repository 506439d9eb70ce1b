package main

import (
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// order is what the command line asks for.
type order struct {
	out     string
	seed    uint64
	styles  int    // in all; every category has as many
	tests   int    // readable pictures of every category
	hazards int    // pictures of every kind of hazard
	sheet   string // a file for a contact sheet; empty: none
	threads int
}

// perCategory is the number of styles of every category.
func (o order) perCategory() int { return (o.styles + len(categories) - 1) / len(categories) }

// drawn is one style with its pictures written.
type drawn struct {
	s    *style
	rows []row
	err  error
}

// generate draws the whole corpus and returns the styles and the rows, always in the same order.
func generate(o order, fonts []font) ([]*style, []row, error) {
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return nil, nil, err
	}
	per := o.perCategory()
	total := per * len(categories)
	results := make([]drawn, total)
	hurried := hurriedStyles(o, fonts)
	next := make(chan int)
	var crew sync.WaitGroup
	for range min(o.threads, total) {
		crew.Go(func() {
			r, err := newRasteriser()
			for i := range next {
				if err != nil {
					results[i].err = err
					continue
				}
				results[i] = drawStyle(o, r, fonts, hurried, i)
			}
			if err == nil {
				r.close()
			}
		})
	}
	for i := range total {
		next <- i
	}
	close(next)
	crew.Wait()
	return collect(o, results)
}

func collect(o order, results []drawn) ([]*style, []row, error) {
	var all []*style
	var rows [][]row
	for _, d := range results {
		if d.err != nil {
			return nil, nil, d.err
		}
		all, rows = append(all, d.s), append(rows, d.rows)
	}
	flat := byStyle(rows)
	return all, flat, writeManifest(o.out, flat)
}

// drawStyle draws the lessons, the tests and the hazards of the style with a number.
func drawStyle(o order, r *rasteriser, fonts []font, hurried []int, i int) drawn {
	per := o.perCategory()
	c, n := categories[i/per], i%per
	s := c.style(o.seed, n, fonts)
	defer s.close()
	rng := stream(o.seed, c.Name+" pictures", n)
	if err := s.open(r, fonts, rng); err != nil {
		return drawn{err: err}
	}
	b := &batch{o: o, s: s, rng: rng, r: r, fonts: fonts}
	b.err = os.MkdirAll(filepath.Join(o.out, s.ID), 0o755)
	b.lessons()
	b.tests(share(o.tests, per, n))
	for k, h := range hazards {
		if h.Name != "unseen" {
			b.hazards(h, share(o.hazards, len(categories)*per, spread(i, k, len(categories)*per)))
		} else if s.Hurry {
			b.hazards(h, share(o.hazards, len(hurried), slices.Index(hurried, i)))
		}
	}
	return drawn{s, b.rows, b.err}
}

// hurriedStyles are the numbers of the styles whose lessons lack digits. Only they can show an unseen one.
func hurriedStyles(o order, fonts []font) []int {
	var some []int
	per := o.perCategory()
	for i := range per * len(categories) {
		if categories[i/per].style(o.seed, i%per, fonts).Hurry {
			some = append(some, i)
		}
	}
	return some
}

// share is how many of a number the nth of so many gets, so that all together get it exactly.
func share(number, of, n int) int { return number*(n+1)/of - number*n/of }

// spread gives every kind of hazard another order of the styles, so that small numbers do not always meet
// the same ones.
func spread(i, kind, of int) int { return (i*7 + kind*13) % of }

// batch collects the pictures of one style. After the first error it does nothing.
type batch struct {
	o     order
	s     *style
	rng   *rand.Rand
	r     *rasteriser
	fonts []font
	notes *pen
	rows  []row
	err   error
}

// add writes a picture after the damage of its way to the reader.
func (b *batch) add(c *canvas, r row) {
	b.addPair(c, nil, r)
}

// addPair writes a picture and, when there is one, the picture of the next grab.
func (b *batch) addPair(c, second *canvas, r row) {
	if b.err != nil {
		return
	}
	name := fmt.Sprintf("%s-%03d", r.cat, len(b.rows))
	if r.role == roleTeach {
		name = fmt.Sprintf("%s-%d", roleTeach, len(b.rows))
	}
	r.file = b.write(c, name)
	if second != nil {
		r.second = b.write(second, name+"-second")
	}
	r.style, r.s = b.s.ID, b.s
	b.rows = append(b.rows, r)
}

func (b *batch) write(c *canvas, name string) string {
	if b.err != nil {
		return ""
	}
	damaged, err := b.s.damage.apply(c)
	if err != nil {
		b.err = err
		return ""
	}
	file, err := writePicture(b.o.out, opaque(damaged), b.s.ID, name)
	b.err = err
	return file
}

func opaque(c *canvas) image.Image { return c.RGBA }

func (b *batch) lessons() {
	for _, fen := range b.s.Lessons {
		text := b.s.w.spell(fen)
		m := b.s.moment(b.rng)
		c, _ := b.s.shoot(text, m)
		b.add(c, row{cat: b.s.Cat, role: roleTeach, must: mustRead, want: plain(fen), text: text})
	}
}

func (b *batch) tests(n int) {
	for range n {
		fen := b.amount()
		text := b.s.w.spell(fen)
		c, _ := b.s.shoot(text, b.s.moment(b.rng))
		b.add(c, row{cat: b.s.Cat, role: roleTest, must: mustRead, want: plain(fen), text: text})
	}
}

// amount draws an amount of which the lessons show every digit.
func (b *batch) amount() int {
	for {
		fen := b.s.w.draw(b.rng)
		if b.s.w.covers(b.s.Lessons, fen) {
			return fen
		}
	}
}
