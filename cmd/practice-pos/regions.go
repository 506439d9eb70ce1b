package main

import (
	"encoding/json"
	"image"
	"io"
	"math"
)

// Names of the regions; those of the tenders are the tenders' own, those of goods end with their code.
const (
	regionAmount   = "amount"
	regionSerial   = "serial"
	regionDue      = "due"
	regionReceived = "received"
	regionDone     = "done"
	regionSettle   = "settle"
	regionBack     = "back"
	regionPopup    = "popup"
	regionGoods    = "goods"
	regionCash     = string(cash)
	regionWechat   = string(wechat)
	regionAlipay   = string(alipay)
)

// places are where the parts that every look has hold their regions, before a look's frame. Regions never
// move: another program may have learned them.
var places = map[string]image.Rectangle{
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

type jsonBox struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

// printRegions writes a look's client size and regions in px at a scale.
func printRegions(to io.Writer, l *look, scale float64) error {
	at := func(n int) int { return int(math.Round(float64(n) * scale)) }
	out := struct {
		Look    string             `json:"look"`
		Client  map[string]int     `json:"client"`
		Regions map[string]jsonBox `json:"regions"`
	}{l.name, map[string]int{"w": at(l.w), "h": at(l.h)}, map[string]jsonBox{}}
	for name, r := range l.regions {
		out.Regions[name] = jsonBox{at(r.Min.X), at(r.Min.Y), at(r.Max.X) - at(r.Min.X), at(r.Max.Y) - at(r.Min.Y)}
	}
	e := json.NewEncoder(to)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
