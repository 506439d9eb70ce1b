package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// setting is a pragma and what it must read back as.
type setting struct{ name, value, readsAs string }

// busyWait is how long, in ms, a connection waits for another's lock. Only a checkpoint or a migration
// ever holds one against it, and both are short.
const busyWait = "5000"

// writerSettings make a commit durable: with synchronous FULL the write-ahead log is flushed to the disk
// at every commit, not only at checkpoints. A payment touches about six pages for a few hundred bytes
// each, and every page it touches goes whole into the log before the customer is served; small pages make
// that a quarter of what SQLite's own choice would. The size is fixed when a book is made.
var writerSettings = []setting{
	{"busy_timeout", busyWait, busyWait},
	{"page_size", "1024", "1024"},
	{"journal_mode", "WAL", "wal"},
	{"synchronous", "FULL", "2"},
	{"foreign_keys", "ON", "1"},
}

var readerSettings = []setting{
	{"busy_timeout", busyWait, busyWait},
	{"query_only", "ON", "1"},
}

// layerSettings gives what a connection to an address has to be told first. Over files that nobody can write
// to, SQLite is to keep in memory what it otherwise keeps in a file beside the log.
func layerSettings(addr string) []setting {
	if strings.HasSuffix(addr, stillLayer) {
		return []setting{{"locking_mode", "EXCLUSIVE", "exclusive"}}
	}
	return nil
}

// session is one connection and the statements prepared on it. One goroutine uses it at a time.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt // that give rows
	acts  map[string]act       // that give none
	args  []driver.NamedValue  // of the act that runs
}

// act is a statement of the driver itself. Half of what a short INSERT takes goes into what database/sql
// does around it, for callers who share connections and hand in values of any type.
type act interface {
	driver.Stmt
	driver.StmtExecContext
}

func newSession(ctx context.Context, db *sql.DB) (*session, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, explain(err)
	}
	return &session{conn: conn, stmts: map[string]*sql.Stmt{}, acts: map[string]act{}}, nil
}

// set sets pragmas and refuses to go on with a database that did not take one.
func (s *session) set(ctx context.Context, settings []setting) error {
	for _, p := range settings {
		if _, err := s.conn.ExecContext(ctx, "PRAGMA "+p.name+"="+p.value); err != nil {
			return fmt.Errorf("set %s: %w", p.name, explain(err))
		}
	}
	for _, p := range settings {
		var got string
		if err := s.conn.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got); err != nil {
			return fmt.Errorf("read %s back: %w", p.name, explain(err))
		}
		if got != p.readsAs {
			return fmt.Errorf("%w: %s is %q, not %q", ErrSetting, p.name, got, p.readsAs)
		}
	}
	return nil
}

// stmt prepares a statement once. Statements are constants of this package, so there are few.
func (s *session) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := s.stmts[query]; ok {
		return st, nil
	}
	st, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, explain(err)
	}
	s.stmts[query] = st
	return st, nil
}

// putBack keeps a statement for the next time, unless its place was taken meanwhile.
func (s *session) putBack(query string, st *sql.Stmt) {
	if _, taken := s.stmts[query]; taken {
		_ = st.Close()
		return
	}
	s.stmts[query] = st
}

// exec runs a statement that gives no rows. Each argument is an int64, a string or a []byte.
func (s *session) exec(ctx context.Context, query string, args ...any) error {
	return explain(s.conn.Raw(func(conn any) error {
		st, err := s.act(ctx, conn, query)
		if err != nil {
			return err
		}
		s.args = s.args[:0]
		for i, a := range args {
			s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: a})
		}
		_, err = st.ExecContext(ctx, s.args)
		clear(s.args)
		return err
	}))
}

// act prepares a statement once on the driver's connection.
func (s *session) act(ctx context.Context, conn any, query string) (act, error) {
	if st, ok := s.acts[query]; ok {
		return st, nil
	}
	made, err := conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	st := made.(act)
	s.acts[query] = st
	return st, nil
}

// one reads one row into to; found is false when there is none.
func (s *session) one(ctx context.Context, query string, args []any, to ...any) (found bool, err error) {
	st, err := s.stmt(ctx, query)
	if err != nil {
		return false, err
	}
	err = st.QueryRowContext(ctx, args...).Scan(to...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, explain(err)
}

func (s *session) close() error {
	var errs []error
	for _, st := range s.stmts {
		errs = append(errs, st.Close())
	}
	errs = append(errs, s.conn.Raw(func(any) (err error) {
		for _, st := range s.acts {
			err = errors.Join(err, st.Close())
		}
		return err
	}))
	return errors.Join(append(errs, s.conn.Close())...)
}

// pool lends reading sessions and keeps the few that are used again and again.
type pool struct {
	addr string
	db   *sql.DB
	mu   sync.Mutex
	free []*session
}

const keptSessions = 4

func newPool(addr string) (*pool, error) {
	db, err := sql.Open("sqlite", addr)
	if err != nil {
		return nil, err
	}
	return &pool{addr: addr, db: db}, nil
}

func (p *pool) with(ctx context.Context, fn func(*session) error) error {
	s, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer p.giveBack(s)
	return fn(s)
}

func (p *pool) take(ctx context.Context) (*session, error) {
	p.mu.Lock()
	if n := len(p.free); n > 0 {
		s := p.free[n-1]
		p.free = p.free[:n-1]
		p.mu.Unlock()
		return s, nil
	}
	p.mu.Unlock()
	s, err := newSession(ctx, p.db)
	if err != nil {
		return nil, err
	}
	if err := s.set(ctx, append(layerSettings(p.addr), readerSettings...)); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (p *pool) giveBack(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < keptSessions {
		p.free = append(p.free, s)
		return
	}
	_ = s.close() // nothing was written through it
}

func (p *pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, s := range p.free {
		errs = append(errs, s.close())
	}
	p.free = nil
	return errors.Join(append(errs, p.db.Close())...)
}

// cannotOpen says that SQLite could not open the database or a file beside it.
func cannotOpen(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_CANTOPEN
}
