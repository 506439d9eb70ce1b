package main

import "golang.org/x/sys/windows"

// systemLang gives the first language of the user's Windows, such as "zh-CN".
func systemLang() string {
	all, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(all) == 0 {
		return ""
	}
	return all[0]
}
