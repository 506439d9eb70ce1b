package cloudpay

import (
	"crypto/rand"
	"encoding/json"
	"fmt"

	"cpos/engine/pay"
)

// Constants of the requests.
const (
	currency       = "CNY"
	sdkVersion     = "1.0"
	tradeMicroPay  = 1
	platformWeChat = 1
	platformAlipay = 2
)

// Bounds of the service's text fields, in bytes.
const (
	maxBody   = 128
	maxRemark = 127
	maxSerial = 64
	maxReason = 255
)

// Optional members are left out when unused, for an empty one means "clear it".

type mchKey struct {
	Platform int64  `json:"pay_platform,omitempty"`
	Mch      string `json:"out_mch_id"`
	Sub      string `json:"out_sub_mch_id"`
	Shop     string `json:"out_shop_id"`
}

type orderClient struct {
	Device   string `json:"device_id"`
	Staff    string `json:"staff_id,omitempty"`
	Terminal int64  `json:"terminal_type"`
	Machine  string `json:"machine_no"`
	Version  string `json:"sdk_version"`
	Address  string `json:"spbill_create_ip"`
}

type microPayRequest struct {
	Key     mchKey      `json:"pay_mch_key"`
	Content payContent  `json:"pay_content"`
	Client  orderClient `json:"order_client"`
	Nonce   string      `json:"nonce_str"`
}

type payContent struct {
	Number   string `json:"out_trade_no"`
	Code     string `json:"author_code"`
	Total    int64  `json:"total_fee"`
	Currency string `json:"fee_type"`
	Body     string `json:"body"` // samples leave it out, the table requires it
	Serial   string `json:"client_flow_id,omitempty"`
	Remark   string `json:"remark,omitempty"`
}

// orderRequest asks about an order, or for its reversal without TradeType.
type orderRequest struct {
	Key       mchKey      `json:"pay_mch_key"`
	Client    orderClient `json:"order_client"`
	Number    string      `json:"out_trade_no"`
	Refund    string      `json:"out_refund_no,omitempty"`
	TradeType int64       `json:"trade_type,omitempty"`
	Nonce     string      `json:"nonce_str"`
}

type refundRequest struct {
	Key     mchKey        `json:"pay_mch_key"`
	Content refundContent `json:"refund_content"` // one sample nests it under pay_content; the tables do not
	Client  orderClient   `json:"order_client"`
	Nonce   string        `json:"nonce_str"`
}

type refundContent struct {
	Order    string `json:"out_trade_no"`
	Number   string `json:"out_refund_no"`
	Total    int64  `json:"total_fee"`
	Fee      int64  `json:"refund_fee"`
	Currency string `json:"refund_fee_type"`
	Reason   string `json:"refund_reason,omitempty"`
}

type listRequest struct {
	Sub    string `json:"out_sub_mch_id"`
	Shop   string `json:"out_shop_id,omitempty"`
	Device string `json:"device_id,omitempty"`
	Kind   int64  `json:"query_order_type"`
	From   int64  `json:"start_time"`
	To     int64  `json:"end_time"`
	Page   int    `json:"page_num"`
	Size   int    `json:"page_size"`
	Nonce  string `json:"nonce_str"`
}

type shopsRequest struct {
	Mch   string `json:"out_mch_id"`
	Sub   string `json:"out_sub_mch_id"`
	Page  int    `json:"page_num"`
	Size  int    `json:"page_size"`
	Nonce string `json:"nonce_str"`
}

// prefixesRequest names the merchant by the outer numbers; the service also takes the platform's own.
type prefixesRequest struct {
	Out   outMerchant `json:"out"`
	Nonce string      `json:"nonce_str"`
}

type outMerchant struct {
	Mch  string `json:"out_mch_id"`
	Sub  string `json:"out_sub_mch_id"`
	Shop string `json:"out_shop_id,omitempty"`
}

// content is the text of a request, made once. What comes of it is what is signed, stored and sent.
func content(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write request: %w", err)
	}
	return b, nil
}

// nonce is random text of letters and digits; the service takes up to 32.
func nonce() string { return rand.Text() }

func (g *Gateway) key(o pay.Order) mchKey {
	return mchKey{Platform: platformOf(o.Tender), Mch: g.mch, Sub: g.sub, Shop: or(o.Store, g.env.Store)}
}

func (g *Gateway) client(o pay.Order, clerk string) orderClient {
	return orderClient{
		Device:   or(o.Device, g.env.Device),
		Staff:    or(clerk, g.env.Clerk),
		Terminal: g.machine.terminal,
		Machine:  g.machine.number,
		Version:  sdkVersion,
		Address:  g.machine.address,
	}
}

func or(s, fallback string) string {
	if s != "" {
		return s
	}
	return fallback
}

// platformOf is the service's number of a tender; zero, which is left out, when it is none of theirs.
func platformOf(t pay.Tender) int64 {
	switch t {
	case pay.WeChat:
		return platformWeChat
	case pay.Alipay:
		return platformAlipay
	}
	return 0
}

func tenderOf(platform hint) pay.Tender {
	switch platform {
	case platformWeChat:
		return pay.WeChat
	case platformAlipay:
		return pay.Alipay
	}
	return pay.TenderUnknown
}
