package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"cpos/engine/pay"
)

// codeBook knows how payment codes begin: as the service told last, else as the profile's table says. What
// the service told is kept in the data folder, so that a till without a network knows it too.
type codeBook struct {
	file  string
	table pay.CodeRules // of the profile
	now   atomic.Pointer[pay.CodeRules]
}

// Times of asking the service how codes begin.
const (
	prefixesEvery = 24 * time.Hour
	prefixesRetry = time.Hour
)

// prefixesKept is the file's content.
type prefixesKept struct {
	At     time.Time `json:"at"`
	WeChat []string  `json:"wechat"`
	Alipay []string  `json:"alipay"`
}

func openCodeBook(data string, table pay.CodeRules) *codeBook {
	b := &codeBook{file: filepath.Join(data, "cache", "prefixes.json"), table: table}
	b.now.Store(&table)
	if kept, err := b.kept(); err == nil {
		b.use(kept)
	}
	return b
}

// rules gives the grammar of codes as it is known now.
func (b *codeBook) rules() pay.CodeRules { return *b.now.Load() }

func (b *codeBook) kept() (prefixesKept, error) {
	var k prefixesKept
	raw, err := os.ReadFile(b.file)
	if err == nil {
		err = json.Unmarshal(raw, &k)
	}
	if err != nil {
		return prefixesKept{}, fmt.Errorf("read code prefixes: %w", err)
	}
	return k, nil
}

// use puts the service's prefixes in the place of the table's, for the methods that the till takes.
func (b *codeBook) use(k prefixesKept) {
	r := b.table
	if len(r.WeChat.Prefixes) > 0 && len(k.WeChat) > 0 {
		r.WeChat.Prefixes = k.WeChat
	}
	if len(r.Alipay.Prefixes) > 0 && len(k.Alipay) > 0 {
		r.Alipay.Prefixes = k.Alipay
	}
	b.now.Store(&r)
}

// renew asks the service and keeps what it says.
func (b *codeBook) renew(ctx context.Context, p pay.Prefixer) error {
	told, err := p.Prefixes(ctx)
	if err != nil {
		return err
	}
	k := prefixesKept{At: time.Now(), WeChat: told[pay.WeChat], Alipay: told[pay.Alipay]}
	b.use(k)
	raw, err := json.Marshal(k)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(b.file), 0o700); err != nil {
		return fmt.Errorf("keep code prefixes: %w", err)
	}
	// A file that a power cut spoils is asked for anew, so it need not be written in one step.
	if err := os.WriteFile(b.file, raw, 0o600); err != nil {
		return fmt.Errorf("keep code prefixes: %w", err)
	}
	return nil
}

// keepRenewed renews once a day until ctx ends; failed is told why that did not work, and the table or
// what was told before stays in use.
func (b *codeBook) keepRenewed(ctx context.Context, p pay.Prefixer, failed func(error)) {
	wait := time.Duration(0)
	if kept, err := b.kept(); err == nil {
		wait = min(max(0, prefixesEvery-time.Since(kept.At)), prefixesEvery)
	}
	for sleep(ctx, wait) == nil {
		wait = prefixesEvery
		if err := b.renew(ctx, p); err != nil {
			wait = prefixesRetry
			if !errors.Is(ctx.Err(), context.Canceled) {
				failed(err)
			}
		}
	}
}
