package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"reflect"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// The driver takes memory from the system for each text and each blob of a statement and gives it back after
// it. For the short statements that a payment waits for, that takes a third of what SQLite does with them. So
// their values are laid into one piece of memory, and SQLite is called with those. Where that cannot be done
// the driver does it.

// act is a prepared statement that gives no rows. Half of what a short INSERT takes goes into what
// database/sql does around it, for callers who share connections and hand in values of any type.
type act struct {
	driver driverAct
	tls    *libc.TLS
	handle uintptr // SQLite's own, or 0 where the driver does not show it
}

// driverAct is the driver's statement.
type driverAct interface {
	driver.Stmt
	driver.StmtExecContext
}

func newAct(made driverAct) act {
	a := act{driver: made}
	st := reflect.Indirect(reflect.ValueOf(made))
	if st.Kind() != reflect.Struct {
		return a
	}
	handle, conn := st.FieldByName("pstmt"), reflect.Indirect(st.FieldByName("c"))
	if handle.Kind() != reflect.Uintptr || conn.Kind() != reflect.Struct {
		return a
	}
	if tls := conn.FieldByName("tls"); tls.IsValid() && tls.Type() == reflect.TypeFor[*libc.TLS]() {
		a.tls, a.handle = (*libc.TLS)(tls.UnsafePointer()), uintptr(handle.Uint())
	}
	return a
}

// exec runs the statement. Each value is an int64, a string or a []byte. Where ctx may end meanwhile the
// driver runs it, which knows how to stop it.
func (a act) exec(ctx context.Context, s *scratch, values []any) error {
	if a.handle == 0 || ctx.Done() != nil || !a.bind(s, values) {
		_, err := a.driver.ExecContext(ctx, s.named(values))
		return err
	}
	rc := lib.Xsqlite3_step(a.tls, a.handle)
	var err error
	if rc != lib.SQLITE_DONE {
		why := lib.Xsqlite3_errmsg(a.tls, lib.Xsqlite3_db_handle(a.tls, a.handle))
		err = &sqliteError{int(rc), libc.GoString(why)}
	}
	lib.Xsqlite3_reset(a.tls, a.handle) // it says once more what step said
	lib.Xsqlite3_clear_bindings(a.tls, a.handle)
	return err
}

// bind hands the values to SQLite. It is false where one does not fit; the driver then hands them all over.
func (a act) bind(s *scratch, values []any) bool {
	s.n = 0
	for i, v := range values {
		rc, n := int32(lib.SQLITE_TOOBIG), int32(i+1)
		switch v := v.(type) {
		case int64:
			rc = lib.Xsqlite3_bind_int64(a.tls, a.handle, n, v)
		case string:
			if p := lay(s, a.tls, v); p != 0 {
				rc = lib.Xsqlite3_bind_text(a.tls, a.handle, n, p, int32(len(v)), 0)
			}
		case []byte:
			if p := lay(s, a.tls, v); p != 0 && v != nil {
				rc = lib.Xsqlite3_bind_blob(a.tls, a.handle, n, p, int32(len(v)), 0)
			}
		}
		if rc != lib.SQLITE_OK {
			return false
		}
	}
	return true
}

// scratchSize is room for what a payment's longest statement holds, a few times over.
const scratchSize = 16 << 10

// scratch is where the values of the statement that runs lie, of a session's statements the only one.
type scratch struct {
	tls  *libc.TLS
	data uintptr // of scratchSize bytes in SQLite's memory, or 0 before the first
	n    int
	args []driver.NamedValue // for the driver
}

// lay copies a value and gives its address, or 0 where there is no room.
func lay[T string | []byte](s *scratch, tls *libc.TLS, v T) uintptr {
	if s.data == 0 {
		s.tls, s.data = tls, lib.Xsqlite3_malloc(tls, scratchSize)
	}
	if s.data == 0 || s.n+len(v) >= scratchSize {
		return 0
	}
	to := s.data + uintptr(s.n)
	s.n += copy(unsafe.Slice(at[byte](to), scratchSize-s.n), v) + 1 // so that each has a place, even if it is empty
	return to
}

func (s *scratch) free() {
	if s.data != 0 {
		lib.Xsqlite3_free(s.tls, s.data)
	}
	s.data = 0
}

// named gives the values as the driver takes them.
func (s *scratch) named(values []any) []driver.NamedValue {
	s.args = s.args[:0]
	for i, v := range values {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return s.args
}

// sqliteError is what SQLite itself said of a statement. The driver's errors have a Code as well.
type sqliteError struct {
	code int
	text string
}

func (e *sqliteError) Code() int { return e.code }

func (e *sqliteError) Error() string { return fmt.Sprintf("%s (%d)", e.text, e.code) }
