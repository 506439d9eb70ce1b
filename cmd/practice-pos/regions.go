package main

import (
	"encoding/json"
	"image"
	"io"
	"math"
)

// Size of the client area in px at scale 1.
const (
	clientW = 900
	clientH = 680
)

// Names of the regions; those of the tenders are the tenders' own.
const (
	regionAmount   = "amount"
	regionSerial   = "serial"
	regionDue      = "due"
	regionReceived = "received"
	regionDone     = "done"
	regionSettle   = "settle"
	regionBack     = "back"
	regionPopup    = "popup"
	regionCash     = string(cash)
	regionWechat   = string(wechat)
	regionAlipay   = string(alipay)
)

// regions never move: another program may have learned them. In px of the client area at scale 1.
var regions = map[string]image.Rectangle{
	regionAmount:   box(628, 92, 248, 68),
	regionSerial:   box(84, 62, 200, 32),
	regionDue:      box(690, 230, 178, 36),
	regionCash:     box(584, 280, 92, 60),
	regionWechat:   box(684, 280, 92, 60),
	regionAlipay:   box(784, 280, 92, 60),
	regionReceived: box(668, 362, 200, 44),
	regionDone:     box(584, 488, 188, 60),
	regionBack:     box(784, 488, 92, 60),
	regionSettle:   box(584, 196, 292, 72),
	regionPopup:    box(376, 372, 148, 44),
}

func box(x, y, w, h int) image.Rectangle { return image.Rect(x, y, x+w, y+h) }

// clickable says which regions there are to click in a state.
var clickable = map[state][]string{
	selling:  {regionSettle},
	settling: {regionCash, regionWechat, regionAlipay, regionReceived, regionDone, regionBack},
	asking:   {regionPopup},
}

// regionAt names what lies at a point (scale 1) that can be clicked in this state, or any region.
func regionAt(s state, p image.Point) string {
	for _, name := range clickable[s] {
		if p.In(regions[name]) {
			return name
		}
	}
	for _, name := range []string{regionAmount, regionSerial} {
		if p.In(regions[name]) {
			return name
		}
	}
	return ""
}

type jsonBox struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

// printRegions writes the client size and the regions in px at a scale.
func printRegions(to io.Writer, scale float64) error {
	at := func(n int) int { return int(math.Round(float64(n) * scale)) }
	out := struct {
		Client  map[string]int     `json:"client"`
		Regions map[string]jsonBox `json:"regions"`
	}{map[string]int{"w": at(clientW), "h": at(clientH)}, map[string]jsonBox{}}
	for name, r := range regions {
		out.Regions[name] = jsonBox{at(r.Min.X), at(r.Min.Y), at(r.Max.X) - at(r.Min.X), at(r.Max.Y) - at(r.Min.Y)}
	}
	e := json.NewEncoder(to)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
