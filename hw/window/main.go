package window

// Main runs a program that has windows and returns when run does. The main goroutine must call it: some
// systems give windows to the main thread only. Linux and Windows do not, so there run is called as it is.
func Main(run func()) { run() }
