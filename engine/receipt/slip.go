// Package receipt owns the slip: the document, its layout by display width, the ESC/POS bytes and their
// reader, and the picture and the text of the same lines.
//
// It promises that bytes, picture and text all come from one layout, so a preview cannot lie, and that
// they are a pure function of the document and the printer's profile. Ports, spoolers and the clock are
// left to others.
package receipt

// SlipVersion is the version of the document format.
const SlipVersion = 1

// Slip is a document: blocks from top to bottom.
type Slip struct {
	Version int     `json:"version"`
	Blocks  []Block `json:"blocks"`
}

// BlockKind says what a block is.
type BlockKind string

const (
	BlockText    BlockKind = "text"    // Text
	BlockRow     BlockKind = "row"     // Cells
	BlockRule    BlockKind = "rule"    // Text: the character drawn across the width
	BlockFeed    BlockKind = "feed"    // N lines
	BlockQR      BlockKind = "qr"      // Text
	BlockBarcode BlockKind = "barcode" // Text
	BlockCut     BlockKind = "cut"     //
	BlockDrawer  BlockKind = "drawer"  // N: pin 2 or 5
	BlockBeep    BlockKind = "beep"    // N times
)

// Align places a text in its width.
type Align string

const (
	Left   Align = "left"
	Center Align = "center"
	Right  Align = "right"
)

// Style is said per block or cell; there is no printer state to forget.
type Style struct {
	Align     Align `json:"align,omitempty"` // empty is left
	Width     int   `json:"width,omitempty"` // 1 or 2 times; 0 is 1
	Height    int   `json:"height,omitempty"`
	Bold      bool  `json:"bold,omitempty"`
	Underline bool  `json:"underline,omitempty"`
	Invert    bool  `json:"invert,omitempty"`
}

// Cell is one column of a row.
type Cell struct {
	Text  string `json:"text"`
	Style Style  `json:"style"`
	// Columns is the cell's width in display columns; 0 shares what is left.
	Columns int `json:"columns,omitempty"`
}

// Block is one element of a slip. Which fields count is said beside its kind.
type Block struct {
	Kind  BlockKind `json:"kind"`
	Text  string    `json:"text,omitempty"`
	Style Style     `json:"style"`
	Cells []Cell    `json:"cells,omitempty"`
	N     int       `json:"n,omitempty"`
}
