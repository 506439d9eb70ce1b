package screen

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"sync"
)

// ReaderOptions say where a Reader finds and keeps its files.
type ReaderOptions struct {
	// Data is the folder of eng.traineddata; empty means the usual places (FindData).
	Data string
	// Cache is a folder for compiled code, which makes the next start ten times faster where tesseract
	// runs as WebAssembly. Empty means none.
	Cache string
}

// Reader is tesseract, kept warm: one instance behind one lock. It reads a picture as one line (page
// segmentation mode 7) and knows no list of allowed characters, because such a list turns signs that are
// not on it into digits.
type Reader struct {
	lock   sync.Mutex
	engine engine
}

// engine is one of the two ways to run tesseract.
type engine interface {
	text(pnm []byte) (string, error)
	close() error
}

// OpenReader starts this system's tesseract and reads one picture, so that the first sale does not wait
// for it: linked where cgo and the library are there, else as WebAssembly. It takes up to two seconds.
func OpenReader(ctx context.Context, o ReaderOptions) (*Reader, error) {
	return openWith(ctx, o, startEngine)
}

// OpenPortable starts tesseract as WebAssembly on any system.
func OpenPortable(ctx context.Context, o ReaderOptions) (*Reader, error) {
	return openWith(ctx, o, startPortable)
}

func openWith(ctx context.Context, o ReaderOptions, start func(context.Context, ReaderOptions) (engine, error)) (*Reader, error) {
	folder, err := FindData(o.Data)
	if err != nil {
		return nil, err
	}
	o.Data = folder
	e, err := start(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start tesseract: %w", err)
	}
	r := &Reader{engine: e}
	if _, err := r.Read(ctx, stroke()); err != nil {
		_ = r.Close() // the first error is the one that counts
		return nil, fmt.Errorf("start tesseract: %w", err)
	}
	return r, nil
}

// Read gives the text that it sees, unchanged. It cannot be interrupted; ctx is asked before it begins.
func (r *Reader) Read(ctx context.Context, line *image.Gray) (string, error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if r.engine == nil {
		return "", fmt.Errorf("read a line: the reader is closed")
	}
	text, err := r.engine.text(pnm(line))
	if err != nil {
		return "", fmt.Errorf("read a line: %w", err)
	}
	return text, nil
}

// Close frees tesseract's memory. It may be called twice.
func (r *Reader) Close() error {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.engine == nil {
		return nil
	}
	e := r.engine
	r.engine = nil
	if err := e.close(); err != nil {
		return fmt.Errorf("close tesseract: %w", err)
	}
	return nil
}

// pnm writes a grey picture in the one format that needs no compression (Netpbm, P5).
func pnm(line *image.Gray) []byte {
	w, h := line.Bounds().Dx(), line.Bounds().Dy()
	out := fmt.Appendf(make([]byte, 0, w*h+24), "P5\n%d %d\n255\n", w, h)
	for y := range h {
		out = append(out, line.Pix[y*line.Stride:y*line.Stride+w]...)
	}
	return out
}

// stroke is a picture with something on it, to warm up with.
func stroke() *image.Gray {
	g := image.NewGray(image.Rect(0, 0, 60, 56))
	draw.Draw(g, g.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(g, image.Rect(27, 12, 33, 44), image.NewUniform(color.Black), image.Point{}, draw.Src)
	return g
}
