//go:build !nowindow && (windows || cgo)

package window

import (
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"cpos/engine/face"
	"cpos/engine/pay"
	"cpos/engine/words"
)

var pictures = flag.String("pictures", "", "directory to write a picture of every mood to")

var moods = []face.Mood{face.Hidden, face.Reading, face.Typing, face.Asking, face.Counting, face.WantCode, face.Paying,
	face.Waiting, face.Succeeded, face.Failed, face.Unresolved, face.Halted, face.Notice, face.Clerk}

// sample is a believable view of a mood.
func sample(m face.Mood, lang words.Lang) face.View {
	say := func(zh, en string) words.Text {
		if lang == words.Chinese {
			return words.T(zh) // a key that is not in the catalogue says itself
		}
		return words.T(en)
	}
	v := face.View{Turn: 7, Mood: m, Amount: 12850, Tender: pay.WeChat, Code: "134582******2046", Serial: "S20261123-0042",
		Crop: painted("128.50"), Banner: say("练习模式 · 不会真正收款", "Practice mode · no real money moves")}
	switch m {
	case face.Hidden:
		return face.View{}
	case face.Reading:
		v.Amount, v.Crop = 0, nil
	case face.Typing:
		v.Amount, v.Tender, v.Code = 0, pay.Alipay, "287741**********5310"
		v.Note = say("没有读清屏幕上的金额", "The amount on the screen could not be read")
	case face.Asking:
		v.Suggested = true
	case face.Counting:
		v.Left = 3 * time.Second
	case face.WantCode:
		v.Tender, v.Code = pay.TenderUnknown, ""
	case face.Succeeded:
		v.Order = "sz01c20261123000042"
		v.Note = say("微信支付，已记账", "WeChat Pay, written to the book")
		v.Step = say("小票正在打印", "The slip is being printed")
	case face.Failed:
		v.Order = "sz01c20261123000042"
		v.Note = say("银行卡可用余额不足，请核实后再试；也可以更换一张银行卡，或改用零钱、零钱通完成本次付款",
			"The balance of the card is not sufficient (NOTENOUGH); please use another card or pay with the wallet balance instead")
		v.Step = say("请顾客换一种方式，再扫一次新的付款码", "Ask for another means and scan a new code")
	case face.Unresolved:
		v.Order = "sz01c20261123000042"
		v.Note = say("网络没有返回结果", "The network gave no answer")
	case face.Halted:
		v.Note = say("对账时发现一笔本机没有的订单", "An order was found that this till does not know")
	case face.Clerk:
		v.Amount, v.Crop, v.Code, v.Tender = 0, nil, "", pay.TenderUnknown
		v.Note = say("正在核对收银员 1002", "Looking up clerk 1002")
	case face.Notice:
		v.Amount, v.Crop, v.Code, v.Tender = 0, nil, "", pay.TenderUnknown
		v.Note = say("打印机没有纸了，小票已保存，装纸后会自动补打", "The printer is out of paper; the slip is kept and printed when paper is back")
	}
	return v
}

func samples(lang words.Lang) (all []face.View) {
	for _, m := range moods {
		all = append(all, sample(m, lang))
	}
	return all
}

// stopped is a view of a mood in which keys for the POS stopped.
func stopped(m face.Mood, lang words.Lang) face.View {
	v := sample(m, lang)
	v.Note = words.T("keys.why.not_in_front")
	v.Step = words.T("keys.stopped_at", "step", 3).And(words.T("keys.step.key", "chord", "F6"))
	if v.Order != "" {
		v.Order = "010008264B7O5L000101000001"
	}
	v.Resumes = true
	return v
}

func stoppedSamples(lang words.Lang) (all []face.View) {
	for _, m := range []face.Mood{face.Typing, face.Asking, face.WantCode, face.Succeeded, face.Failed, face.Notice} {
		all = append(all, stopped(m, lang))
	}
	return all
}

// painted is a piece of a POS's screen with a sum on it.
func painted(s string) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 180, 56))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{0x10, 0x24, 0x3c, 0xff}), image.Point{}, draw.Src)
	f, err := opentype.Parse(gobold.TTF)
	if err != nil {
		panic(err)
	}
	ff, err := opentype.NewFace(f, &opentype.FaceOptions{Size: 34, DPI: 72})
	if err != nil {
		panic(err)
	}
	d := font.Drawer{Dst: img, Src: image.NewUniform(color.RGBA{0xff, 0xd5, 0x4a, 0xff}), Face: ff, Dot: fixed.P(34, 40)}
	d.DrawString(s)
	return img
}

// drawn gives the picture of a view at scale 1, on one canvas for all tests.
func drawn(t testing.TB, v face.View, lang words.Lang) *image.RGBA {
	t.Helper()
	p := newPanelWith(sharedLook(), lang, false)
	p.show(v, time.Now())
	c, err := sharedCanvas()
	if err != nil {
		t.Fatal(err)
	}
	img, err := c.draw(p)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

var sharedCanvas = sync.OnceValues(func() (*canvas, error) { return newCanvas(newPanelWith(sharedLook(), words.English, false), 1) })

func TestEveryMoodIsDrawn(t *testing.T) {
	for _, lang := range []words.Lang{words.Chinese, words.English} {
		for _, v := range stoppedSamples(lang) {
			keep(t, drawn(t, v, lang), string(lang)+"-stopped-"+v.Mood.String())
		}
		for _, m := range moods {
			t.Run(string(lang)+" "+m.String(), func(t *testing.T) {
				img := drawn(t, sample(m, lang), lang)
				if n := colours(img); n < 8 {
					t.Errorf("only %d colours: nothing was drawn", n)
				}
				keep(t, img, string(lang)+"-"+m.String())
			})
		}
	}
}

func TestRenderFollowsTheScale(t *testing.T) {
	img, err := Render(sample(face.Asking, words.English), words.English, 1.5)
	if err != nil {
		t.Fatal(err)
	}
	if want := image.Pt(int(wide*1.5), int(tall*1.5)); img.Rect.Size() != want {
		t.Errorf("size %v, want %v", img.Rect.Size(), want)
	}
	keep(t, img, "en-asking-150")
}

func TestKeypadIsDrawn(t *testing.T) {
	p := newPanelWith(sharedLook(), words.Chinese, true)
	p.show(sample(face.Typing, words.Chinese), time.Now())
	if w, h := p.size(); w != wide || h != tall+keypad {
		t.Errorf("size %v by %v", w, h)
	}
	c, err := newCanvas(p, 1.5)
	if err != nil {
		t.Fatal(err)
	}
	defer c.release()
	img, err := c.draw(p)
	if err != nil {
		t.Fatal(err)
	}
	keep(t, img, "zh-typing-touch")
}

func colours(img *image.RGBA) int {
	seen := map[color.RGBA]bool{}
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y += 2 {
		for x := img.Rect.Min.X; x < img.Rect.Max.X; x += 2 {
			seen[img.RGBAAt(x, y)] = true
		}
	}
	return len(seen)
}

func keep(t *testing.T, img image.Image, name string) {
	t.Helper()
	if *pictures == "" {
		return
	}
	f, err := os.Create(filepath.Join(*pictures, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}
