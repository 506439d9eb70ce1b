package receipt_test

import (
	"bytes"
	"errors"
	"flag"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cpos/engine/receipt"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "rewrite golden files")

func paper(t testing.TB, width string) receipt.Paper {
	t.Helper()
	p, err := receipt.NewPaper(width)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func layout(t testing.TB, p receipt.Paper, blocks ...receipt.Block) []receipt.Line {
	t.Helper()
	lines, err := receipt.Layout(receipt.Slip{Version: receipt.SlipVersion, Blocks: blocks}, p)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func text(s string, st receipt.Style) receipt.Block {
	return receipt.Block{Kind: receipt.BlockText, Text: s, Style: st}
}

func face(t testing.TB) *receipt.Face {
	t.Helper()
	for _, path := range receipt.FontPaths() {
		if data, err := os.ReadFile(path); err == nil {
			f, err := receipt.NewFace(data)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
	}
	t.Skip("no font with Chinese characters is installed (apt-get install fonts-wqy-microhei)")
	return nil
}

func TestWhatIsPrintedAndHowWideItIs(t *testing.T) {
	for _, row := range []struct {
		name, in, printed string
		columns           int
	}{
		{"latin", "Total 12.50", "Total 12.50", 11},
		{"Chinese", "收款凭证", "收款凭证", 8},
		{"signs of doubtful width", "…—“”×①°·", "…—“”×①°·", 16},
		{"Greek and Cyrillic", "αЖ", "αЖ", 4},
		{"half-width yen", "¥12", "￥12", 4},
		{"emoji", "好👍", "好?", 3},
		{"accent that composes", "cafe\u0301", "café", 5},
		{"mark that does not compose", "x\u0301", "x", 1},
		{"commands in a shop's name", "a\x1b@\x1dV0\x10\x14b\u0085c", "a@V0bc", 6},
		{"private character", "\ue000", "?", 1},
		{"spaces of all kinds", "a\tb\u00a0c\u2003d", "a b c d", 7},
		{"wide space", "\u3000", "\u3000", 2},
		{"broken bytes", "a\xff", "a?", 2},
		{"character beyond GBK", "𠀀€", "??", 2},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := receipt.Columns(row.in); got != row.columns {
				t.Errorf("%d columns, want %d", got, row.columns)
			}
			lines := layout(t, paper(t, "58mm"), text("|"+row.in+"|", receipt.Style{}))
			if got := receipt.Text(lines); got != "|"+row.printed+"|\n" {
				t.Errorf("printed %q, want %q", got, row.printed)
			}
			if bad := receipt.Decode(receipt.Bytes(lines, paper(t, "58mm"))).Problems(); len(bad) > 0 {
				t.Error(bad)
			}
		})
	}
}

func TestWrapping(t *testing.T) {
	big := receipt.Style{Width: 2, Height: 2}
	for _, row := range []struct {
		name, in string
		style    receipt.Style
		want     string
	}{
		{"a wide character is never split", strings.Repeat("a", 31) + "中文", receipt.Style{}, strings.Repeat("a", 31) + "\n中文\n"},
		{"between words", "the quick brown fox jumps over the lazy dog", receipt.Style{}, "the quick brown fox jumps over\nthe lazy dog\n"},
		{"a line that is full, then a space", strings.Repeat("a", 32) + "  ", receipt.Style{}, strings.Repeat("a", 32) + "\n"},
		{"17 letters at double width", "ABCDEFGHIJKLMNOPQ", big, "ABCDEFGHIJKLMNOP\nQ\n"},
		{"9 Chinese characters at double width", "一二三四五六七八九", big, "一二三四五六七八\n九\n"},
		{"a full stop never begins a line", "一二三四五六七八九十一二三四五六。", receipt.Style{}, "一二三四五六七八九十一二三四五\n六。\n"},
		{"the yuan sign stays with its amount", "一二三四五六七八九十一二三四￥12.50", receipt.Style{}, "一二三四五六七八九十一二三四\n￥12.50\n"},
		{"line breaks are kept", "a\r\n\nb", receipt.Style{}, "a\n\nb\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			lines := layout(t, paper(t, "58mm"), text(row.in, row.style))
			var got strings.Builder
			for _, l := range lines {
				for _, r := range l.Runs {
					got.WriteString(r.Text)
				}
				got.WriteByte('\n')
			}
			if got.String() != row.want {
				t.Errorf("got\n%s want\n%s", got.String(), row.want)
			}
		})
	}
}

func TestRowsMarginsAndRules(t *testing.T) {
	p := paper(t, "58mm")
	p.Top, p.Bottom = 1, 2
	lines := layout(t, p,
		receipt.Block{Kind: receipt.BlockRow, Cells: []receipt.Cell{
			{Text: "很长的商品名称要换行"}, {Text: "2", Columns: 4, Style: receipt.Style{Align: receipt.Right}},
			{Text: "￥12.50", Columns: 10, Style: receipt.Style{Align: receipt.Right}}}},
		receipt.Block{Kind: receipt.BlockRow, Cells: []receipt.Cell{{Text: "窄", Columns: 1, Style: receipt.Style{Align: receipt.Right}}, {Text: "b"}}},
		receipt.Block{Kind: receipt.BlockRule, Text: "═"},
		receipt.Block{Kind: receipt.BlockCut})
	want := "\n" +
		"很长的商品名称要    2    ￥12.50\n换行\n" +
		"? b\n" + strings.Repeat("═", 16) + "\n\n\n[cut]\n"
	if got := receipt.Text(lines); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestBlocksThatCannotBePrinted(t *testing.T) {
	for name, b := range map[string]receipt.Block{
		"a row without cells":     {Kind: receipt.BlockRow},
		"cells wider than paper":  {Kind: receipt.BlockRow, Cells: []receipt.Cell{{Columns: 30}, {Columns: 30}}},
		"a cell of minus columns": {Kind: receipt.BlockRow, Cells: []receipt.Cell{{Columns: -3}, {Text: "a"}}},
		"an empty QR code":        {Kind: receipt.BlockQR},
		"a drawer on pin 3":       {Kind: receipt.BlockDrawer, N: 3},
		"a feed of a kilometre":   {Kind: receipt.BlockFeed, N: 1000},
		"an unknown block":        {Kind: "song"},
	} {
		_, err := receipt.Layout(receipt.Slip{Version: receipt.SlipVersion, Blocks: []receipt.Block{b}}, paper(t, "58mm"))
		if !errors.Is(err, receipt.ErrSlipBlock) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := receipt.Layout(receipt.Slip{}, paper(t, "58mm")); !errors.Is(err, receipt.ErrSlipVersion) {
		t.Error(err)
	}
}

func TestPapersThatDoNotExist(t *testing.T) {
	for name, change := range map[string]func(*receipt.Paper){
		"too few dots for the columns": func(p *receipt.Paper) { p.Dots = 383 },
		"no columns":                   func(p *receipt.Paper) { p.Columns = 0 },
		"another encoding":             func(p *receipt.Paper) { p.Encoding = "big5" },
		"another cut":                  func(p *receipt.Paper) { p.Cut = "torn" },
		"a feed that wraps round":      func(p *receipt.Paper) { p.FeedBeforeCut = 256 },
	} {
		p := paper(t, "58mm")
		change(&p)
		if p.Validate() == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := receipt.NewPaper("60mm"); !errors.Is(err, receipt.ErrPaperWidth) {
		t.Error(err)
	}
}

func TestCutDrawerAndBeep(t *testing.T) {
	p := paper(t, "58mm")
	blocks := []receipt.Block{text("a", receipt.Style{}), {Kind: receipt.BlockDrawer, N: 5}, {Kind: receipt.BlockBeep, N: 2}, {Kind: receipt.BlockCut}}
	for _, row := range []struct {
		cut  receipt.CutMode
		tail string
	}{
		{receipt.CutPartial, "a\n\x1bp\x01\x19\xfa\x1bB\x02\x02\x1bd\x04\x1dV\x01"},
		{receipt.CutFull, "a\n\x1bp\x01\x19\xfa\x1bB\x02\x02\x1bd\x04\x1dV\x00"},
		{receipt.CutNone, "a\n\x1bp\x01\x19\xfa\x1bB\x02\x02\n\n\n\n"},
	} {
		p.Cut = row.cut
		if got := receipt.Bytes(layout(t, p, blocks...), p); !bytes.HasSuffix(got, []byte(row.tail)) {
			t.Errorf("%s: %q", row.cut, got)
		}
	}
}

// showcase has every style and block once.
func showcase() []receipt.Block {
	bold, right := receipt.Style{Bold: true}, receipt.Style{Align: receipt.Right, Width: 2, Height: 2, Bold: true}
	return []receipt.Block{
		text("惠民便利店", receipt.Style{Align: receipt.Center, Width: 2, Height: 2}), text("gjpqy 加粗 Bold", bold),
		text("Underline 下划线", receipt.Style{Underline: true}), text(" 反白 Invert ", receipt.Style{Invert: true, Align: receipt.Center}),
		text("高 Tall", receipt.Style{Height: 2}), text("宽 Wide", receipt.Style{Width: 2}), {Kind: receipt.BlockRule},
		{Kind: receipt.BlockRow, Cells: []receipt.Cell{{Text: "实收", Columns: 4}, {Text: "￥1280.50", Style: right}}}, {Kind: receipt.BlockFeed, N: 1},
		{Kind: receipt.BlockQR, Text: "010008266f3k2z261123000007"}, {Kind: receipt.BlockBarcode, Text: "20261123-0007"},
		{Kind: receipt.BlockDrawer, N: 2}, {Kind: receipt.BlockCut},
	}
}

func TestWhatThePrinterGetsStaysTheSame(t *testing.T) {
	for _, width := range []string{"58mm", "80mm"} {
		p := paper(t, width)
		lines := layout(t, p, showcase()...)
		golden(t, "showcase-"+width+".txt", []byte(receipt.Text(lines)))
		golden(t, "showcase-"+width+".escpos", receipt.Bytes(lines, p))
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("..", "..", "testdata", "slips", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update and read the diff", name)
	}
}

func TestThePreviewOfTheBytesIsThePictureOfTheLayout(t *testing.T) {
	f := face(t)
	for _, width := range []string{"58mm", "80mm"} {
		p := paper(t, width)
		lines := layout(t, p, showcase()...)
		ours, err := receipt.Picture(lines, p, f)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := receipt.Picture(receipt.Decode(receipt.Bytes(lines, p)).Lines(), p, f)
		if err != nil {
			t.Fatal(err)
		}
		if ours.Rect != theirs.Rect || !bytes.Equal(ours.Pix, theirs.Pix) {
			t.Errorf("%s: %v and %v differ", width, ours.Rect, theirs.Rect)
		}
		if ours.Rect.Dx() != p.Dots+48 {
			t.Errorf("%s: picture of %d dots", width, ours.Rect.Dx())
		}
		borderIsWhite(t, ours)
	}
}

func borderIsWhite(t *testing.T, img *image.Gray) {
	t.Helper()
	for y := range img.Rect.Dy() {
		for x := range 20 {
			if img.GrayAt(x, y).Y != 0xff || img.GrayAt(img.Rect.Dx()-1-x, y).Y != 0xff {
				t.Fatalf("ink in the margin at %d,%d", x, y)
			}
		}
	}
}

func TestCodesCanBeScanned(t *testing.T) {
	const order = "010008266f3k2z261123000007"
	p := paper(t, "58mm")
	lines := layout(t, p, receipt.Block{Kind: receipt.BlockQR, Text: order})
	seen, err := receipt.Picture(lines, p, face(t))
	if err != nil {
		t.Fatal(err)
	}
	printed := receipt.Decode(receipt.Bytes(lines, p)).Lines()
	band := stack(printed)
	for name, img := range map[string]image.Image{"picture": seen, "raster": band} {
		if got := scan(t, img, qrcode.NewQRCodeReader()); got != order {
			t.Errorf("%s reads %q", name, got)
		}
	}
	bars := layout(t, p, receipt.Block{Kind: receipt.BlockBarcode, Text: "20261123-0007"})
	if got := scan(t, stack(receipt.Decode(receipt.Bytes(bars, p)).Lines()), oned.NewCode128Reader()); got != "20261123-0007" {
		t.Errorf("bar code reads %q", got)
	}
}

// stack joins the bands of a picture.
func stack(lines []receipt.Line) *image.Gray {
	var all image.Gray
	for _, l := range lines {
		all.Pix = append(all.Pix, l.Code.Pix...)
		all.Stride = l.Code.Stride
		all.Rect = image.Rect(0, 0, l.Code.Rect.Dx(), all.Rect.Dy()+l.Code.Rect.Dy())
	}
	return &all
}

func scan(t *testing.T, img image.Image, r gozxing.Reader) string {
	t.Helper()
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	res, err := r.Decode(bits, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res.GetText()
}

func TestACodeTooWideForBarsBecomesAQRCode(t *testing.T) {
	lines := layout(t, paper(t, "58mm"), receipt.Block{Kind: receipt.BlockBarcode, Text: strings.Repeat("long-order-number-", 4)})
	if len(lines) != 1 || lines[0].Symbol != receipt.BlockQR {
		t.Errorf("%+v", lines)
	}
}

func TestThePrinterDrawsCodesWhereItCan(t *testing.T) {
	p := paper(t, "58mm")
	p.Codes = receipt.CodesNative
	got := receipt.Decode(receipt.Bytes(layout(t, p, receipt.Block{Kind: receipt.BlockQR, Text: "order-1"}), p))
	if !strings.Contains(got.Text(), "[qr order-1]") || len(got.Problems()) > 0 {
		t.Errorf("%q %v", got.Text(), got.Problems())
	}
	evil := receipt.Bytes(layout(t, p, receipt.Block{Kind: receipt.BlockQR, Text: "a\x10\x14\x01\x00\x05"}), p)
	if bytes.Contains(evil, []byte{0x10, 0x14}) {
		t.Error("a code opens the drawer")
	}
}

func anyText() *rapid.Generator[string] {
	return rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.RuneFrom([]rune("中文￥…—，。（ab1. \n\t\x1b\x10\u0301¥👍"))))
}

func anyStyle(t *rapid.T) receipt.Style {
	return receipt.Style{
		Align: rapid.SampledFrom([]receipt.Align{"", receipt.Left, receipt.Center, receipt.Right}).Draw(t, "align"),
		Width: rapid.IntRange(-1, 9).Draw(t, "width"), Height: rapid.IntRange(-1, 9).Draw(t, "height"),
		Bold: rapid.Bool().Draw(t, "bold"), Underline: rapid.Bool().Draw(t, "underline"), Invert: rapid.Bool().Draw(t, "invert"),
	}
}

func anyBlock(t *rapid.T) receipt.Block {
	if rapid.Bool().Draw(t, "plain") {
		return text(anyText().Draw(t, "text"), anyStyle(t))
	}
	b := receipt.Block{Kind: rapid.SampledFrom([]receipt.BlockKind{receipt.BlockRow, receipt.BlockRule}).Draw(t, "kind"), Text: anyText().Draw(t, "sign")}
	for range rapid.IntRange(1, 4).Draw(t, "cells") {
		b.Cells = append(b.Cells, receipt.Cell{Text: anyText().Draw(t, "cell"), Style: anyStyle(t), Columns: rapid.IntRange(0, 4).Draw(t, "columns")})
	}
	return b
}

func TestNoLineLeavesThePaperAndTheBytesSayTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _ := receipt.NewPaper("58mm")
		p = p.WithColumns(rapid.IntRange(24, 96).Draw(t, "paper"))
		slip := receipt.Slip{Version: receipt.SlipVersion}
		for range rapid.IntRange(1, 4).Draw(t, "blocks") {
			slip.Blocks = append(slip.Blocks, anyBlock(t))
		}
		lines, err := receipt.Layout(slip, p)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range lines {
			at := 0
			for _, r := range l.Runs {
				if r.Col < at {
					t.Fatalf("line %d: runs overlap: %+v", i, l)
				}
				if at = r.Col + receipt.Columns(r.Text)*r.Style.Width; at > p.Columns {
					t.Fatalf("line %d is %d columns wide on %d", i, at, p.Columns)
				}
			}
		}
		read := receipt.Decode(receipt.Bytes(lines, p))
		if bad := read.Problems(); len(bad) > 0 {
			t.Fatal(bad)
		}
		if got, want := read.Text(), receipt.Text(lines); got != want {
			t.Fatalf("bytes say\n%q, layout says\n%q", got, want)
		}
	})
}

func TestNoPictureHoldsACommand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, _ := receipt.NewPaper("58mm")
		content := rapid.StringMatching(`[0-9A-Za-z/:.-]{1,120}`).Draw(t, "content")
		kind := rapid.SampledFrom([]receipt.BlockKind{receipt.BlockQR, receipt.BlockBarcode}).Draw(t, "kind")
		lines, err := receipt.Layout(receipt.Slip{Version: receipt.SlipVersion, Blocks: []receipt.Block{{Kind: kind, Text: content}}}, p)
		if err != nil {
			t.Fatal(err)
		}
		b := receipt.Bytes(lines, p)
		for _, c := range []byte{0x04, 0x05, 0x14} {
			if bytes.Contains(b, []byte{0x10, c}) {
				t.Fatalf("DLE %02X in the picture of %q", c, content)
			}
		}
	})
}
