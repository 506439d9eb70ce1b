package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cpos/engine/pay"
)

// mapping is a service that tells how codes begin.
type mapping struct {
	mu    sync.Mutex
	told  map[pay.Tender][]string
	err   error
	asked int
}

func (m *mapping) Prefixes(context.Context) (map[pay.Tender][]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	return m.told, m.err
}

func (m *mapping) tell(told map[pay.Tender][]string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told, m.err = told, nil
}

func (m *mapping) times() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

const sixteen = "168042316308945600" // WeChat, once it has run out of 10 to 15

func kindOf(b *codeBook, code string) pay.Kind { return b.rules().Classify(code).Kind() }

func TestCodePrefixesComeFromTheServiceWithTheTableBehindIt(t *testing.T) {
	data := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := openCodeBook(data, pay.DefaultCodeRules())
		m := &mapping{err: pay.ErrNoAnswer}
		ctx, end := context.WithTimeout(t.Context(), 60*time.Hour)
		defer end()
		failures := 0
		go b.keepRenewed(ctx, m, func(error) { failures++ })
		time.Sleep(time.Minute)
		synctest.Wait()
		if kindOf(b, sixteen) != pay.KindOther || kindOf(b, "134680423163089400") != pay.KindWeChat {
			t.Error("without an answer the table does not hold")
		}
		m.tell(map[pay.Tender][]string{pay.WeChat: {"10", "16"}, pay.Alipay: {"28"}})
		time.Sleep(time.Hour)
		synctest.Wait()
		if failures != 1 || m.times() != 2 {
			t.Errorf("asked %d times, %d failures", m.times(), failures)
		}
		for code, want := range map[string]pay.Kind{sixteen: pay.KindWeChat, "134680423163089400": pay.KindOther,
			"2868042316308945": pay.KindAlipay, "2568042316308945": pay.KindOther} {
			if got := kindOf(b, code); got != want {
				t.Errorf("%s is %v, want %v", code, got, want)
			}
		}
		time.Sleep(47 * time.Hour)
		synctest.Wait()
		if m.times() != 3 {
			t.Errorf("asked %d times in two days", m.times())
		}
	})
	// Another start, without a network: what was told before holds.
	if b := openCodeBook(data, pay.DefaultCodeRules()); kindOf(b, sixteen) != pay.KindWeChat {
		t.Error("what the service told was not kept")
	}
}

func TestAKeptFileThatIsSpoiledIsLeftOut(t *testing.T) {
	data := t.TempDir()
	if err := os.MkdirAll(filepath.Join(data, "cache"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "cache", "prefixes.json"), []byte(`{"wechat":["1`), 0o600); err != nil {
		t.Fatal(err)
	}
	b := openCodeBook(data, pay.DefaultCodeRules())
	if !slices.Equal(b.rules().WeChat.Prefixes, pay.DefaultCodeRules().WeChat.Prefixes) {
		t.Errorf("%v", b.rules().WeChat)
	}
}

func TestAMethodThatIsNotTakenStaysSo(t *testing.T) {
	data, m := t.TempDir(), &mapping{told: map[pay.Tender][]string{pay.WeChat: {"10"}, pay.Alipay: {"28"}}}
	onlyWeChat := pay.CodeRules{WeChat: pay.DefaultCodeRules().WeChat}
	b := openCodeBook(data, onlyWeChat)
	if err := b.renew(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if kindOf(b, "2868042316308945") != pay.KindOther {
		t.Error("Alipay is taken though the profile does not say so")
	}
	if m.err = errors.New("no"); b.renew(t.Context(), m) == nil {
		t.Error("a failed question is no error")
	}
}
