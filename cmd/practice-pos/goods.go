package main

import (
	"fmt"
	"strconv"
	"strings"
)

// item is one thing on the shelf. It is found by its short code, its bar code or the first letters of
// its name in pinyin.
type item struct {
	code, barcode, letters, name string
	price                        fen
}

var shelf = []item{
	{"1", "6900000000014", "KQS", "矿泉水 550ml", 200},
	{"2", "6900000000021", "CNN", "纯牛奶 250ml", 350},
	{"3", "6900000000038", "QMB", "全麦面包 400g", 890},
	{"4", "6900000000045", "XJD", "鲜鸡蛋 10枚", 1280},
	{"5", "6900000000052", "HFS", "红富士苹果 500g", 660},
	{"6", "6900000000069", "CZM", "抽纸 3包装", 1590},
	{"7", "6900000000076", "XYY", "洗衣液 2kg", 2990},
	{"8", "6900000000083", "DMS", "东北大米 5kg", 4580},
	{"9", "6900000000090", "HSY", "花生油 1.8L", 3690},
	{"10", "6900000000106", "FBM", "方便面 5连包", 1390},
	{"11", "6900000000113", "YG", "软毛牙刷 2支", 1250},
	{"12", "6900000000120", "GWD", "购物袋 中号", 30},
}

// departments name the lines of a cart that was given by prices only.
var departments = []string{"食品", "日用百货", "生鲜果蔬", "酒水饮料", "家居清洁", "文具"}

func find(what string) (item, bool) {
	for _, it := range shelf {
		if what == it.code || what == it.barcode || strings.EqualFold(what, it.letters) {
			return it, true
		}
	}
	return item{}, false
}

// line is one row of a sale.
type line struct {
	item
	count int
}

func (l line) sum() fen { return l.price * fen(l.count) }

// parseCart reads prices by comma into one line each.
func parseCart(s string) ([]line, error) {
	var cart []line
	for i, part := range split(s) {
		price, err := parseFen(part)
		if err != nil {
			return nil, err
		}
		name := departments[i%len(departments)]
		cart = append(cart, line{item{code: "D" + strconv.Itoa(i+1), name: name, price: price}, 1})
	}
	return cart, nil
}

// parseGoods reads codes by comma, each with a number of pieces if wanted: "1,3*2".
func parseGoods(s string) ([]line, error) {
	var cart []line
	for _, part := range split(s) {
		code, times, many := strings.Cut(part, "*")
		it, found := find(code)
		if !found {
			return nil, fmt.Errorf("no goods with the code %q", code)
		}
		n := 1
		if many {
			var err error
			if n, err = strconv.Atoi(times); err != nil || n < 1 || n > mostCount {
				return nil, fmt.Errorf("%q: not a number of pieces", times)
			}
		}
		cart = append(cart, line{it, n})
	}
	return cart, nil
}

// parseSales reads totals by comma into one cart each.
func parseSales(s string) ([][]line, error) {
	var sales [][]line
	for _, part := range split(s) {
		cart, err := parseCart(part)
		if err != nil {
			return nil, err
		}
		sales = append(sales, cart)
	}
	return sales, nil
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}
