package screen

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/danlock/gogosseract"
	"github.com/tetratelabs/wazero"
)

// variables are set on tesseract however it runs. The prepared pictures are dark on white and of known
// size, so it need not look for inverted writing or guess a resolution.
var variables = map[string]string{
	"tessedit_do_invert": "0",
	"user_defined_dpi":   "300",
}

// portable is tesseract as WebAssembly, run by wazero. The module is compiled against wazero v1.5.0.
type portable struct {
	tesseract *gogosseract.Tesseract
	cache     wazero.CompilationCache
}

// startPortable compiles tesseract, or takes it compiled from o.Cache. A cache that cannot be used only
// costs time.
func startPortable(ctx context.Context, o ReaderOptions) (engine, error) {
	data, err := os.ReadFile(filepath.Join(o.Data, dataFile))
	if err != nil {
		return nil, err
	}
	if o.Cache != "" {
		if cache, err := wazero.NewCompilationCacheWithDir(o.Cache); err == nil {
			p, err := newPortable(ctx, data, cache)
			if err == nil {
				return p, nil
			}
			_ = cache.Close(ctx) // the start without it tells what is wrong
		}
	}
	p, err := newPortable(ctx, data, wazero.NewCompilationCache())
	if err != nil {
		return nil, err
	}
	return p, nil
}

func newPortable(ctx context.Context, data []byte, cache wazero.CompilationCache) (*portable, error) {
	set := map[string]string{"tessedit_pageseg_mode": "7"}
	for name, value := range variables {
		set[name] = value
	}
	t, err := gogosseract.New(context.WithoutCancel(ctx), gogosseract.Config{
		Language: "eng", TrainingData: bytes.NewReader(data), Variables: set, WASMCache: cache,
	})
	if err != nil {
		return nil, err
	}
	return &portable{t, cache}, nil
}

func (p *portable) text(pnm []byte) (string, error) {
	ctx := context.Background() // a call cannot be interrupted half way
	if err := p.tesseract.LoadImage(ctx, bytes.NewReader(pnm), gogosseract.LoadImageOptions{}); err != nil {
		return "", err
	}
	return p.tesseract.GetText(ctx, nil)
}

func (p *portable) close() error {
	ctx := context.Background()
	if err := p.tesseract.Close(ctx); err != nil {
		return err
	}
	if err := p.cache.Close(ctx); err != nil {
		return fmt.Errorf("close cache: %w", err)
	}
	return nil
}
