package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// SQLite does not notice a damaged page unless the damage hits its structure: a flipped bit in an amount
// is served as another amount. So every page of a book ends in a seal over its content and its place, set
// when the page goes to the disk and checked when it comes back. Whatever is read, a row, an index or the
// proof that there is no such row, was read from whole pages only, and no reader above has to think of it.
//
// The write-ahead log needs no seal: SQLite keeps a chained one in it.

const (
	pageSize = 1024
	sealSize = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal is two check sums of different kind. Each alone finds every damage of up to three bits and every
// burst of 32; what neither finds has odds of one in 2^64.
func seal(page []byte, number int64) uint64 {
	content, at := page[:pageSize-sealSize], uint32(number)
	return uint64(crc32.Update(at, castagnoli, content))<<32 | uint64(crc32.Update(^at, crc32.IEEETable, content))
}

func setSeal(page []byte, number int64) {
	binary.BigEndian.PutUint64(page[pageSize-sealSize:], seal(page, number))
}

func sealHolds(page []byte, number int64) bool {
	return binary.BigEndian.Uint64(page[pageSize-sealSize:]) == seal(page, number)
}

// Names of the file layers that set and check seals. They stand above whatever layer SQLite uses otherwise.
const (
	sealedLayer = "cpos-sealed"
	// stillLayer takes no locks, for a file that nobody can write to. SQLite reads the log of such a file only
	// while it holds a lock that a read-only disk does not give.
	stillLayer = "cpos-still"
)

// The forms of the functions in SQLite's tables of a file layer and of a file.
type (
	openFunc   = func(tls *libc.TLS, layer, name, f uintptr, flags int32, out uintptr) int32
	deleteFunc = func(tls *libc.TLS, layer, name uintptr, syncFolder int32) int32
	lockFunc   = func(tls *libc.TLS, f uintptr, level int32) int32
	pageFunc   = func(tls *libc.TLS, f, data uintptr, n int32, offset int64) int32
)

// function reads a function out of a field of a table, where the translated SQLite keeps it as a number.
func function[F any](field uintptr) F { return *(*F)(unsafe.Pointer(&field)) }

// install writes a function into a field of a table.
func install[F any](field *uintptr, f F) { *(*F)(unsafe.Pointer(field)) = f }

// at makes a pointer of an address that came from SQLite. The memory behind it is not moved by Go.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// methods are those of a sealed file, with the plain ones that they call. SQLite knows their address and
// nothing else of them.
type methods struct {
	lib.Tsqlite3_io_methods
	plain uintptr // *Tsqlite3_io_methods
}

// wrapping holds the addresses of our methods by what they were made of, which are few. SQLite may use
// them for as long as the process lives.
var wrapping = struct {
	mu   sync.Mutex
	made map[madeOf]uintptr
}{made: map[madeOf]uintptr{}}

type madeOf struct {
	plain uintptr // methods
	log   bool
	still bool
	after int32 // the size of a plain file
	bare  bool  // SQLite's own layer lies below
}

// keep puts a table where SQLite can find it: in memory that is never moved nor given back.
func keep[T any](tls *libc.TLS, table T) (address uintptr, err error) {
	address = lib.Xsqlite3_malloc(tls, int32(unsafe.Sizeof(table)))
	if address == 0 {
		return 0, errors.New("SQLite has no memory left")
	}
	*at[T](address) = table
	return address, nil
}

// registerSealing makes the layers known to SQLite, which keeps one list of them in each process.
var registerSealing = sync.OnceValue(func() error {
	return errors.Join(register(sealedLayer, openSealed), register(stillLayer, openStill))
})

func register(name string, open openFunc) error {
	tls := libc.NewTLS()
	defer tls.Close()
	plain := lib.Xsqlite3_vfs_find(tls, 0)
	if plain == 0 {
		return errors.New("SQLite has no file layer")
	}
	layer := *at[lib.Tsqlite3_vfs](plain)
	var err error
	if layer.FzName, err = libc.CString(name); err != nil {
		return err
	}
	layer.FpNext = 0
	layer.FszOsFile += int32(unsafe.Sizeof(waiting{}))
	install(&layer.FxOpen, open)
	install[deleteFunc](&layer.FxDelete, deletePlain)
	address, err := keep(tls, layer)
	if err != nil {
		return err
	}
	if rc := lib.Xsqlite3_vfs_register(tls, address, 0); rc != lib.SQLITE_OK {
		return fmt.Errorf("register SQLite's file layer: code %d", rc)
	}
	return nil
}

func openSealed(tls *libc.TLS, layer, name, f uintptr, flags int32, out uintptr) int32 {
	return openFile(tls, layer, name, f, flags, out, false)
}

func openStill(tls *libc.TLS, layer, name, f uintptr, flags int32, out uintptr) int32 {
	return openFile(tls, layer, name, f, flags, out, true)
}

// openFile opens a file in the plain layer and puts the seals over it if it is a database, the gathering if
// it is a log; other files beside it stay plain.
func openFile(tls *libc.TLS, layer, name, f uintptr, flags int32, out uintptr, still bool) int32 {
	below := lib.Xsqlite3_vfs_find(tls, 0)
	after := at[lib.Tsqlite3_vfs](layer).FszOsFile - int32(unsafe.Sizeof(waiting{}))
	*at[waiting](f + uintptr(after)) = waiting{}
	rc := function[openFunc](at[lib.Tsqlite3_vfs](below).FxOpen)(tls, below, name, f, flags, out)
	log := flags&lib.SQLITE_OPEN_WAL != 0
	if rc != lib.SQLITE_OK || flags&lib.SQLITE_OPEN_MAIN_DB == 0 && !log {
		return rc
	}
	file := at[lib.Tsqlite3_file](f)
	methods, err := methodsOver(tls, madeOf{file.FpMethods, log, still, after, plainLayer(tls) == ownLayer})
	if err != nil { // it stays open, and SQLite closes what has methods
		return lib.SQLITE_NOMEM
	}
	file.FpMethods = methods
	return rc
}

// plainLayer is the name of the layer below.
func plainLayer(tls *libc.TLS) string {
	return libc.GoString(at[lib.Tsqlite3_vfs](lib.Xsqlite3_vfs_find(tls, 0)).FzName)
}

func deletePlain(tls *libc.TLS, _, name uintptr, syncFolder int32) int32 {
	below := lib.Xsqlite3_vfs_find(tls, 0)
	return function[deleteFunc](at[lib.Tsqlite3_vfs](below).FxDelete)(tls, below, name, syncFolder)
}

// methodsOver gives the address of our methods over some plain ones.
func methodsOver(tls *libc.TLS, of madeOf) (uintptr, error) {
	wrapping.mu.Lock()
	defer wrapping.mu.Unlock()
	if made, ok := wrapping.made[of]; ok {
		return made, nil
	}
	form := sealing
	if of.log {
		form = gathering
	}
	made, err := form(tls, of)
	if err == nil {
		wrapping.made[of] = made
	}
	return made, err
}

// sealing makes the methods of a database over the plain ones of.
func sealing(tls *libc.TLS, of madeOf) (uintptr, error) {
	m := methods{*at[lib.Tsqlite3_io_methods](of.plain), of.plain}
	m.FiVersion = min(m.FiVersion, 2) // no mapping of the file into memory, which would go past the seals
	install[pageFunc](&m.FxRead, readSealed)
	install[pageFunc](&m.FxWrite, writeSealed)
	if of.still {
		install[lockFunc](&m.FxLock, noLock)
		install[lockFunc](&m.FxUnlock, noLock)
	}
	return keep(tls, m)
}

func noLock(*libc.TLS, uintptr, int32) int32 { return lib.SQLITE_OK }

func plainOf(f uintptr) *lib.Tsqlite3_io_methods {
	return at[lib.Tsqlite3_io_methods](at[methods](at[lib.Tsqlite3_file](f).FpMethods).plain)
}

// readSealed reads whole pages, checks them, and hands out what was asked for. SQLite asks for less in two
// cases: for fields of the header, which it reads again with their page, and for what a long row keeps on
// pages of its own, which it takes without their ends and never looks at again.
func readSealed(tls *libc.TLS, f, data uintptr, n int32, offset int64) int32 {
	read := function[pageFunc](plainOf(f).FxRead)
	switch {
	case n == pageSize && offset%pageSize == 0:
		rc := read(tls, f, data, n, offset)
		if rc == lib.SQLITE_OK && !sealHolds(unsafe.Slice(at[byte](data), n), offset/pageSize) {
			return lib.SQLITE_IOERR_DATA
		}
		return rc
	case offset+int64(n) <= headerSize:
		return read(tls, f, data, n, offset)
	case offset == 0 && n > pageSize:
		// The header was torn when SQLite looked, so that it guessed the size of a page. It looks again now, and
		// takes nothing of the page but that size.
		rc := read(tls, f, data, n, offset)
		if !sealHolds(unsafe.Slice(at[byte](data), pageSize), 0) {
			return lib.SQLITE_IOERR_DATA
		}
		return rc
	case offset%pageSize+int64(n) > pageSize:
		return lib.SQLITE_IOERR_DATA
	}
	page, err := keep(tls, [pageSize]byte{})
	if err != nil {
		return lib.SQLITE_IOERR_NOMEM
	}
	defer lib.Xsqlite3_free(tls, page)
	start := offset - offset%pageSize
	if rc := read(tls, f, page, pageSize, start); rc != lib.SQLITE_OK {
		return rc
	}
	whole := unsafe.Slice(at[byte](page), pageSize)
	if !sealHolds(whole, start/pageSize) {
		return lib.SQLITE_IOERR_DATA
	}
	copy(unsafe.Slice(at[byte](data), n), whole[offset-start:])
	return lib.SQLITE_OK
}

// headerSize is how long the header of a database is.
const headerSize = 100

func writeSealed(tls *libc.TLS, f, data uintptr, n int32, offset int64) int32 {
	if n == pageSize && offset%pageSize == 0 {
		setSeal(unsafe.Slice(at[byte](data), n), offset/pageSize)
	}
	return function[pageFunc](plainOf(f).FxWrite)(tls, f, data, n, offset)
}
