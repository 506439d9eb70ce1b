package disktest

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// On puts a layer over the files in dir and below until off is called; every book in it has to be opened
// after On and closed before off.
func On(dir string, l Layer) (off func(), err error) {
	if err := install(); err != nil {
		return nil, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	below.mu.Lock()
	defer below.mu.Unlock()
	below.layers[dir] = l
	return func() {
		below.mu.Lock()
		defer below.mu.Unlock()
		delete(below.layers, dir)
	}, nil
}

// below is this process's one file layer. SQLite keeps its list of file layers per process and calls back
// with addresses alone, so what belongs to an address has to be found from here.
var below = struct {
	mu      sync.RWMutex
	layers  map[string]Layer
	files   map[uintptr]file
	methods map[uintptr]uintptr // addresses of our methods, by those of theirs
	theirs  uintptr             // *Tsqlite3_vfs
}{layers: map[string]Layer{}, files: map[uintptr]file{}, methods: map[uintptr]uintptr{}}

// file is one that SQLite has open under a layer.
type file struct {
	name   string
	layer  Layer
	theirs *lib.Tsqlite3_io_methods
}

// The forms of the functions in SQLite's tables.
type (
	openFunc   = func(tls *libc.TLS, vfs, name, f uintptr, flags int32, out uintptr) int32
	deleteFunc = func(tls *libc.TLS, vfs, name uintptr, dirSync int32) int32
	closeFunc  = func(tls *libc.TLS, f uintptr) int32
	writeFunc  = func(tls *libc.TLS, f, data uintptr, n int32, offset int64) int32
	cutFunc    = func(tls *libc.TLS, f uintptr, size int64) int32
	syncFunc   = func(tls *libc.TLS, f uintptr, flags int32) int32
	mapFunc    = func(tls *libc.TLS, f uintptr, page, size, extend int32, out uintptr) int32
)

// function reads a function out of a field of a table, which the translated SQLite keeps as a number.
func function[F any](field uintptr) F { return *(*F)(unsafe.Pointer(&field)) }

// put writes a function into a field of a table.
func put[F any](field *uintptr, f F) { *(*F)(unsafe.Pointer(field)) = f }

// at makes a pointer of an address that SQLite gave. Its memory is not Go's and stays where it is, which
// is why the address may be read as a pointer.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// keep puts a table where SQLite may find it: into memory that is not Go's.
func keep[T any](tls *libc.TLS, table T) (address uintptr, err error) {
	address = lib.Xsqlite3_malloc(tls, int32(unsafe.Sizeof(table)))
	if address == 0 {
		return 0, errors.New("SQLite has no memory")
	}
	*at[T](address) = table
	return address, nil
}

var install = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	name, err := libc.CString("disktest")
	if err != nil {
		return err
	}
	below.theirs = lib.Xsqlite3_vfs_find(tls, 0)
	if below.theirs == 0 {
		return errors.New("SQLite knows no file layer")
	}
	ours := *at[lib.Tsqlite3_vfs](below.theirs)
	ours.FzName, ours.FpNext = name, 0
	put[openFunc](&ours.FxOpen, open)
	put[deleteFunc](&ours.FxDelete, remove)
	address, err := keep(tls, ours)
	if err != nil {
		return err
	}
	if rc := lib.Xsqlite3_vfs_register(tls, address, 1); rc != lib.SQLITE_OK {
		return fmt.Errorf("register a file layer: %d", rc)
	}
	return nil
})

// layerOf finds the layer over a file.
func layerOf(path string) Layer {
	below.mu.RLock()
	defer below.mu.RUnlock()
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if l := below.layers[dir]; l != nil {
			return l
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

func open(tls *libc.TLS, _, name, f uintptr, flags int32, out uintptr) int32 {
	base := at[lib.Tsqlite3_vfs](below.theirs)
	var layer Layer
	path := ""
	if name != 0 {
		path = libc.GoString(name)
		layer = layerOf(path)
	}
	if layer != nil && layer(Op{Kind: Open, File: filepath.Base(path), Dir: filepath.Dir(path)}) != nil {
		at[lib.Tsqlite3_file](f).FpMethods = 0
		return lib.SQLITE_CANTOPEN
	}
	rc := function[openFunc](base.FxOpen)(tls, below.theirs, name, f, flags, out)
	if rc != lib.SQLITE_OK || layer == nil {
		return rc
	}
	if err := wrap(tls, f, file{name: filepath.Base(path), layer: layer}); err != nil {
		return lib.SQLITE_NOMEM // SQLite closes what has methods
	}
	return rc
}

// wrap hands SQLite our functions for a file. The file itself stays theirs: their functions find
// everything as they left it.
func wrap(tls *libc.TLS, address uintptr, o file) error {
	below.mu.Lock()
	defer below.mu.Unlock()
	f := at[lib.Tsqlite3_file](address)
	o.theirs = at[lib.Tsqlite3_io_methods](f.FpMethods)
	ours := below.methods[f.FpMethods]
	if ours == 0 {
		m := *o.theirs
		put[closeFunc](&m.FxClose, shut)
		put[writeFunc](&m.FxWrite, write)
		put[cutFunc](&m.FxTruncate, truncate)
		put[syncFunc](&m.FxSync, flush)
		put[mapFunc](&m.FxShmMap, share)
		var err error
		if ours, err = keep(tls, m); err != nil {
			return err
		}
		below.methods[f.FpMethods] = ours
	}
	below.files[address] = o
	f.FpMethods = ours
	return nil
}

func opened(f uintptr) file {
	below.mu.RLock()
	defer below.mu.RUnlock()
	return below.files[f]
}

func remove(tls *libc.TLS, _, name uintptr, dirSync int32) int32 {
	path := libc.GoString(name)
	if layer := layerOf(path); layer != nil && layer(Op{Kind: Delete, File: filepath.Base(path)}) != nil {
		return lib.SQLITE_IOERR_DELETE
	}
	return function[deleteFunc](at[lib.Tsqlite3_vfs](below.theirs).FxDelete)(tls, below.theirs, name, dirSync)
}

func shut(tls *libc.TLS, f uintptr) int32 {
	o := opened(f)
	below.mu.Lock()
	delete(below.files, f)
	below.mu.Unlock()
	return function[closeFunc](o.theirs.FxClose)(tls, f)
}

func write(tls *libc.TLS, f, data uintptr, n int32, offset int64) int32 {
	o := opened(f)
	theirs := function[writeFunc](o.theirs.FxWrite)
	err := o.layer(Op{Kind: Write, File: o.name, Offset: offset, Data: unsafe.Slice(at[byte](data), n)})
	switch {
	case err == nil:
		return theirs(tls, f, data, n, offset)
	case errors.Is(err, ErrSkip):
		return lib.SQLITE_OK
	case errors.Is(err, ErrShort):
		if rc := theirs(tls, f, data, n/2, offset); rc != lib.SQLITE_OK {
			return rc
		}
		return lib.SQLITE_FULL
	case errors.Is(err, ErrFull):
		return lib.SQLITE_FULL
	}
	return lib.SQLITE_IOERR_WRITE
}

func truncate(tls *libc.TLS, f uintptr, size int64) int32 {
	o := opened(f)
	switch err := o.layer(Op{Kind: Truncate, File: o.name, Offset: size}); {
	case err == nil:
		return function[cutFunc](o.theirs.FxTruncate)(tls, f, size)
	case errors.Is(err, ErrSkip):
		return lib.SQLITE_OK
	}
	return lib.SQLITE_IOERR_TRUNCATE
}

func flush(tls *libc.TLS, f uintptr, flags int32) int32 {
	o := opened(f)
	switch err := o.layer(Op{Kind: Sync, File: o.name}); {
	case err == nil:
		return function[syncFunc](o.theirs.FxSync)(tls, f, flags)
	case errors.Is(err, ErrSkip):
		return lib.SQLITE_OK
	}
	return lib.SQLITE_IOERR_FSYNC
}

func share(tls *libc.TLS, f uintptr, page, size, extend int32, out uintptr) int32 {
	o := opened(f)
	if extend != 0 {
		if err := o.layer(Op{Kind: Map, File: o.name}); err != nil && !errors.Is(err, ErrSkip) {
			*at[uintptr](out) = 0
			return lib.SQLITE_IOERR_SHMSIZE
		}
	}
	return function[mapFunc](o.theirs.FxShmMap)(tls, f, page, size, extend, out)
}
