//go:build !race

package disktest_test

const raced = false
