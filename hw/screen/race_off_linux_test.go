//go:build !race

package screen_test

const raced = false
