package screen

import (
	"image"

	"github.com/jezek/xgb/xinerama"
	"github.com/jezek/xgb/xproto"

	"cpos/hw/desktop"
)

// monitors lists the screens of the X display in px of the root window. origin is where the grabbing
// library counts from: the corner of the first of them.
func monitors() (all []image.Rectangle, origin image.Point, err error) {
	x, err := desktop.Dial()
	if err != nil {
		return nil, image.Point{}, err
	}
	defer x.Close()
	if xinerama.Init(x) == nil {
		if reply, err := xinerama.QueryScreens(x).Reply(); err == nil && len(reply.ScreenInfo) > 0 {
			for _, s := range reply.ScreenInfo {
				min := image.Pt(int(s.XOrg), int(s.YOrg))
				all = append(all, image.Rectangle{Min: min, Max: min.Add(image.Pt(int(s.Width), int(s.Height)))})
			}
			return all, all[0].Min, nil
		}
	}
	root := xproto.Setup(x).DefaultScreen(x)
	return []image.Rectangle{image.Rect(0, 0, int(root.WidthInPixels), int(root.HeightInPixels))}, image.Point{}, nil
}
