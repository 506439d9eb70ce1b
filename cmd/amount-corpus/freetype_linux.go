//go:build cgo

package main

/*
#cgo pkg-config: freetype2
#include <stdlib.h>
#include <string.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H
#include FT_BITMAP_H
#include FT_LCD_FILTER_H
#include FT_MODULE_H

typedef struct {
	int left, top, width, rows; // pixels; left and top are FreeType's bearings of the bitmap
	int channels;               // 1 grey, 3 one coverage for each stripe of a pixel
	long advance;               // 26.6 pixels, as hinted
	long linear;                // 16.16 pixels, as designed
	unsigned char *cover;       // width*rows*channels bytes, freed by the caller
} ac_glyph;

static int ac_library(FT_Library *lib, unsigned version) {
	int e = FT_Init_FreeType(lib);
	if (e) return e;
	FT_Property_Set(*lib, "truetype", "interpreter-version", &version);
	FT_Library_SetLcdFilter(*lib, FT_LCD_FILTER_DEFAULT);
	return 0;
}

// ac_open also chooses the only table of characters that old Windows fonts have.
static int ac_open(FT_Library lib, const char *path, int index, FT_Face *f) {
	int e = FT_New_Face(lib, path, index, f);
	if (!e && !(*f)->charmap && (*f)->num_charmaps > 0) e = FT_Set_Charmap(*f, (*f)->charmaps[0]);
	return e;
}

static int ac_strikes(FT_Face f) { return FT_IS_SCALABLE(f) ? 0 : f->num_fixed_sizes; }

static int ac_size(FT_Face f, int px) {
	if (FT_IS_SCALABLE(f)) return FT_Set_Pixel_Sizes(f, 0, px);
	int best = 0;
	for (int i = 1; i < f->num_fixed_sizes; i++)
		if (abs(f->available_sizes[i].height - px) < abs(f->available_sizes[best].height - px)) best = i;
	return FT_Select_Size(f, best);
}

static int ac_height(FT_Face f) { return f->size->metrics.height / 64; }

static int ac_copy(FT_Bitmap *b, int mode, ac_glyph *out) {
	int mono = b->pixel_mode == FT_PIXEL_MODE_MONO;
	out->channels = b->pixel_mode == FT_PIXEL_MODE_LCD ? 3 : 1;
	out->width = b->width / out->channels;
	out->rows = b->rows;
	size_t row = (size_t)out->width * out->channels;
	out->cover = calloc(row * b->rows + 1, 1);
	for (unsigned y = 0; y < b->rows; y++) {
		unsigned char *from = b->buffer + (long)y * b->pitch;
		unsigned char *to = out->cover + y * row;
		if (!mono) { memcpy(to, from, row); continue; }
		for (unsigned x = 0; x < b->width; x++) to[x] = (from[x >> 3] >> (7 - (x & 7))) & 1 ? 255 : 0;
	}
	return 0;
}

static int ac_render(FT_Face f, unsigned long code, int flags, int mode, int shift, int slant, ac_glyph *out) {
	unsigned id = FT_Get_Char_Index(f, code);
	if (!id && code != 0) return -1;
	int e = FT_Load_Glyph(f, id, flags);
	if (e) return e;
	FT_GlyphSlot s = f->glyph;
	if (s->format == FT_GLYPH_FORMAT_OUTLINE) {
		if (slant) {
			FT_Matrix m = {0x10000, 0x3300, 0, 0x10000};
			FT_Outline_Transform(&s->outline, &m);
		}
		if (shift) FT_Outline_Translate(&s->outline, shift, 0);
		e = FT_Render_Glyph(s, mode);
		if (e) return e;
	}
	out->left = s->bitmap_left;
	out->top = s->bitmap_top;
	out->advance = s->advance.x;
	out->linear = s->linearHoriAdvance;
	return ac_copy(&s->bitmap, mode, out);
}

static long ac_kern(FT_Face f, unsigned long a, unsigned long b, int whole) {
	FT_Vector v = {0, 0};
	if (!FT_HAS_KERNING(f)) return 0;
	if (FT_Get_Kerning(f, FT_Get_Char_Index(f, a), FT_Get_Char_Index(f, b), whole ? FT_KERNING_DEFAULT : FT_KERNING_UNFITTED, &v)) return 0;
	return v.x;
}
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// rasteriser is one thread's FreeType. It holds two libraries because the way TrueType programs are
// run is a property of a library: 35 moves points as GDI does without ClearType, 40 only up and down.
type rasteriser struct {
	gdi, clear C.FT_Library
}

const (
	interpreterGDI       = 35
	interpreterClearType = 40
)

func newRasteriser() (*rasteriser, error) {
	r := &rasteriser{}
	if e := C.ac_library(&r.gdi, interpreterGDI); e != 0 {
		return nil, fmt.Errorf("start freetype: error %d", int(e))
	}
	if e := C.ac_library(&r.clear, interpreterClearType); e != 0 {
		return nil, fmt.Errorf("start freetype: error %d", int(e))
	}
	return r, nil
}

func (r *rasteriser) close() {
	C.FT_Done_FreeType(r.gdi)
	C.FT_Done_FreeType(r.clear)
}

// face is an open font at one size, drawn in one way.
type face struct {
	ft   C.FT_Face
	d    drawing
	mode C.int
	load C.int
}

// open opens a font file at a size in pixels; a bitmap font gives the strike next to it.
func (r *rasteriser) open(path string, index, px int, d drawing) (*face, error) {
	lib := r.clear
	if d.Hinting == hintFull {
		lib = r.gdi
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	f := &face{d: d}
	if e := C.ac_open(lib, name, C.int(index), &f.ft); e != 0 {
		return nil, fmt.Errorf("open font %s: freetype error %d", path, int(e))
	}
	if e := C.ac_size(f.ft, C.int(px)); e != 0 {
		f.close()
		return nil, fmt.Errorf("size font %s to %d px: freetype error %d", path, px, int(e))
	}
	f.load, f.mode = flags(d)
	return f, nil
}

func (f *face) close() { C.FT_Done_Face(f.ft) }

// fixed says whether the font has drawn sizes only.
func (f *face) fixed() bool { return C.ac_strikes(f.ft) > 0 }

// height is the distance of two lines in pixels.
func (f *face) height() int { return int(C.ac_height(f.ft)) }

func (s smoothing) striped() bool { return s == smoothRGB || s == smoothBGR }

func flags(d drawing) (load, mode C.int) {
	switch {
	case d.Smoothing == smoothMono:
		load, mode = C.FT_LOAD_TARGET_MONO, C.FT_RENDER_MODE_MONO
	case d.Smoothing.striped():
		load, mode = C.FT_LOAD_NO_BITMAP|C.FT_LOAD_TARGET_LCD, C.FT_RENDER_MODE_LCD
	default:
		load, mode = C.FT_LOAD_NO_BITMAP|C.FT_LOAD_TARGET_NORMAL, C.FT_RENDER_MODE_NORMAL
	}
	switch d.Hinting {
	case hintSlight:
		load = load&C.FT_LOAD_NO_BITMAP | C.FT_LOAD_TARGET_LIGHT
	case hintNone:
		load |= C.FT_LOAD_NO_HINTING
	}
	return load, mode
}

// glyph draws a character with its origin shifted right by a part of a pixel (64ths). It says false when
// the font does not have the character.
func (f *face) glyph(r rune, shift int) (glyph, bool) {
	var out C.ac_glyph
	slant := C.int(0)
	if f.d.Slanted {
		slant = 1
	}
	e := C.ac_render(f.ft, C.ulong(r), f.load, f.mode, C.int(shift), slant, &out)
	if e != 0 {
		return glyph{}, false
	}
	defer C.free(unsafe.Pointer(out.cover))
	g := glyph{
		left: int(out.left), top: int(out.top), w: int(out.width), h: int(out.rows), channels: int(out.channels),
		advance: int(out.advance), linear: int(out.linear) / 1024,
	}
	g.cover = C.GoBytes(unsafe.Pointer(out.cover), C.int(g.w*g.h*g.channels))
	if g.linear == 0 || f.fixed() {
		g.linear = g.advance
	}
	return g, true
}

// kern is the distance by which two neighbours move together, in 64ths of a pixel.
func (f *face) kern(a, b rune, whole bool) int {
	w := C.int(0)
	if whole {
		w = 1
	}
	return int(C.ac_kern(f.ft, C.ulong(a), C.ulong(b), w))
}
