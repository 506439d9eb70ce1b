package cloudpay

import (
	"context"
	"fmt"
	"strings"

	"cpos/engine/pay"
)

// Bounds of what is believed of a list of prefixes: a wrong one would send a customer's code to the wrong
// platform, or a number of something else as a payment code.
const (
	longestPrefix = 6
	mostPrefixes  = 90
)

// Prefixes asks how the payment codes of both platforms begin.
func (g *Gateway) Prefixes(ctx context.Context) (map[pay.Tender][]string, error) {
	var back struct {
		WeChat []text `json:"wx_author_codes"`
		Alipay []text `json:"ali_author_codes"`
	}
	err := g.ask(ctx, callPrefixes, callPrefixes,
		prefixesRequest{Out: outMerchant{Mch: g.mch, Sub: g.sub, Shop: g.env.Store}, Nonce: g.env.Nonce()}, &back)
	if err != nil {
		return nil, listFault(callPrefixes, err)
	}
	found := map[pay.Tender][]string{pay.WeChat: texts(back.WeChat), pay.Alipay: texts(back.Alipay)}
	if err := checkPrefixes(found[pay.WeChat], found[pay.Alipay]); err != nil {
		return nil, problem(pay.ErrNoAnswer, callPrefixes, err)
	}
	return found, nil
}

func texts(all []text) []string {
	var plain []string
	for _, t := range all {
		plain = append(plain, strings.TrimSpace(string(t)))
	}
	return plain
}

// checkPrefixes wants digits, some for each platform, and none that could mean both.
func checkPrefixes(wechat, alipay []string) error {
	for _, list := range [][]string{wechat, alipay} {
		if len(list) == 0 || len(list) > mostPrefixes {
			return fmt.Errorf("%w: %d prefixes of a platform", errGarbled, len(list))
		}
		for _, p := range list {
			if p == "" || len(p) > longestPrefix || strings.Trim(p, "0123456789") != "" {
				return fmt.Errorf("%w: a prefix that is none", errGarbled)
			}
		}
	}
	for _, w := range wechat {
		for _, a := range alipay {
			if strings.HasPrefix(w, a) || strings.HasPrefix(a, w) {
				return fmt.Errorf("%w: prefix %s means both platforms", errGarbled, w)
			}
		}
	}
	return nil
}
