package main

// smoothing is what softens the edges of a glyph.
type smoothing string

const (
	smoothMono smoothing = "mono" // none
	smoothGrey smoothing = "grey"
	smoothRGB  smoothing = "rgb" // sub-pixels, red on the left
	smoothBGR  smoothing = "bgr"
)

// hinting is how far the shape of a glyph is bent to the grid of pixels.
type hinting string

const (
	hintFull     hinting = "full"     // both ways, as GDI without ClearType
	hintVertical hinting = "vertical" // up and down only, as ClearType
	hintSlight   hinting = "slight"   // up and down by the automatic hinter, as GTK
	hintNone     hinting = "none"     // as Qt, and browsers on scaled screens
)

// drawing is how a system draws text: one row of the systems table, or a variation of it.
type drawing struct {
	System    string // who draws so
	Smoothing smoothing
	Hinting   hinting
	Phases    int     // sub-pixel places of a glyph in a pixel; 1: glyphs stand on whole pixels
	Designed  bool    // distances as designed, though glyphs stand on whole pixels: they come a pixel closer at times
	Contrast  float64 // exponent of the coverage: below 1 darker, above 1 lighter
	Bold      bool    // double strike, as GDI makes a bold face that does not exist
	Slanted   bool    // sheared, as systems make an italic face that does not exist
	Kerned    bool
	Tracking  int // added between two glyphs, 64ths of a pixel
}

// The systems that draw the amounts of point-of-sale programs.
var systems = map[string]drawing{
	"gdi-mono":       {System: "gdi-mono", Smoothing: smoothMono, Hinting: hintFull, Phases: 1, Contrast: 1},
	"gdi-grey":       {System: "gdi-grey", Smoothing: smoothGrey, Hinting: hintFull, Phases: 1, Contrast: 0.9},
	"gdi-cleartype":  {System: "gdi-cleartype", Smoothing: smoothRGB, Hinting: hintVertical, Phases: 1, Contrast: 0.85},
	"gdi-bgr":        {System: "gdi-bgr", Smoothing: smoothBGR, Hinting: hintVertical, Phases: 1, Contrast: 0.85},
	"directwrite":    {System: "directwrite", Smoothing: smoothRGB, Hinting: hintVertical, Phases: 4, Contrast: 0.85, Kerned: true},
	"dwrite-grey":    {System: "dwrite-grey", Smoothing: smoothGrey, Hinting: hintVertical, Phases: 4, Contrast: 0.9, Kerned: true},
	"gtk":            {System: "gtk", Smoothing: smoothGrey, Hinting: hintSlight, Phases: 1, Contrast: 1},
	"cairo":          {System: "cairo", Smoothing: smoothGrey, Hinting: hintSlight, Phases: 1, Contrast: 1, Designed: true},
	"gtk-rgb":        {System: "gtk-rgb", Smoothing: smoothRGB, Hinting: hintSlight, Phases: 1, Contrast: 1},
	"chromium":       {System: "chromium", Smoothing: smoothGrey, Hinting: hintSlight, Phases: 1, Contrast: 0.95, Kerned: true},
	"chromium-hidpi": {System: "chromium-hidpi", Smoothing: smoothGrey, Hinting: hintNone, Phases: 4, Contrast: 0.95, Kerned: true},
	"qt":             {System: "qt", Smoothing: smoothGrey, Hinting: hintNone, Phases: 4, Contrast: 1},
	"swing":          {System: "swing", Smoothing: smoothGrey, Hinting: hintNone, Phases: 1, Contrast: 1},
	"swing-designed": {System: "swing-designed", Smoothing: smoothGrey, Hinting: hintNone, Phases: 1, Contrast: 1, Designed: true},
	"x11":            {System: "x11", Smoothing: smoothMono, Hinting: hintFull, Phases: 1, Contrast: 1},
}
