//go:build !nowindow

package main

import (
	"image"
	"strconv"
	"time"

	"gioui.org/text"
)

func (b *brush) paint(t *till, now time.Time) {
	b.fill(box(0, 0, b.look.w, b.look.h), b.page)
	switch b.look.name {
	case lookLCD:
		b.display(t, now)
	case lookLarge:
		b.header(now)
		b.band(t)
	default:
		b.header(now)
		b.totals(t)
	}
	b.within(b.look.goods, func() { b.goods(t) })
	b.within(b.look.side, func() { b.side(t) })
	b.status(t)
	if t.state == asking {
		b.fill(b.under(), b.veil)
		b.within(b.look.question, func() { b.question(t) })
	}
}

// side is the settlement, or what there is to press before it.
func (b *brush) side(t *till) {
	switch {
	case b.money(t):
		b.settlement(t)
	case b.look.name == lookLarge:
		b.tiles()
	default:
		b.actions(t)
	}
}

// money says whether the settlement is on the screen.
func (b *brush) money(t *till) bool {
	return t.state == settling || t.state == asking && t.under == settling
}

func (b *brush) header(now time.Time) {
	b.fill(box(0, 0, b.look.w, 48), b.palette.header)
	b.round(box(16, 11, 26, 26), 6, b.action)
	b.write(box(16, 11, 26, 26), "惠", letters{16, true, text.Middle, b.onAction})
	b.write(box(52, 6, 130, 36), "惠民收银", letters{20, true, text.Start, b.onHeader})
	b.write(box(166, 9, 200, 34), "人民路店 · 02 号机", letters{14, false, text.Start, b.faint})
	b.write(box(b.look.w-340, 9, 324, 34), "收银员 1001    "+now.Format("2006-01-02 15:04"), letters{14, false, text.End, b.faint})
}

func (b *brush) goods(t *till) {
	b.write(box(24, 62, 60, 32), "流水号", letters{15, false, text.Start, b.soft})
	b.write(places[regionSerial].Inset(4), t.serial(), letters{20, true, text.Start, b.ink})
	b.write(box(400, 62, 156, 32), "会员：散客", letters{15, false, text.End, b.soft})
	table := box(16, 100, 544, 45+37*b.look.rows)
	b.framed(table, 6, 1, b.card, b.edge)
	b.row(102, rowText{"行", "编号", "商品", "单价", "数量", "金额"}, letters{14, false, text.Start, b.soft})
	b.fill(box(17, 136, 542, 1), b.edge)
	first := max(0, t.chosen-b.look.rows+1)
	for i := first; i < min(len(t.lines), first+b.look.rows); i++ {
		b.goodsRow(t, i, 138+(i-first)*37)
	}
	if len(t.lines) == 0 {
		b.write(box(16, table.Min.Y+table.Dy()/2-26, 544, 40), "扫描商品条码，或输入编号后按回车", letters{16, false, text.Middle, b.soft})
	}
	b.entry(t, table.Max.Y+14)
}

func (b *brush) goodsRow(t *till, i, y int) {
	switch {
	case i == t.chosen:
		b.fill(box(17, y, 542, 36), b.chosen)
	case i%2 == 1:
		b.fill(box(17, y, 542, 36), b.stripe)
	}
	l := t.lines[i]
	b.row(y+1, rowText{strconv.Itoa(i + 1), l.code, l.name, l.price.String(), strconv.Itoa(l.count), l.sum().String()},
		letters{16, false, text.Start, b.ink})
}

type rowText [6]string

func (b *brush) row(y int, cells rowText, l letters) {
	columns := [6]struct {
		x, w  int
		align text.Alignment
	}{{24, 28, text.Middle}, {58, 56, text.Start}, {116, 196, text.Start}, {312, 84, text.End}, {396, 56, text.End}, {452, 96, text.End}}
	for i, c := range columns {
		l.align = c.align
		b.write(box(c.x, y, c.w, 34), cells[i], l)
	}
}

func (b *brush) entry(t *till, y int) {
	edge := b.edge
	if t.state == selling {
		edge = b.action
	}
	b.write(box(24, y, 90, 48), "商品 / 条码", letters{15, false, text.Start, b.soft})
	b.framed(box(116, y, 444, 48), 6, 2, b.card, edge)
	switch {
	case t.typed != "":
		b.write(box(130, y+4, 416, 40), t.typed, letters{22, false, text.Start, b.ink})
	case t.state == selling:
		b.write(box(130, y+4, 416, 40), "编号、拼音首字母或条码", letters{15, false, text.Start, b.soft})
	}
}

// totals is always in the same place: it is what customers and other programs look at.
func (b *brush) totals(t *till) {
	b.framed(box(572, 60, 312, 112), 6, 1, b.total, b.edge)
	b.write(box(588, 66, 120, 24), "合计", letters{15, true, text.Start, b.onTotalSoft})
	b.write(box(708, 66, 160, 24), strconv.Itoa(t.pieces())+" 件", letters{15, false, text.End, b.onTotalSoft})
	b.write(box(586, 102, 40, 52), "￥", letters{30, true, text.Start, b.onTotal})
	amount := b.look.regions[regionAmount]
	amount.Max.X -= 10
	b.write(amount, b.look.amountText(t.total()), letters{42, true, text.End, b.onTotal})
}

func (b *brush) button(r image.Rectangle, title, hint string, back, front colours, size int) {
	b.framed(r, 6, 1, back.fill, back.edge)
	middle := r.Min.Y + r.Dy()/2
	upper, lower := image.Rect(r.Min.X, r.Min.Y+4, r.Max.X, middle+6), image.Rect(r.Min.X, middle+4, r.Max.X, r.Max.Y-5)
	b.write(upper, title, letters{size, true, text.Middle, front.fill})
	b.write(lower, hint, letters{13, false, text.Middle, front.edge})
}

// actions is the right side while goods are taken in.
func (b *brush) actions(t *till) {
	b.button(places[regionSettle], "收 款", "空格 / F12", colours{b.action, b.action}, colours{b.onAction, b.onAction}, 24)
	keys := [...][2]string{{"+", "加一件"}, {"-", "减一件"}, {"Del", "删除一行"}, {"Esc", "清除输入"}, {"↑ ↓", "选择商品"}, {"回车", "录入商品"}}
	for i, k := range keys {
		r := box(584+(i%2)*150, 284+(i/2)*58, 142, 50)
		b.framed(r, 6, 1, b.card, b.edge)
		b.round(box(r.Min.X+8, r.Min.Y+10, 44, 30), 4, b.quiet)
		b.write(box(r.Min.X+8, r.Min.Y+10, 44, 30), k[0], letters{15, true, text.Middle, b.ink})
		b.write(box(r.Min.X+60, r.Min.Y+8, 80, 34), k[1], letters{15, false, text.Start, b.ink})
	}
	b.lastSale(t.last)
}

func (b *brush) lastSale(f finished) {
	b.framed(box(584, 466, 292, 150), 6, 1, b.card, b.edge)
	b.write(box(598, 472, 120, 28), "上一单", letters{14, false, text.Start, b.soft})
	if f.serial == "" {
		b.write(box(584, 516, 292, 50), "本班次暂无交易", letters{15, false, text.Middle, b.soft})
		return
	}
	b.write(box(700, 472, 164, 28), f.serial, letters{14, false, text.End, b.soft})
	for i, pair := range [...][2]string{{"付款方式", tenderNames[f.kind]}, {"应收", f.total.String()},
		{"实收", f.received.String()}, {"找零", f.change.String()}} {
		y := 502 + i*27
		b.write(box(598, y, 120, 26), pair[0], letters{15, false, text.Start, b.ink})
		b.write(box(720, y, 144, 26), pair[1], letters{15, false, text.End, b.ink})
	}
}

// settlement is the right side while money is taken in.
func (b *brush) settlement(t *till) {
	b.framed(box(572, 184, 312, 432), 6, 1, b.card, b.edge)
	b.write(box(584, 190, 200, 34), "收款结算", letters{18, true, text.Start, b.ink})
	b.write(box(584, 230, 100, 36), "应收", letters{16, false, text.Start, b.soft})
	b.write(places[regionDue].Inset(4), t.total().String(), letters{24, true, text.End, b.ink})
	for i, kind := range []tender{cash, wechat, alipay} {
		back, front := colours{b.quiet, b.edge}, colours{b.ink, b.soft}
		if t.kind == kind {
			back, front = colours{b.action, b.action}, colours{b.onAction, b.onAction}
		}
		b.button(places[string(kind)], [...]string{"现金", "微信", "支付宝"}[i], [...]string{"F5", "F6", "F7"}[i], back, front, 17)
	}
	b.receivedField(t)
	b.change(t)
	b.button(places[regionDone], "完 成", "回车 / F10", colours{b.action, b.action}, colours{b.onAction, b.onAction}, 21)
	b.button(places[regionBack], "返回", "Esc", colours{b.quiet, b.edge}, colours{b.ink, b.soft}, 17)
	b.write(box(584, 560, 292, 44), "实收留空即按应收金额收款", letters{14, false, text.Middle, b.soft})
}

func (b *brush) receivedField(t *till) {
	field := places[regionReceived]
	b.write(box(584, 362, 80, 44), "实收", letters{16, false, text.Start, b.soft})
	b.framed(field.Inset(-4), 6, 2, b.card, b.action)
	if t.received == "" {
		return
	}
	if t.marked {
		b.fill(field, b.chosen)
	}
	b.write(field.Inset(6), t.received, letters{26, true, text.End, b.ink})
}

func (b *brush) change(t *till) {
	b.write(box(584, 424, 80, 40), "找零", letters{16, false, text.Start, b.soft})
	got, err := parseFen(t.received)
	if err != nil || got < t.total() {
		got = t.total()
	}
	b.write(box(668, 424, 194, 40), (got - t.total()).String(), letters{20, false, text.End, b.ink})
}

// status is the lowest line: what was just said, or what may be done.
func (b *brush) status(t *till) {
	ground, ink, said := b.palette.header, b.onHeader, t.message
	if t.alarmed {
		ground, ink = b.alarm, rgb(0xffffff)
	}
	if said == "" {
		said = map[state]string{selling: "请录入商品", settling: "请选择付款方式并收款", asking: "请先回答提示"}[t.state]
	}
	y := b.look.h - 50
	b.fill(box(0, y, b.look.w, 50), ground)
	b.write(box(24, y, 560, 50), said, letters{17, false, text.Start, ink})
	b.write(box(b.look.w-340, y, 316, 50), "惠民收银 V6.2", letters{14, false, text.End, ink})
}

func (b *brush) question(t *till) {
	b.framed(box(260, 256, 380, 184), 8, 1, b.card, b.edge)
	title, body := "会员提示", "顾客未出示会员码，本单不积分。"
	if t.popupAt == "done" {
		title, body = "打印提示", "小票打印完毕，请撕取小票。"
	}
	b.write(box(284, 268, 332, 36), title, letters{18, true, text.Start, b.ink})
	b.write(box(284, 310, 332, 40), body, letters{16, false, text.Start, b.ink})
	b.button(places[regionPopup], "知道了", "回车", colours{b.action, b.action}, colours{b.onAction, b.onAction}, 15)
}

// under is what a question lies over: everything between the total and the status line.
func (b *brush) under() image.Rectangle {
	top := map[string]int{lookLarge: 196, lookLCD: 160}[b.look.name]
	return image.Rect(0, max(top, 174), b.look.w, b.look.h-50)
}
