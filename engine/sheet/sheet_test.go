package sheet

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"cpos/engine/ledger"
	"cpos/engine/pay"
	"cpos/engine/words"
)

var noon = time.Date(2026, 11, 22, 4, 5, 6, 789e6, time.UTC)

func order(id string, amount pay.Money, status pay.Status) ledger.OrderRow {
	return ledger.OrderRow{
		Order: pay.Order{ID: id, Store: "shop01", Device: "02", Clerk: "1003", Tender: pay.WeChat,
			Amount: amount, Serial: "000123", At: noon},
		Outcome: pay.Outcome{Status: status, Trade: "4200001234202611221234567890", At: noon.Add(2 * time.Second)},
	}
}

func aDay() (Orders, Refunds) {
	paid := order("0100082601D1", 1250, pay.Paid)
	paid.Refunded, paid.Outcome.Net = 250, 1240
	paid.Order.Remark = "=HYPERLINK(\"http://x\")"
	declined := order("0100082601D2", 990, pay.Declined)
	declined.Outcome.Text = "余额不足，请更换付款方式"
	unknown := order("0100082601D3", 123456789, pay.Unknown)
	unknown.Outcome = pay.Outcome{}
	large := order("0100082601D4", pay.MaxCharge, pay.Paid)
	large.Order.Tender, large.Order.Clerk = pay.Alipay, "王小明"
	back := Refunds{
		{Refund: pay.Refund{ID: "0100082601R1", Order: "0100082601D1", Amount: 250, Clerk: "1003",
			Approver: "店长李", Reason: "@商品有瑕疵", At: noon.Add(time.Hour)},
			Outcome: pay.RefundOutcome{Status: pay.RefundDone, At: noon.Add(2 * time.Hour)}},
		{Refund: pay.Refund{ID: "0100082601R2", Order: "0100082601D4", Amount: 100, At: noon},
			Outcome: pay.RefundOutcome{Status: pay.RefundFailed, At: noon}},
	}
	return Orders{paid, declined, unknown, large}, back
}

func written(t *testing.T, f Format, l words.Lang, tables ...Table) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, f, l, tables...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readBack opens a workbook and gives its raw cells, as they stand in the file.
func readBack(t *testing.T, data []byte, name string) [][]string {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestAWorkbookHoldsOrdersAndRefundsWithTheirTotals(t *testing.T) {
	orders, refunds := aDay()
	data := written(t, XLSX, words.Chinese, orders, refunds)
	if dir := os.Getenv("SHEET_OUT"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "orders.xlsx"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rows := readBack(t, data, "收款订单")
	if len(rows) != 6 {
		t.Fatalf("%d rows", len(rows))
	}
	for cell, want := range map[[2]int]string{
		{0, 0}: "时间", {0, 6}: "实收（元）", {1, 1}: "0100082601D1", {1, 2}: "000123", {1, 3}: "微信支付",
		{1, 5}: "12.50", {1, 6}: "12.50", {1, 7}: "2.50", {1, 8}: "10.00", {1, 9}: "12.40",
		{1, 16}: "=HYPERLINK(\"http://x\")", {2, 5}: "9.90", {2, 6}: "0.00", {3, 5}: "1234567.89",
		{4, 10}: "王小明", {5, 0}: "合计", {5, 6}: "21474848.97", {5, 8}: "21474846.47",
	} {
		if got := rows[cell[0]][cell[1]]; got != want {
			t.Errorf("row %d column %d: %q, want %q", cell[0], cell[1], got, want)
		}
	}
	rows = readBack(t, data, "退款")
	if got := rows[3][5]; got != "2.50" {
		t.Errorf("given back in total: %q, want 2.50: the refused refund must not count", got)
	}
}

func TestCellsOfAWorkbookHaveTheirTypes(t *testing.T) {
	orders, _ := aDay()
	book, err := excelize.OpenReader(bytes.NewReader(written(t, XLSX, words.English, orders)))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for cell, want := range map[string]string{
		"A2": "2026-11-22 12:05:06", "B2": "0100082601D1", "F5": "21,474,836.47", "G6": "21474848.97",
	} {
		if got, err := book.GetCellValue("Orders", cell); err != nil || got != want {
			t.Errorf("%s shows %q, %v; want %q", cell, got, err, want)
		}
	}
	for cell, want := range map[string]excelize.CellType{
		"F2": excelize.CellTypeUnset, "B2": excelize.CellTypeSharedString, "C2": excelize.CellTypeSharedString,
		"Q2": excelize.CellTypeSharedString,
	} { // a cell without a type is a number
		if got, err := book.GetCellType("Orders", cell); err != nil || got != want {
			t.Errorf("%s has type %v, %v; want %v", cell, got, err, want)
		}
	}
	if f, err := book.GetCellFormula("Orders", "Q2"); err != nil || f != "" {
		t.Errorf("a remark became the formula %q, %v", f, err)
	}
	if f, err := book.GetCellFormula("Orders", "G6"); err != nil || f != "SUBTOTAL(109,G2:G5)" {
		t.Errorf("the total is %q, %v", f, err)
	}
	panes, err := book.GetPanes("Orders")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the heading is not frozen: %+v, %v", panes, err)
	}
}

// TestAmountsStandInTheWorkbookToTheFen writes drawn amounts and those at the edges into one workbook,
// since making a workbook costs more than a thousand cells.
func TestAmountsStandInTheWorkbookToTheFen(t *testing.T) {
	orders := Orders{order("N", 1, pay.Paid), order("N", 10, pay.Paid), order("N", 99, pay.Paid), order("N", pay.MaxCharge, pay.Paid)}
	drawn := rapid.Int64Range(1, int64(pay.MaxCharge))
	for seed := range 1000 {
		orders = append(orders, order("N", pay.Money(drawn.Example(seed)), pay.Paid))
	}
	rows := readBack(t, written(t, XLSX, words.English, orders), "Orders")
	var sum pay.Money
	for i, o := range orders {
		got, err := pay.ParseMoney(rows[i+1][6])
		if err != nil || got != o.Order.Amount {
			t.Fatalf("%s reads back as %q, %v", o.Order.Amount, rows[i+1][6], err)
		}
		sum += got
	}
	if got := rows[len(orders)+1][6]; got != sum.String() {
		t.Fatalf("the total is %s, want %s", got, sum)
	}
}

func TestCSVIsWhatExcelAndRFC4180AskFor(t *testing.T) {
	orders, refunds := aDay()
	orders[0].Order.Serial = "a,\"b\"\r\nc"
	raw := written(t, CSV, words.Chinese, orders)
	text, marked := strings.CutPrefix(string(raw), byteOrderMark)
	if !marked {
		t.Error("no byte order mark")
	}
	if strings.Count(text, "\n") != strings.Count(text, "\r\n") {
		t.Error("lines do not end in CRLF")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	got := strings.Join(rows[1], "|")
	const want = "2026-11-22 12:05:06|0100082601D1|a,\"b\"  c|微信支付|收款成功|12.50|12.50|2.50|10.00|12.40|" +
		"1003|shop01|02|4200001234202611221234567890|2026-11-22 12:05:08||'=HYPERLINK(\"http://x\")"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if err := Write(&bytes.Buffer{}, CSV, words.Chinese, orders, refunds); err == nil {
		t.Error("two tables went into one CSV file")
	}
}

func TestAForeignTextNeverBecomesAFormula(t *testing.T) {
	rows := []struct{ name, text, want string }{
		{"equals", "=1+1", "'=1+1"},
		{"plus", "+1", "'+1"},
		{"minus", "-1", "'-1"},
		{"at", "@SUM(A1)", "'@SUM(A1)"},
		{"tab before it", "\t=1", "' =1"},
		{"line end before it", "\r\n=1", "'  =1"},
		{"full-width equals", "＝1", "'＝1"},
		{"plain words", "少糖 - 打包", "少糖 - 打包"},
		{"nothing", "", ""},
	}
	for _, r := range rows {
		o := order("N", 1, pay.Paid)
		o.Order.Remark = r.text
		text := strings.TrimPrefix(string(written(t, CSV, words.English, Orders{o})), byteOrderMark)
		cells, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if got := cells[1][len(cells[1])-1]; got != r.want {
			t.Errorf("%s: %q, want %q", r.name, got, r.want)
		}
	}
}

func TestJSONLinesHaveStableKeys(t *testing.T) {
	orders, refunds := aDay()
	lines := strings.Split(strings.TrimSuffix(string(written(t, JSONL, words.Chinese, orders, refunds)), "\n"), "\n")
	want := []string{
		`{"schema":"cpos.order.v1","at":"2026-11-22T12:05:06+08:00","number":"0100082601D1","serial":"000123",` +
			`"tender":"wechat","status":"paid","amount":"12.50","amount_fen":1250,"received":"12.50",` +
			`"received_fen":1250,"refunded":"2.50","refunded_fen":250,"balance":"10.00","balance_fen":1000,` +
			`"settlement":"12.40","settlement_fen":1240,"clerk":"1003","store":"shop01","device":"02",` +
			`"trade":"4200001234202611221234567890","settled_at":"2026-11-22T12:05:08+08:00","text":"",` +
			`"remark":"=HYPERLINK(\"http://x\")"}`,
		`{"schema":"cpos.refund.v1","at":"2026-11-22T13:05:06+08:00","number":"0100082601R1",` +
			`"order":"0100082601D1","status":"done","amount":"2.50","amount_fen":250,"given_back":"2.50",` +
			`"given_back_fen":250,"clerk":"1003","approver":"店长李","reason":"@商品有瑕疵","trade":"",` +
			`"settled_at":"2026-11-22T14:05:06+08:00","text":""}`,
	}
	if len(lines) != 6 || lines[0] != want[0] || lines[4] != want[1] {
		t.Errorf("%d lines:\n%s\n%s", len(lines), lines[0], lines[4])
	}
	var unknown map[string]any
	if err := json.Unmarshal([]byte(lines[2]), &unknown); err != nil {
		t.Fatal(err)
	}
	if unknown["settled_at"] != nil || unknown["settlement_fen"] != nil {
		t.Errorf("what is not known is not null: %s", lines[2])
	}
}

func TestHostileTextsLeaveEveryFormatReadable(t *testing.T) {
	bytesOf := rapid.SliceOfN(rapid.Byte(), 0, 40)
	var orders Orders
	for seed := range 300 {
		o := order("N", 1, pay.Paid)
		o.Order.Remark = string(bytesOf.Example(seed))
		orders = append(orders, o)
	}
	cells := readBack(t, written(t, XLSX, words.English, orders), "Orders")
	text := bytes.TrimPrefix(written(t, CSV, words.English, orders), []byte(byteOrderMark))
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(lines) != len(orders)+1 {
		t.Fatalf("the CSV has %d rows, %v", len(lines), err)
	}
	objects := bytes.SplitAfter(written(t, JSONL, words.English, orders), []byte("\n"))
	if len(objects) != len(orders)+1 {
		t.Fatalf("%d lines of JSON", len(objects)-1)
	}
	for i, o := range orders {
		want := printable(o.Order.Remark)
		got := ""
		if row := cells[i+1]; len(row) > 16 {
			got = row[16]
		}
		if got != want {
			t.Errorf("the workbook gives %q for %q", got, want)
		}
		if got := lines[i+1][16]; got != harmless(want) {
			t.Errorf("the CSV gives %q for %q", got, want)
		}
		if !json.Valid(objects[i]) {
			t.Errorf("not JSON: %q", objects[i])
		}
	}
}

func TestAnEmptyTableHasItsHeadings(t *testing.T) {
	rows := readBack(t, written(t, XLSX, words.English, Refunds(nil)), "Refunds")
	if len(rows) != 2 || rows[0][1] != "Refund number" || rows[1][0] != "Total" {
		t.Errorf("got %q", rows)
	}
	if got := written(t, JSONL, words.English, Orders{}); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func TestFormatsByName(t *testing.T) {
	if f, err := ParseFormat("XLSX"); err != nil || f != XLSX {
		t.Errorf("got %q, %v", f, err)
	}
	if _, err := ParseFormat("pdf"); err == nil {
		t.Error("pdf is taken")
	}
	if err := Write(&bytes.Buffer{}, "pdf", words.English, Orders{}); err == nil {
		t.Error("pdf is written")
	}
}
