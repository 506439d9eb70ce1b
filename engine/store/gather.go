package store

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// SQLite writes its log in small pieces, two for each page, and then flushes them. Nobody may read a piece
// before that flush: a reader goes by the index of the log, which names a page only after the flush of its
// commit. So the pieces of a commit are gathered here and written by one call of the system at the flush,
// or earlier where SQLite itself looks at the log.

// gatherSize is how much of the log waits for its flush; a payment's commit is about 8 KiB.
const gatherSize = 64 << 10

// waiting is what waits, kept behind the plain file in the memory that SQLite holds for each open file.
type waiting struct {
	data  uintptr // of gatherSize bytes, or 0 before the first piece
	n     int64
	start int64 // in the file
}

// logMethods are those of a log, with the plain ones that they call and the place of what is gathered.
type logMethods struct {
	lib.Tsqlite3_io_methods
	plain uintptr // *Tsqlite3_io_methods
	after int32   // the size of a plain file
	bare  bool    // the layer below is SQLite's own
}

// The forms of further functions in SQLite's table of a file.
type (
	closeFunc    = func(tls *libc.TLS, f uintptr) int32
	truncateFunc = func(tls *libc.TLS, f uintptr, size int64) int32
	syncFunc     = func(tls *libc.TLS, f uintptr, flags int32) int32
	sizeFunc     = func(tls *libc.TLS, f, out uintptr) int32
)

// gathering makes the methods of a log over the plain ones of.
func gathering(tls *libc.TLS, of madeOf) (uintptr, error) {
	plain := at[lib.Tsqlite3_io_methods](of.plain)
	m := logMethods{*plain, of.plain, of.after, of.bare}
	install[closeFunc](&m.FxClose, closeGathered)
	install[pageFunc](&m.FxRead, readGathered)
	install[pageFunc](&m.FxWrite, writeGathered)
	install[truncateFunc](&m.FxTruncate, truncateGathered)
	install[syncFunc](&m.FxSync, syncGathered)
	install[sizeFunc](&m.FxFileSize, sizeGathered)
	return keep(tls, m)
}

// gatherer gives the methods of a log and what it has gathered.
func gatherer(f uintptr) (*logMethods, *waiting) {
	m := at[logMethods](at[lib.Tsqlite3_file](f).FpMethods)
	return m, at[waiting](f + uintptr(m.after))
}

func (m *logMethods) below() *lib.Tsqlite3_io_methods { return at[lib.Tsqlite3_io_methods](m.plain) }

// writeGathered keeps a piece that continues the ones before it.
func writeGathered(tls *libc.TLS, f, data uintptr, n int32, offset int64) int32 {
	m, g := gatherer(f)
	if g.n > 0 && (offset != g.start+g.n || g.n+int64(n) > gatherSize) {
		if rc := m.write(tls, f, g); rc != lib.SQLITE_OK {
			return rc
		}
	}
	if g.data == 0 {
		g.data = lib.Xsqlite3_malloc(tls, gatherSize)
	}
	if g.data == 0 || n > gatherSize {
		return function[pageFunc](m.below().FxWrite)(tls, f, data, n, offset)
	}
	if g.n == 0 {
		g.start = offset
	}
	copy(unsafe.Slice(at[byte](g.data+uintptr(g.n)), n), unsafe.Slice(at[byte](data), n))
	g.n += int64(n)
	return lib.SQLITE_OK
}

// write hands on what was gathered. Where that fails it is forgotten: the commit fails with it, and the next
// one begins at the same place.
func (m *logMethods) write(tls *libc.TLS, f uintptr, g *waiting) int32 {
	if g.n == 0 {
		return lib.SQLITE_OK
	}
	n := int32(g.n)
	g.n = 0
	return function[pageFunc](m.below().FxWrite)(tls, f, g.data, n, g.start)
}

// written hands on what was gathered before something looks at the file.
func written(tls *libc.TLS, f uintptr) (*lib.Tsqlite3_io_methods, int32) {
	m, g := gatherer(f)
	return m.below(), m.write(tls, f, g)
}

func readGathered(tls *libc.TLS, f, data uintptr, n int32, offset int64) int32 {
	below, rc := written(tls, f)
	if rc != lib.SQLITE_OK {
		return rc
	}
	return function[pageFunc](below.FxRead)(tls, f, data, n, offset)
}

func truncateGathered(tls *libc.TLS, f uintptr, size int64) int32 {
	below, rc := written(tls, f)
	if rc != lib.SQLITE_OK {
		return rc
	}
	return function[truncateFunc](below.FxTruncate)(tls, f, size)
}

func sizeGathered(tls *libc.TLS, f, out uintptr) int32 {
	below, rc := written(tls, f)
	if rc != lib.SQLITE_OK {
		return rc
	}
	return function[sizeFunc](below.FxFileSize)(tls, f, out)
}

func syncGathered(tls *libc.TLS, f uintptr, flags int32) int32 {
	below, rc := written(tls, f)
	if rc != lib.SQLITE_OK {
		return rc
	}
	if m, _ := gatherer(f); m.bare {
		if rc, done := flushContent(f); done {
			return rc
		}
	}
	return function[syncFunc](below.FxSync)(tls, f, flags)
}

func closeGathered(tls *libc.TLS, f uintptr) int32 {
	m, g := gatherer(f)
	rc := m.write(tls, f, g)
	lib.Xsqlite3_free(tls, g.data)
	g.data = 0
	return max(rc, function[closeFunc](m.below().FxClose)(tls, f))
}
