package ledger

import (
	"context"
	"sync"
)

// openOrders remembers which orders are open, so that the question before each payment, whether any is,
// costs nothing. It may hold an order too many, never one too few.
type openOrders struct {
	mu     sync.Mutex
	loaded bool // what was open before this process is in all
	all    map[string]bool
}

func (o *openOrders) add(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil {
		o.all = map[string]bool{}
	}
	o.all[id] = true
}

func (o *openOrders) remove(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.all, id)
}

// follow takes a row that is on disk.
func (o *openOrders) follow(r OrderRow) {
	if r.Done() {
		o.remove(r.Order.ID)
	} else {
		o.add(r.Order.ID)
	}
}

// any says whether an order may be open; it is sure only once what was there before is loaded.
func (o *openOrders) any() (open, sure bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.all) > 0, o.loaded
}

// OpenOrders gives the orders that are not done, in the order of their intentions. It is for the one who
// writes the book, and does not look at the disk while nothing is open.
func (b *Book) OpenOrders(ctx context.Context) ([]OrderRow, error) {
	if open, sure := b.open.any(); sure && !open {
		return nil, nil
	}
	rows, err := b.Orders(ctx, Filter{Open: true})
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		b.open.add(r.Order.ID)
	}
	b.open.mu.Lock()
	b.open.loaded = true
	b.open.mu.Unlock()
	return rows, nil
}
