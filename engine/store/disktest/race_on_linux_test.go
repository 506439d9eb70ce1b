//go:build race

package disktest_test

// raced says that the race detector watches, under which SQLite takes twenty times as long: samples are
// smaller then.
const raced = true
