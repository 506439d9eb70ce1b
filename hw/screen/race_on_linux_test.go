//go:build race

package screen_test

// raced says that the race detector watches, which keeps several bytes for each one of the program.
const raced = true
