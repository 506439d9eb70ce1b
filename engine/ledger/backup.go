package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Standing says how one book stands to another.
type Standing uint8

const (
	Same   Standing = iota // the same facts
	Behind                 // the other goes on where it ends
	Ahead                  // it goes on where the other ends
	Forked                 // they began as one book and went on apart
	Other                  // they have no fact in common
)

// Errors of going back to a backup.
var (
	ErrOtherTill = errors.New("the book is that of another till")
	ErrOtherBook = errors.New("the books are not the same")
	ErrNewer     = errors.New("the book goes on behind the backup")
)

// NewerError says how many facts of the book stand behind a backup. It is an ErrNewer.
type NewerError struct {
	Facts   uint64
	Last    uint64 // number of the backup's newest fact
	Unknown bool   // the damage hides how many more there were
}

func (e *NewerError) Error() string {
	if e.Unknown {
		return fmt.Sprintf("at least %d facts behind fact %d of the backup would be lost", e.Facts, e.Last)
	}
	return fmt.Sprintf("%d facts behind fact %d of the backup would be lost", e.Facts, e.Last)
}

// Is makes it an ErrNewer.
func (e *NewerError) Is(target error) bool { return target == ErrNewer }

// Compare says how the book in a stands to the book in b, and how many facts one has more.
func Compare(ctx context.Context, a, b Store) (Standing, uint64, error) {
	var standing Standing
	var more uint64
	err := a.View(ctx, func(ours Rows) error {
		return b.View(ctx, func(theirs Rows) (err error) {
			standing, more, err = compared(ours, theirs)
			return err
		})
	})
	if err != nil {
		return 0, 0, fmt.Errorf("compare books: %w", err)
	}
	return standing, more, nil
}

func compared(ours, theirs Rows) (Standing, uint64, error) {
	ourTail, _, err := ours.Tail()
	if err != nil {
		return 0, 0, err
	}
	theirTail, _, err := theirs.Tail()
	if err != nil {
		return 0, 0, err
	}
	common := min(ourTail.Seq, theirTail.Seq)
	same, err := sameFact(ours, theirs, common)
	switch {
	case err != nil:
		return 0, 0, err
	case !same:
		began, err := sameFact(ours, theirs, 1)
		if err != nil || !began {
			return Other, 0, err
		}
		return Forked, 0, nil
	case ourTail.Seq < theirTail.Seq:
		return Behind, theirTail.Seq - common, nil
	case ourTail.Seq > theirTail.Seq:
		return Ahead, ourTail.Seq - common, nil
	}
	return Same, 0, nil
}

// sameFact says whether two books agree up to a fact: its hash covers everything before it.
func sameFact(ours, theirs Rows, seq uint64) (bool, error) {
	if seq == 0 {
		return true, nil
	}
	a, ok, err := ours.Fact(seq)
	if err != nil || !ok {
		return false, err
	}
	b, ok, err := theirs.Fact(seq)
	return err == nil && ok && a.Hash == b.Hash, err
}

// backupMark is a counter that stands in backups alone. It tells the book that is opened from one that the
// numbers behind the backup were used already.
const backupMark = "backup"

// MarkBackup makes the book in s a backup.
func MarkBackup(ctx context.Context, s Store) error {
	return s.Update(ctx, func(tx Tx) error { return tx.SetCounter(backupMark, 1) })
}

// How far numbers jump when a backup becomes the book: as far as a very busy till comes in the time since
// the backup, and never so far that the numbers could run out in a hundred years of monthly restores.
const (
	jumpPerDay = 10_000
	leastJump  = 100_000
	mostJump   = 1_000_000
)

func jumpSince(last, now time.Time) uint64 {
	days := now.Sub(last).Hours()/24 + 1
	return uint64(min(max(days*jumpPerDay, leastJump), mostJump))
}

// goOn makes a backup the book: its numbers jump over all that may have been used since, which is recorded
// as a fact. A store that was opened for reading stays a backup.
func (b *Book) goOn(ctx context.Context) error {
	err := b.store.Update(ctx, func(tx Tx) error {
		tail, _, err := tx.Tail()
		if err != nil {
			return err
		}
		jump := jumpSince(tail.At, b.opt.Now())
		for _, name := range []string{orderCounter, refundCounter} {
			n, err := tx.Counter(name)
			if err != nil {
				return err
			}
			if err := tx.SetCounter(name, n+jump); err != nil {
				return err
			}
			b.seqs.raise(name, n+jump)
		}
		if _, err := b.record(tx, KindRestore, "", restoreV1{tail.Seq, jump}); err != nil {
			return err
		}
		return tx.SetCounter(backupMark, 0)
	})
	if errors.Is(err, ErrReadOnly) {
		return nil
	}
	return err
}

// Succession is a backup about to take the place of a book.
type Succession struct {
	Backup Store
	Now    Store // the book that is there; nil where there is none or it cannot be opened
	Damage error // why it cannot be opened
	Into   Store // a copy of the backup, which becomes the book
}

// Succeeded says what became of a damaged book's newer facts.
type Succeeded struct {
	Damaged bool
	Saved   uint64      // facts that were added to those of the backup
	Lost    *NewerError // nil when nothing was
}

// Decide says whether the backup may become the book of the till with that numbering. A sound book is
// never gone back over. Of a damaged one, what can still be read behind the backup is saved first, and only
// with lose may the rest be lost. Everything is verified whole. ErrBroken, ErrOtherTill, ErrOtherBook, and a
// NewerError where facts would be lost.
func (s Succession) Decide(ctx context.Context, n Numbering, lose bool) (Succeeded, error) {
	n.code = n.TillCode()
	backup := &Book{store: s.Backup, opt: Options{Numbering: n}}
	if _, err := backup.Verify(ctx); err != nil {
		return Succeeded{}, fmt.Errorf("read backup: %w", err)
	}
	if err := backup.ownTill(ctx); err != nil {
		return Succeeded{}, err
	}
	damage := s.Damage
	if s.Now != nil {
		_, damage = (&Book{store: s.Now, opt: Options{Numbering: n}}).Verify(ctx)
	}
	switch {
	case errors.Is(damage, ErrBroken) || s.Damage != nil:
		return s.save(ctx, n, lose)
	case damage != nil:
		return Succeeded{}, damage
	case s.Now == nil:
		return Succeeded{}, nil
	}
	return Succeeded{}, s.goesBack(ctx, backup)
}

// goesBack refuses where the book that is there holds what the backup lacks.
func (s Succession) goesBack(ctx context.Context, backup *Book) error {
	standing, more, err := Compare(ctx, s.Backup, s.Now)
	if err != nil {
		return err
	}
	switch standing {
	case Behind:
		last, err := backup.height(ctx)
		if err != nil {
			return err
		}
		return &NewerError{Facts: more, Last: last}
	case Forked, Other:
		return ErrOtherBook
	}
	return nil
}

// save brings into the new book what the damaged one still holds.
func (s Succession) save(ctx context.Context, n Numbering, lose bool) (Succeeded, error) {
	became := Succeeded{Damaged: true, Lost: &NewerError{Unknown: true}}
	if s.Now != nil {
		var err error
		if became.Saved, became.Lost, err = Rescue(ctx, s.Into, s.Now, n); err != nil {
			return became, err
		}
	}
	if _, err := (&Book{store: s.Into, opt: Options{Numbering: n}}).Verify(ctx); err != nil {
		return became, fmt.Errorf("what was saved: %w", err)
	}
	if became.Lost != nil && !lose {
		return became, became.Lost
	}
	return became, nil
}

// ownTill checks that the newest order was made by this till.
func (b *Book) ownTill(ctx context.Context) error {
	newest, err := b.Orders(ctx, Filter{Newest: true, Limit: 1})
	if err != nil || len(newest) == 0 {
		return err
	}
	o := newest[0].Order
	if n := b.opt.Numbering; o.Store != n.Store || o.Device != n.Device {
		return fmt.Errorf("%w: store %s, device %s", ErrOtherTill, o.Store, o.Device)
	}
	return nil
}

// height is the number of the newest fact.
func (b *Book) height(ctx context.Context) (uint64, error) {
	var at uint64
	err := b.store.View(ctx, func(rows Rows) error {
		tail, _, err := rows.Tail()
		at = tail.Seq
		return err
	})
	return at, err
}

// Rescue adds to the book in to what a damaged copy of it still holds behind its newest fact, as long as
// fact follows on fact. It gives how many it added, and what is known of the rest as a NewerError; nil
// when nothing is left behind.
func Rescue(ctx context.Context, to, damaged Store, n Numbering) (added uint64, rest *NewerError, err error) {
	b := &Book{store: to, opt: Options{Numbering: n, Now: time.Now}}
	last, err := b.height(ctx)
	if err != nil {
		return 0, nil, err
	}
	first, newest := last, uint64(0)
	var stopped error
	err = damaged.View(ctx, func(from Rows) error {
		if tail, ok, err := from.Tail(); err == nil && ok {
			newest = tail.Seq
		}
		for f, err := range from.Facts(last + 1) {
			if err == nil {
				err = b.repeat(ctx, f, from)
			}
			if err != nil {
				stopped = err
				return nil
			}
			last = f.Seq
		}
		return nil
	})
	if err != nil {
		stopped = err
	}
	if stopped != nil && !errors.Is(stopped, ErrBroken) {
		return last - first, nil, fmt.Errorf("save facts from the damaged book: %w", stopped)
	}
	if stopped == nil && newest <= last && newest > 0 {
		return last - first, nil, nil
	}
	lost := &NewerError{Last: last, Unknown: newest <= last}
	if newest > last {
		lost.Facts = newest - last
	}
	return last - first, lost, nil
}

// repeat writes a fact as it stands in another copy of the book, with the request that may lie sealed
// beside it.
func (b *Book) repeat(ctx context.Context, f Fact, from Rows) error {
	return b.store.Update(ctx, func(tx Tx) error {
		tail, _, err := tx.Tail()
		if err != nil {
			return err
		}
		if err := f.follows(tail); err != nil {
			return err
		}
		e := entry{Fact: f}
		k, err := meet(e, tx)
		if err != nil {
			return fmt.Errorf("fact %d: %w: %w", f.Seq, ErrBroken, err)
		}
		if _, err := fold(e, k); err != nil {
			return fmt.Errorf("fact %d: %w: %w", f.Seq, ErrBroken, err)
		}
		if _, err := put(tx, e, k); err != nil {
			return err
		}
		if f.Kind != KindIntention && f.Kind != KindRefund {
			return nil
		}
		if counter, seq, ours := b.opt.Numbering.parse(f.Number); ours {
			if err := raise(tx, counter, seq); err != nil {
				return err
			}
		}
		// One that is not there any more, or damaged, is not needed if the outcome follows.
		if sealed, ok, err := from.Sealed(f.Number); err == nil && ok {
			return tx.PutSealed(f.Number, sealed)
		}
		return nil
	})
}
