// Package cloudpay drives Tencent Cloud Pay: the envelope and its two kinds of authentication, payment by
// scanned code, query, refund, the list of orders and refunds, the directory of stores, and ping.
//
// It promises that the bytes that were prepared are the bytes that are signed and sent, that nothing in an
// answer is believed before the answer is authenticated, and that Paid is said only when number, amount,
// currency and merchant are those that were asked about. Order numbers, waiting, asking again and the
// book are left to its callers; connections, proxy and log to the client it is handed.
package cloudpay
