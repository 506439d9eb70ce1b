package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cpos/engine/pay"
	"cpos/engine/sandbox"
	"cpos/engine/words"
)

func TestStoresTerminalsAndClerks(t *testing.T) {
	x := newTill(t, func(c *sandbox.Config) {
		c.Shops = append(c.Shops, sandbox.Shop{ID: "second", Name: "二店", Devices: []sandbox.Device{{ID: "01", Type: sandbox.TakesCodes}}})
	})
	ask := object{"out_mch_id": sandbox.PracticeMerchant, "out_sub_mch_id": sandbox.PracticeSubMerchant, "nonce_str": "n", "page_num": 1, "page_size": 1}
	type answer struct {
		Total int `json:"total_count"`
		Shops []struct {
			ID      string `json:"out_shop_id"`
			Devices []struct {
				ID   string `json:"device_id"`
				Type int    `json:"device_type"`
			} `json:"device_infos"`
			Staff []struct {
				ID      string `json:"staff_id"`
				Manager bool   `json:"shop_manager"`
			} `json:"staff_infos"`
		} `json:"shop_infos"`
	}
	var one, two, only answer
	x.ask("query_sub_mch_shop_info", ask).into(t, "query_shop_info", &one)
	x.ask("query_sub_mch_shop_info", with(ask, "page_num", 2)).into(t, "query_shop_info", &two)
	x.ask("query_sub_mch_shop_info", with(ask, "out_shop_id", "second")).into(t, "query_shop_info", &only)
	if one.Total != 2 || len(one.Shops) != 1 || len(one.Shops[0].Devices) != 3 || one.Shops[0].Devices[2].Type != 2 || !one.Shops[0].Staff[2].Manager {
		t.Errorf("first page: %+v", one)
	}
	if len(two.Shops) != 1 || two.Shops[0].ID != "second" || len(only.Shops) != 1 || only.Shops[0].ID != "second" {
		t.Errorf("second page: %+v, only: %+v", two, only)
	}
	if r := x.ask("query_sub_mch_shop_info", with(ask, "out_mch_id", "elsewhere")); r.Status != 104 {
		t.Error(r.raw)
	}
}

func TestTheOrderPrefixCanBeAskedFor(t *testing.T) {
	x := newTill(t, nil)
	var got struct {
		Providers []struct {
			Subs []struct {
				Prefix string `json:"cloud_cashier_id"`
			} `json:"sub_mch_infos"`
		} `json:"sub_mch_infos"`
	}
	x.ask("sdk_query_sub_mch_info", object{"out_sub_mch_id": sandbox.PracticeSubMerchant, "nonce_str": "n", "page_num": 1, "page_size": 1}).
		into(t, "query_sub_mch_info", &got)
	if len(got.Providers) != 1 || len(got.Providers[0].Subs) != 1 || got.Providers[0].Subs[0].Prefix != sandbox.PracticePrefix {
		t.Errorf("%+v", got)
	}
}

func TestPingTellsTheTimeAndTheRootAnswersAnything(t *testing.T) {
	x := newTill(t, func(c *sandbox.Config) { c.Now = func() time.Time { return time.Unix(1568810077, 0) } })
	if _, body, err := x.post("ping", "", ""); err != nil || body != "{\"description\":\"ok\",\"status\":0,\"timestamp\":1568810077}\n" {
		t.Errorf("ping: %q, %v", body, err)
	}
	resp, err := x.client.Get("http://sandbox/")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
}

func TestHostileRequests(t *testing.T) {
	x := newTill(t, nil)
	valid := mustJSON(query(1, number(1)))
	envelope := func(content string) string {
		return mustJSON(object{"request_content": content, "authen_info": byCode(content)})
	}
	const mib = 1 << 20
	rows := []struct {
		name, kind, body string
		http, status     int
	}{
		{"nothing", "application/json", "", 200, 101},
		{"no JSON", "application/json", "<xml/>", 200, 101},
		{"null", "application/json", "null", 200, 101},
		{"a list", "application/json", "[]", 200, 101},
		{"content that is no text", "application/json", `{"request_content":{},"authen_info":{}}`, 200, 101},
		{"no UTF-8", "application/json", `{"request_content":"` + "\xff\xfe" + `"}`, 200, 101},
		{"authenticated garbage", "application/json", envelope("garbage"), 200, 101},
		{"authenticated null", "application/json", envelope("null"), 200, 101},
		{"authenticated list", "application/json", envelope("[1]"), 200, 101},
		{"two documents in one", "application/json", envelope(valid + valid), 200, 101},
		{"a brace too many", "application/json", envelope(valid + "}"), 200, 101},
		{"a deep hole", "application/json", envelope(strings.Repeat("[", 50000)), 200, 101},
		{"the wrong content type", "text/plain", envelope(valid), 200, 101},
		{"exactly the limit", "application/json", envelope(valid) + strings.Repeat(" ", mib-len(envelope(valid))), 200, 0},
		{"a byte too many", "application/json", envelope(valid) + strings.Repeat(" ", mib+1-len(envelope(valid))), 413, 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			status, body, err := x.post("query_order", row.kind, row.body)
			if err != nil || status != row.http {
				t.Fatalf("HTTP %d, %v", status, err)
			}
			if r, ok := read(body); row.http == 200 && (!ok || r.Status != row.status) {
				t.Errorf("answer %s", body)
			}
		})
	}
	if status, _, err := x.post("no_such_interface", "application/json", "{}"); status != http.StatusNotFound || err != nil {
		t.Errorf("unknown interface: HTTP %d, %v", status, err)
	}
	resp, err := x.client.Get(base + "micro_pay")
	if err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
}

// Whatever an authenticated client says, an answer comes, and only a well-formed payment reaches the book.
func FuzzContent(f *testing.F) {
	for _, seed := range []string{
		mustJSON(payment(number(1), weChatCode(0), 100)), mustJSON(query(1, number(1))), "{}", `{"pay_content":1e999}`,
		mustJSON(refundOf(1, number(1), number(2), 1, 1)), mustJSON(listOf(1, 50)), mustJSON(listOf(1<<62, 100)),
	} {
		for name := range 4 {
			f.Add(uint8(name), seed)
		}
	}
	names := []string{"micro_pay", "query_order", "refund", "client_order_detail"}
	f.Fuzz(func(t *testing.T, which uint8, content string) {
		bank, err := sandbox.New(sandbox.Practice())
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "/cpay/"+names[int(which)%len(names)],
			strings.NewReader(mustJSON(object{"request_content": content, "authen_info": byCode(content)})))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		abort := serveOnce(bank, w, r)
		answer, ok := read(w.Body.String())
		spoilt := slices.ContainsFunc(bank.Orders(), func(o sandbox.Order) bool {
			return o.Scenario == sandbox.CutPaid || o.Scenario == sandbox.BadGatewayPaid
		})
		if !ok && !abort && !spoilt {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
		if ok && answer.sealed != (answer.Status != 3 && answer.Status != 101) {
			t.Errorf("%s", w.Body)
		}
		for _, o := range bank.Orders() {
			if o.Amount <= 0 || pay.ValidNumber(o.Number) != nil {
				t.Errorf("in the book: %+v", o)
			}
		}
	})
}

// serveOnce reports whether the service hung up without an answer.
func serveOnce(h http.Handler, w http.ResponseWriter, r *http.Request) (abort bool) {
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler {
				panic(p)
			}
			abort = true
		}
	}()
	h.ServeHTTP(w, r)
	return false
}

func TestTheBookOutlivesTheService(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bank.json")
	keep := func(c *sandbox.Config) { c.File = file }
	x := newTill(t, keep)
	x.mustPay(number(1), weChatCode(1), 1000)
	x.mustPay(number(2), alipayCode(0), 2000)
	x.query(1, number(1))
	if r := x.ask("refund", refundOf(2, number(2), number(50), 2000, 500)); r.Status != 0 {
		t.Fatal(r.raw)
	}
	x.inject(sandbox.Fault{Kind: sandbox.FaultForeign})

	y := newTill(t, keep)
	if !reflect.DeepEqual(asJSON(t, x.bank.Orders()), asJSON(t, y.bank.Orders())) || len(y.bank.Orders()) != 3 {
		t.Errorf("orders before %v, after %v", x.bank.Orders(), y.bank.Orders())
	}
	if !reflect.DeepEqual(asJSON(t, x.bank.Refunds()), asJSON(t, y.bank.Refunds())) || len(y.bank.Refunds()) != 1 {
		t.Errorf("refunds before %v, after %v", x.bank.Refunds(), y.bank.Refunds())
	}
	if p := y.query(1, number(1)); p.state() != 2 {
		t.Errorf("the customer's second query: state %d", p.state())
	}
	if r := y.ask("micro_pay", payment(number(3), alipayCode(0), 1)); r.Status != 104 {
		t.Errorf("a code used before the restart: %s", r.raw)
	}
	if b, _ := os.ReadFile(file); bytes.Contains(b, []byte(alipayCode(0))) {
		t.Error("a payment code is in the file")
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWhatMakesNoService(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "bank.json")
	for _, text := range []string{"{", `{"format":99}`, `{"format":1,"orders":null}`} {
		if err := os.WriteFile(broken, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg := sandbox.Practice()
		cfg.File = broken
		if _, err := sandbox.New(cfg); err == nil {
			t.Errorf("a book of %s was taken", text)
		}
	}
	cfg := sandbox.Practice()
	cfg.PublicKey = "no key"
	if _, err := sandbox.New(cfg); err == nil {
		t.Error("a public key that is none was taken")
	}
	if _, err := sandbox.New(sandbox.Config{}); !errors.Is(err, sandbox.ErrConfig) {
		t.Error(err)
	}
}

// elsewhere is a listener that other machines could reach, without opening one.
type elsewhere struct{ net.Listener }

func (elsewhere) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5180} }
func (elsewhere) Close() error   { return nil }

func TestTheServiceIsForThisMachineOnly(t *testing.T) {
	bank, err := sandbox.New(sandbox.Practice())
	if err != nil {
		t.Fatal(err)
	}
	if err := bank.Serve(t.Context(), elsewhere{}); !errors.Is(err, sandbox.ErrNotLoopback) {
		t.Error(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- bank.Serve(ctx, ln) }()
	resp, err := http.Post("http://"+ln.Addr().String()+"/cpay/ping", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestManyTillsAtOnce(t *testing.T) {
	var log bytes.Buffer
	x := newTill(t, func(c *sandbox.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	var all sync.WaitGroup
	for n := range 20 {
		all.Go(func() {
			code := "13468042" + number(n)[10:] + "0000"
			code = code[:16] + "20"
			x.bank.Inject(sandbox.Fault{Kind: sandbox.FaultSlow, Delay: time.Microsecond})
			text := mustJSON(payment(number(n), code, n+1))
			x.post("micro_pay", "application/json", mustJSON(object{"request_content": text, "authen_info": byCode(text)}))
			x.bank.Orders()
			x.bank.Counts()
		})
	}
	all.Wait()
	if got := len(x.bank.Orders()); got != 20 {
		t.Errorf("%d orders", got)
	}
	if strings.Contains(log.String(), "13468042") || strings.Contains(log.String(), sandbox.PracticeAuthKey) {
		t.Error("a payment code or a key is in the log")
	}
}

func TestEveryScenarioAndFaultHasItsSentence(t *testing.T) {
	for _, s := range sandbox.Scenarios() {
		if !words.Known("sandbox.scenario." + s.String()) {
			t.Errorf("no words for scenario %s", s)
		}
	}
	for _, k := range sandbox.FaultKinds() {
		if !words.Known("sandbox.fault." + string(k)) {
			t.Errorf("no words for fault %s", k)
		}
	}
}
