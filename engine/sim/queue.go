package sim

import (
	"iter"
	"time"
)

// event is one thing that happens at one moment. Things of the same moment happen in the order in which
// they were planned.
type event struct {
	at  time.Duration
	seq uint64
	do  func()
}

func (e event) before(o event) bool { return e.at < o.at || e.at == o.at && e.seq < o.seq }

// queue is everything that is going to happen, as a binary heap, and the time that has come.
type queue struct {
	now    time.Duration
	seq    uint64
	events []event
}

// after plans something; no time at all lets what is planned for now already go first.
func (q *queue) after(d time.Duration, do func()) {
	q.seq++
	q.events = append(q.events, event{q.now + max(d, 0), q.seq, do})
	for i := len(q.events) - 1; i > 0; {
		up := (i - 1) / 2
		if !q.events[i].before(q.events[up]) {
			break
		}
		q.events[i], q.events[up] = q.events[up], q.events[i]
		i = up
	}
}

// step lets the earliest thing happen.
func (q *queue) step() bool {
	if len(q.events) == 0 {
		return false
	}
	e := q.events[0]
	last := len(q.events) - 1
	q.events[0] = q.events[last]
	q.events[last] = event{}
	q.events = q.events[:last]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < last; child++ {
			if q.events[child].before(q.events[least]) {
				least = child
			}
		}
		if least == i {
			break
		}
		q.events[i], q.events[least] = q.events[least], q.events[i]
		i = least
	}
	q.now = e.at
	e.do()
	return true
}

// thread is one line of production code or of a person's doing: it runs until it waits. It runs on a
// coroutine, which goes on to the next thread when one has ended, for a new one would have to grow its stack
// again.
type thread struct {
	life *life // nil for people
	job  func()
	on   *coroutine
	cut  bool // it is to be unwound
	done bool
}

// coroutine carries one thread after the other.
type coroutine struct {
	next  func() (struct{}, bool)
	yield func(struct{}) bool
	job   func()
}

// cut is what unwinds a thread whose till lost its power.
type cut struct{}

// spawn begins a thread; it runs when everything planned for this moment has happened.
func (w *world) spawn(l *life, job func()) {
	t := &thread{life: l, job: job}
	if l != nil {
		l.threads = append(l.threads, t)
	}
	w.after(0, func() { w.resume(t) })
}

func (w *world) resume(t *thread) {
	if t.done || t.life != nil && t.life.dead {
		return
	}
	w.run(t)
	if t.done && t.life != nil {
		t.life.ended(t)
	}
}

// run lets a thread run until it waits or ends.
func (w *world) run(t *thread) {
	if t.on == nil {
		t.on = w.coroutine()
		t.on.job = t.carry
	}
	before := w.current
	w.current = t
	t.on.next()
	w.current = before
	if t.done {
		w.idle = append(w.idle, t.on)
		t.on = nil
	}
}

// carry is the whole of a thread on its coroutine.
func (t *thread) carry() {
	defer func() {
		t.done = true
		if r := recover(); r != nil && r != (cut{}) {
			panic(r)
		}
	}()
	t.job()
}

// coroutine gives one that is free.
func (w *world) coroutine() *coroutine {
	if n := len(w.idle); n > 0 {
		c := w.idle[n-1]
		w.idle = w.idle[:n-1]
		return c
	}
	c := &coroutine{}
	next, stop := iter.Pull(func(yield func(struct{}) bool) {
		c.yield = yield
		for {
			c.job()
			if !yield(struct{}{}) {
				return
			}
		}
	})
	c.next = next
	w.stops = append(w.stops, stop)
	return c
}

// unwind ends a thread that waits, as if it had never been meant to go on.
func (w *world) unwind(t *thread) {
	if t.done {
		return
	}
	t.cut = true
	if t.on == nil {
		t.done = true // it had not begun
		return
	}
	w.run(t)
}

// park waits until somebody resumes this thread.
func (w *world) park() {
	t := w.current
	if !t.on.yield(struct{}{}) || t.cut {
		panic(cut{})
	}
}

// sleep waits.
func (w *world) sleep(d time.Duration) {
	t := w.current
	w.after(d, func() { w.resume(t) })
	w.park()
}
