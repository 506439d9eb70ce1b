package desktop

import (
	"errors"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// ErrAbove says that a window belongs to a program with more rights than this one. Windows lets no key of ours
// through to it and tells us of none that goes there.
var ErrAbove = errors.New("the program runs with more rights than this one")

// Above says that the program of a window runs with more rights than this one, as one does that was started
// as administrator. Some systems do not even let us ask about such a program.
func Above(id uintptr) bool {
	var pid uint32
	if id == 0 {
		return false
	}
	if _, err := windows.GetWindowThreadProcessId(windows.HWND(id), &pid); err != nil || pid == 0 {
		return false
	}
	theirs, err := integrityOf(pid)
	return above(theirs, err, ownIntegrity())
}

func above(theirs uint32, err error, own uint32) bool {
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return own < administrator
	}
	return err == nil && theirs > own
}

// ownIntegrity is asked once: a process keeps its level for life.
var ownIntegrity = sync.OnceValue(func() uint32 {
	level, err := tokenIntegrity(windows.GetCurrentProcessToken())
	if err != nil {
		return ^uint32(0)
	}
	return level
})

// administrator is the integrity level of programs started as administrator; that of ordinary ones is 0x2000
// (winnt.h, SECURITY_MANDATORY_HIGH_RID).
const administrator = 0x3000

func integrityOf(pid uint32) (uint32, error) {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return 0, err
	}
	defer func() { _ = windows.CloseHandle(process) }()
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return 0, err
	}
	defer token.Close()
	return tokenIntegrity(token)
}

func tokenIntegrity(token windows.Token) (uint32, error) {
	var buf [128]byte
	var n uint32
	if err := windows.GetTokenInformation(token, windows.TokenIntegrityLevel, &buf[0], uint32(len(buf)), &n); err != nil {
		return 0, err
	}
	label := (*windows.Tokenmandatorylabel)(unsafe.Pointer(&buf[0]))
	return levelOf(label.Label.Sid), nil
}

// levelOf is the last part of a mandatory label.
func levelOf(sid *windows.SID) uint32 {
	if count := sid.SubAuthorityCount(); count > 0 {
		return sid.SubAuthority(uint32(count) - 1)
	}
	return 0
}
