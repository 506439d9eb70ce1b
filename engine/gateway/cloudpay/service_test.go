package cloudpay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"cpos/engine/gateway"
	"cpos/engine/pay"
)

// service is a server that answers every call with one body and keeps what it was asked.

type service struct {
	status int
	body   string
	asked  []byte
	path   string
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked, _ = io.ReadAll(r.Body)
	s.path = r.URL.Path
	if s.status != 0 {
		w.WriteHeader(s.status)
	}
	io.WriteString(w, s.body)
}

// till is a gateway before such a service.

func till(t *testing.T, more map[string]string) (*Gateway, *service) {
	t.Helper()
	s := &service{}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	options := map[string]string{
		"base_url": web.URL + "/cpay/", "out_mch_id": "mch", "out_sub_mch_id": "sub", "auth_key": vectorKey, "machine_no": "M1",
	}
	for k, v := range more {
		options[k] = v
	}
	client, err := gateway.NewHTTP(gateway.HTTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	g, err := New(gateway.Env{HTTP: client, Store: "shop", Device: "01", Clerk: "1001", Options: options})
	if err != nil {
		t.Fatal(err)
	}
	return g, s
}

func sealed(content string) string {
	mac := hmac.New(sha256.New, []byte(vectorKey))
	mac.Write([]byte(content))
	return outer(content, fmt.Sprintf(`{"a":{"authen_type":1,"authen_code":"%s"}}`, hex.EncodeToString(mac.Sum(nil))))
}

func outer(content, authen string) string {
	quoted, _ := json.Marshal(content)
	if authen == "" {
		return fmt.Sprintf(`{"response_content":%s}`, quoted)
	}
	return fmt.Sprintf(`{"response_content":%s,"authen_info":%s}`, quoted, authen)
}

var anOrder = pay.Order{ID: "P1", Store: "shop", Device: "01", Clerk: "1001", Tender: pay.WeChat, Amount: 100}

func orderText(name, extra string) string {
	return fmt.Sprintf(`{"status":0,"description":"ok","log_id":1,"internal_status":0,"%s":{"nonce_str":"x",`+
		`"pay_mch_key":{"pay_platform":1,"out_mch_id":"mch","out_sub_mch_id":"sub","out_shop_id":"shop"},`+
		`"order_content":{"out_trade_no":"P1","transaction_id":"T1","total_fee":100,"fee_type":"CNY","time_end":1700000000%s}}}`, name, extra)
}

func wechat(state int) string {
	return fmt.Sprintf(`,"wxpay_order_content_ext":{"current_trade_state":%d}`, state)
}

func alipay(state int) string {
	return fmt.Sprintf(`,"alipay_order_content_ext":{"current_trade_state":%d}`, state)
}

func (s *service) says(content string) { s.body = sealed(content) }

func query(t *testing.T, g *Gateway) (pay.Outcome, error) {
	t.Helper()
	out, err := g.Query(t.Context(), anOrder)
	if err != nil && out.Status != pay.Unknown {
		t.Errorf("status %v came with error %v", out.Status, err)
	}
	return out, err
}
