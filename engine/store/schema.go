package store

import (
	"context"
	"database/sql"
	"fmt"
)

// bookMark is the application_id of a book, "cpos" in ASCII, by which a foreign database is told apart.
const bookMark = 0x63706f73

// steps bring a book from one form to the next; the number of steps taken is its user_version. A step
// that was ever released is never changed, for books exist that took it.
//
// Table sealed holds the few requests of orders that are not final and is searched whole: an index, or a
// key that pushes the contents into pages of their own, would cost every payment more than it saves. It is
// also where orders that are not final are found, which saves an index that every payment would touch twice.
//
// Times are Unix ms in UTC, amounts fen, statuses and tenders the numbers of the pay room, which are
// part of this form.
var steps = [...]string{`
CREATE TABLE fact (
	seq     INTEGER PRIMARY KEY,
	at      INTEGER NOT NULL,
	kind    TEXT    NOT NULL,
	version INTEGER NOT NULL,
	number  TEXT    NOT NULL,
	body    BLOB    NOT NULL,
	prev    BLOB    NOT NULL,
	hash    BLOB    NOT NULL
) STRICT;
CREATE TRIGGER fact_is_never_changed BEFORE UPDATE ON fact
	BEGIN SELECT RAISE(ABORT, 'a fact is never changed'); END;
CREATE TRIGGER fact_is_never_removed BEFORE DELETE ON fact
	BEGIN SELECT RAISE(ABORT, 'a fact is never removed'); END;

CREATE TABLE orders (
	seq      INTEGER PRIMARY KEY,
	id       TEXT    NOT NULL UNIQUE,
	last     INTEGER NOT NULL,
	refunded INTEGER NOT NULL,
	slips    INTEGER NOT NULL,
	store    TEXT    NOT NULL,
	device   TEXT    NOT NULL,
	clerk    TEXT    NOT NULL,
	tender   INTEGER NOT NULL,
	amount   INTEGER NOT NULL,
	serial   TEXT    NOT NULL,
	remark   TEXT    NOT NULL,
	source   TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	digest   BLOB    NOT NULL,
	status   INTEGER NOT NULL,
	trade    TEXT    NOT NULL,
	why      TEXT    NOT NULL,
	told     TEXT    NOT NULL,
	net      INTEGER NOT NULL,
	log_id   INTEGER NOT NULL,
	since    INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_at ON orders (at);

CREATE TABLE refunds (
	seq      INTEGER PRIMARY KEY,
	id       TEXT    NOT NULL UNIQUE,
	last     INTEGER NOT NULL,
	order_id TEXT    NOT NULL REFERENCES orders (id),
	amount   INTEGER NOT NULL,
	reason   TEXT    NOT NULL,
	clerk    TEXT    NOT NULL,
	approver TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	digest   BLOB    NOT NULL,
	status   INTEGER NOT NULL,
	trade    TEXT    NOT NULL,
	why      TEXT    NOT NULL,
	told     TEXT    NOT NULL,
	log_id   INTEGER NOT NULL,
	since    INTEGER NOT NULL
) STRICT;
CREATE INDEX refunds_order ON refunds (order_id);
CREATE INDEX refunds_at ON refunds (at);

CREATE TABLE sealed (one INTEGER PRIMARY KEY, number TEXT NOT NULL, content BLOB NOT NULL) STRICT;
CREATE TABLE counter (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE halt (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL) STRICT;
CREATE TABLE sum (
	day           TEXT    NOT NULL,
	tender        INTEGER NOT NULL,
	paid          INTEGER NOT NULL,
	paid_fen      INTEGER NOT NULL,
	refunds       INTEGER NOT NULL,
	refunds_fen   INTEGER NOT NULL,
	PRIMARY KEY (day, tender)
) STRICT, WITHOUT ROWID;
`, `
CREATE TABLE shift (
	number  INTEGER PRIMARY KEY,
	clerk   TEXT    NOT NULL,
	opened  INTEGER NOT NULL,
	closed  INTEGER NOT NULL,
	counted INTEGER NOT NULL,
	cash    INTEGER NOT NULL,
	seq     INTEGER NOT NULL,
	last    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX shift_open ON shift (clerk) WHERE last = 0;

ALTER TABLE orders ADD COLUMN shift INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refunds ADD COLUMN shift INTEGER NOT NULL DEFAULT 0;

ALTER TABLE sum RENAME TO sum_of_day;
CREATE TABLE sum (
	day           TEXT    NOT NULL,
	tender        INTEGER NOT NULL,
	shift         INTEGER NOT NULL,
	late          INTEGER NOT NULL,
	paid          INTEGER NOT NULL,
	paid_fen      INTEGER NOT NULL,
	refunds       INTEGER NOT NULL,
	refunds_fen   INTEGER NOT NULL,
	PRIMARY KEY (day, tender, shift, late)
) STRICT, WITHOUT ROWID;
INSERT INTO sum SELECT day, tender, 0, 0, paid, paid_fen, refunds, refunds_fen FROM sum_of_day;
DROP TABLE sum_of_day;
CREATE INDEX sum_shift ON sum (shift);

CREATE INDEX fact_halt ON fact (seq) WHERE kind = 'halt';
ALTER TABLE fact ADD COLUMN before INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER fact_is_never_changed;
UPDATE fact SET before = thread.before FROM (
	SELECT f.seq AS seq, lag(f.seq, 1, 0) OVER (PARTITION BY coalesce(r.order_id, f.number) ORDER BY f.seq) AS before
	FROM fact f LEFT JOIN refunds r ON r.id = f.number WHERE f.number <> ''
) thread WHERE fact.seq = thread.seq;
CREATE TRIGGER fact_is_never_changed BEFORE UPDATE ON fact
	BEGIN SELECT RAISE(ABORT, 'a fact is never changed'); END;
`}

// form reads how many steps a database took; ErrForeign when it is not a book.
func form(ctx context.Context, c *sql.Conn) (int, error) {
	var mark, version, tables int
	for pragma, to := range map[string]*int{"application_id": &mark, "user_version": &version} {
		if err := c.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(to); err != nil {
			return 0, explain(err)
		}
	}
	if err := c.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return 0, explain(err)
	}
	switch {
	case version == 0 && tables == 0 && (mark == 0 || mark == bookMark):
		return 0, nil
	case mark != bookMark:
		return 0, ErrForeign
	case version > len(steps):
		return 0, fmt.Errorf("%w: it has form %d, this program knows up to %d", ErrNewer, version, len(steps))
	}
	return version, nil
}

// migrate takes the missing steps up to a form, each in its own transaction together with its number.
func migrate(ctx context.Context, c *sql.Conn, to int) error {
	version, err := form(ctx, c)
	if err != nil {
		return err
	}
	for n := version; n < to; n++ {
		sql := fmt.Sprintf("BEGIN IMMEDIATE;%s;PRAGMA application_id = %d;PRAGMA user_version = %d;COMMIT",
			steps[n], bookMark, n+1)
		if _, err := c.ExecContext(ctx, sql); err != nil {
			_, _ = c.ExecContext(ctx, "ROLLBACK")
			return fmt.Errorf("bring the book to form %d: %w", n+1, explain(err))
		}
	}
	return nil
}
