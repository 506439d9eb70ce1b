package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// state is what the till is doing.
type state string

const (
	selling  state = "sale"
	settling state = "settle"
	asking   state = "popup"
)

// tender is the kind of payment.
type tender string

const (
	cash   tender = "cash"
	wechat tender = "wechat"
	alipay tender = "alipay"
)

var tenderNames = map[tender]string{cash: "现金", wechat: "微信支付", alipay: "支付宝"}

// Limits of a sale: what the entry box holds, what one sale holds.
const (
	mostTyped = 32
	mostLines = 60
	mostCount = 999
)

// stroke is one key: its name ("f6", "enter", "5"), modifiers ("ctrl+shift") and the text it typed.
type stroke struct {
	name, mods, text string
}

// finished is a sale that was paid.
type finished struct {
	serial                  string
	total, received, change fen
	kind                    tender
}

// till is the whole program but its window: strokes and clicks go in, what is to be drawn is read out.
type till struct {
	journal *journal
	carts   func(n int) []line // the cart the n-th sale begins with, from 0
	popupAt string             // "", "settle" or "done": where a question interrupts

	state  state
	under  state // beneath a popup
	day    string
	number int
	sales  int

	lines    []line
	chosen   int // index of the marked line, -1 without lines
	typed    string
	kind     tender
	received string
	marked   bool // the received amount is marked: the next digit replaces it

	last    finished
	message string
	alarmed bool
	beep    func()
}

func newTill(j *journal, day string, number int, carts func(int) []line) *till {
	t := &till{journal: j, carts: carts, day: day, number: number, state: selling, beep: func() {}}
	t.begin()
	return t
}

// begin opens an empty sale, or the one that the flags ask for.
func (t *till) begin() {
	t.lines = append([]line(nil), t.carts(t.sales)...)
	t.chosen = len(t.lines) - 1
	t.typed, t.kind, t.received, t.marked = "", "", "", false
}

func (t *till) serial() string { return fmt.Sprintf("%s-%04d", t.day, t.number) }

func (t *till) total() fen {
	var sum fen
	for _, l := range t.lines {
		sum += l.sum()
	}
	return sum
}

func (t *till) pieces() int {
	n := 0
	for _, l := range t.lines {
		n += l.count
	}
	return n
}

// press is one key that arrived.
func (t *till) press(k stroke) {
	t.journal.write(entry{Kind: "key", State: t.state, Name: k.name, Mods: k.mods, Text: k.text})
	t.calm()
	switch t.state {
	case selling:
		t.pressSelling(k)
	case settling:
		t.pressSettling(k)
	case asking:
		t.pressAsking(k)
	}
}

// click is the left button at a point of the client area; region is what lies there, or empty.
func (t *till) click(x, y int, region string) {
	t.journal.write(entry{Kind: "click", State: t.state, X: x, Y: y, Region: region})
	t.calm()
	switch {
	case t.state == asking && region == regionPopup:
		t.answer()
	case t.state == asking:
		t.refuse("请先回答提示", "a question is open")
	case t.state == selling && region == regionSettle:
		t.settle()
	case t.state == selling && strings.HasPrefix(region, regionGoods):
		t.typed = strings.TrimPrefix(region, regionGoods)
		t.addGoods()
	case t.state == settling:
		t.clickSettling(region)
	}
}

func (t *till) clickSettling(region string) {
	switch region {
	case regionCash, regionWechat, regionAlipay:
		t.choose(tender(region))
	case regionReceived:
		t.marked = t.received != ""
	case regionDone:
		t.finish()
	case regionBack:
		t.goTo(selling)
	}
}

func (t *till) pressSelling(k stroke) {
	switch {
	case k.text == " " || k.name == "f12":
		t.settle()
	case k.text == "+":
		t.count(+1)
	case k.text == "-":
		t.count(-1)
	case k.text != "":
		t.typeGoods(k.text)
	case k.name == "enter":
		t.addGoods()
	case k.name == "backspace":
		t.typed = dropLast(t.typed)
	case k.name == "esc":
		t.typed = ""
	case k.name == "delete":
		t.remove()
	case k.name == "up" && t.chosen > 0:
		t.chosen--
	case k.name == "down" && t.chosen < len(t.lines)-1:
		t.chosen++
	case !printable(k.name):
		t.refuse("销售状态下此键无效", "no such key while selling")
	}
}

func (t *till) typeGoods(text string) {
	if len(t.typed)+len(text) > mostTyped {
		t.refuse("输入过长", "entry box is full")
		return
	}
	t.typed += text
}

func (t *till) addGoods() {
	what := t.typed
	t.typed = ""
	it, found := find(what)
	switch {
	case what == "":
		t.refuse("请输入商品编号或扫描条码", "entry box is empty")
		return
	case !found:
		t.refuse("没有此商品，请检查编号或条码", "no such goods")
		return
	case len(t.lines) == mostLines || t.total()+it.price > mostFen:
		t.refuse("本单已满，请先收款", "sale is full")
		return
	}
	for i, l := range t.lines {
		if l.code == it.code && l.count < mostCount {
			t.lines[i].count++
			t.chosen = i
			return
		}
	}
	t.lines = append(t.lines, line{it, 1})
	t.chosen = len(t.lines) - 1
}

func (t *till) count(by int) {
	if t.chosen < 0 {
		t.refuse("还没有商品", "no goods yet")
		return
	}
	l := &t.lines[t.chosen]
	switch {
	case l.count+by < 1 || l.count+by > mostCount || t.total()+l.price*fen(by) > mostFen:
		t.refuse("数量超出范围", "count out of range")
	default:
		l.count += by
	}
}

func (t *till) remove() {
	if t.chosen < 0 {
		t.refuse("还没有商品", "no goods yet")
		return
	}
	t.lines = append(t.lines[:t.chosen], t.lines[t.chosen+1:]...)
	t.chosen = min(t.chosen, len(t.lines)-1)
}

// settle goes from the goods to the money.
func (t *till) settle() {
	if t.total() == 0 {
		t.refuse("没有可收款的商品", "nothing to settle")
		return
	}
	t.typed, t.kind, t.received, t.marked = "", "", "", false
	t.goTo(settling)
	t.interrupt("settle")
}

func (t *till) pressSettling(k stroke) {
	switch {
	case k.name == "f5":
		t.choose(cash)
	case k.name == "f6":
		t.choose(wechat)
	case k.name == "f7":
		t.choose(alipay)
	case k.name == "enter" || k.name == "f10":
		t.finish()
	case k.name == "esc":
		t.goTo(selling)
	case k.name == "a" && k.mods == "ctrl":
		t.marked = t.received != ""
	case k.name == "backspace" || k.name == "delete":
		t.erase(k.name)
	case k.text != "" && strings.Trim(k.text, "0123456789.") == "":
		t.typeReceived(k.text)
	case k.text != "" || !printable(k.name):
		t.refuse("收款状态下此键无效", "no such key while settling")
	}
}

func (t *till) choose(kind tender) { t.kind = kind }

func (t *till) erase(key string) {
	switch {
	case t.marked:
		t.received, t.marked = "", false
	case key == "backspace":
		t.received = dropLast(t.received)
	}
}

func (t *till) typeReceived(text string) {
	was := t.received
	if t.marked {
		was = ""
	}
	next := was + text
	if _, err := parseFen(strings.TrimSuffix(next, ".")); err != nil || strings.Count(next, ".") > 1 {
		t.refuse("实收金额格式不正确", "not an amount")
		return
	}
	t.received, t.marked = next, false
}

// finish ends the sale when kind and received amount allow it. An empty field means the exact total.
func (t *till) finish() {
	total, got := t.total(), t.total()
	if t.received != "" {
		var err error
		if got, err = parseFen(strings.TrimSuffix(t.received, ".")); err != nil {
			t.refuse("实收金额格式不正确", "not an amount")
			return
		}
	}
	switch {
	case t.kind == "":
		t.refuse("请先选择付款方式", "no kind of payment")
		return
	case got < total:
		t.refuse("实收金额不足", "too little received")
		return
	case got > total && t.kind != cash:
		t.refuse("实收与应收不一致", "received differs from the total")
		return
	}
	t.last = finished{t.serial(), total, got, got - total, t.kind}
	t.journal.write(entry{Kind: "sale", State: t.state, Serial: t.serial(), Total: total.String(), Tender: string(t.kind),
		Received: got.String(), Change: (got - total).String(), Lines: len(t.lines)})
	t.number++
	t.sales++
	t.begin()
	t.goTo(selling)
	t.message = "收款完成：" + t.last.serial
	t.interrupt("done")
}

// interrupt opens a question where the flags ask for one.
func (t *till) interrupt(where string) {
	if t.popupAt == where {
		t.under = t.state
		t.goTo(asking)
	}
}

func (t *till) pressAsking(k stroke) {
	if k.name == "enter" || k.name == "esc" {
		t.answer()
		return
	}
	t.refuse("请先回答提示", "a question is open")
}

func (t *till) answer() { t.goTo(t.under) }

func (t *till) goTo(s state) {
	if s == t.state {
		return
	}
	t.journal.write(entry{Kind: "state", State: t.state, To: s})
	t.state = s
}

// refuse tells the clerk why nothing happened, aloud.
func (t *till) refuse(message, why string) {
	t.message, t.alarmed = message, true
	t.journal.write(entry{Kind: "beep", State: t.state, Why: why})
	t.beep()
}

func (t *till) calm() { t.message, t.alarmed = "", false }

// printable says that a key only counts through the text that it types.
func printable(name string) bool {
	return utf8.RuneCountInString(name) == 1 || name == "space" || name == ""
}

func dropLast(s string) string {
	_, n := utf8.DecodeLastRuneInString(s)
	return s[:len(s)-n]
}

// parseSerial reads the serial number of the first sale: day and number.
func parseSerial(s string) (day string, number int, err error) {
	day, digits, _ := strings.Cut(s, "-")
	number, err = strconv.Atoi(digits)
	if len(day) != 8 || strings.Trim(day, "0123456789") != "" || err != nil || number < 1 || number > 9999 {
		return "", 0, fmt.Errorf("%q: a serial number looks like 20261123-0007", s)
	}
	return day, number, nil
}
