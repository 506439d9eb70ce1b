//go:build !linux || !cgo

package screen

import "context"

// startEngine runs tesseract as WebAssembly: this build has no C library to link.
func startEngine(ctx context.Context, o ReaderOptions) (engine, error) { return startPortable(ctx, o) }
