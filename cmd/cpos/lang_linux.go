package main

// systemLang: on Linux the variables have said everything.
func systemLang() string { return "" }
