package control

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"github.com/go-ole/go-ole"
)

// automation is a client of UI Automation. COM wants one thread for all of it, so a goroutine that keeps its
// thread serves one question after the other.
type automation struct {
	ask   chan func(*ole.IUnknown)
	done  chan struct{}
	known map[place]*ole.IUnknown // where elements were found; the goroutine's own
}

// place is an address in one window.
type place struct {
	window  uintptr
	address Address
}

var (
	classAutomation     = ole.NewGUID("{ff48dba4-60ef-4201-aa87-54103eef594e}") // CUIAutomation
	interfaceAutomation = ole.NewGUID("{30cbe57d-d9d0-452a-ab13-7ac5ac4825ee}") // IUIAutomation
)

// Places in the tables of methods (UIAutomationClient.h).
const (
	automationElementFromHandle = 6
	automationTrueCondition     = 21
	automationPropertyCondition = 23
	elementFindAll              = 6
	elementPropertyValue        = 10
	arrayLength                 = 3
	arrayElement                = 4
)

// Properties of an element (UIAutomationClient.h).
const (
	propertyControlType  = 30003
	propertyName         = 30005
	propertyAutomationID = 30011
	propertyIsPassword   = 30019
	propertyIsOffscreen  = 30022
	propertyHasValue     = 30043
	propertyValue        = 30045
)

const scopeDescendants = 4

func startAutomation() (*automation, error) {
	a := &automation{ask: make(chan func(*ole.IUnknown)), done: make(chan struct{}), known: map[place]*ole.IUnknown{}}
	began := make(chan error, 1)
	go a.serve(began)
	if err := <-began; err != nil {
		return nil, err
	}
	return a, nil
}

func (a *automation) serve(began chan<- error) {
	defer close(a.done)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := ole.CoInitializeEx(0, ole.COINIT_MULTITHREADED); err != nil {
		began <- err
		return
	}
	defer ole.CoUninitialize()
	client, err := ole.CreateInstance(classAutomation, interfaceAutomation)
	began <- err
	if err != nil {
		return
	}
	defer client.Release()
	for do := range a.ask {
		do(client)
	}
	for _, e := range a.known {
		e.Release()
	}
}

// close ends the client once it has answered what it was asked.
func (a *automation) close() {
	close(a.ask)
	<-a.done
}

// with asks the client something, for as long as ctx lasts. What do writes may be read only without an error.
func (a *automation) with(ctx context.Context, do func(client *ole.IUnknown) error) error {
	answer := make(chan error, 1)
	select {
	case a.ask <- func(client *ole.IUnknown) { answer <- do(client) }:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// read gives the value of the only element with an address, or its name where it has no value. Looking for it
// in a large window may take longer than ctx lasts; it is found all the same, for the next time.
func (a *automation) read(ctx context.Context, window uintptr, at Address) (string, error) {
	property, want := int32(propertyAutomationID), at.ID
	if at.Name != "" {
		property, want = propertyName, at.Name
	}
	text := ""
	err := a.with(ctx, func(client *ole.IUnknown) error {
		e, err := a.find(client, place{window, at}, func(e *ole.IUnknown) bool { return stringOf(e, property) == want })
		if err != nil {
			return err
		}
		text, err = said(e)
		return err
	})
	if err != nil {
		return "", err
	}
	return text, nil
}

// find gives the only element at a place that is wanted, which stays ours.
func (a *automation) find(client *ole.IUnknown, at place, wanted func(*ole.IUnknown) bool) (*ole.IUnknown, error) {
	if e := a.known[at]; e != nil {
		if wanted(e) {
			return e, nil
		}
		e.Release() // the program has built its window anew
		delete(a.known, at)
	}
	found, err := elements(client, at.window, wanted)
	switch {
	case err != nil:
	case len(found) == 0:
		err = ErrNone
	case len(found) > 1:
		err = ErrSeveral
	default:
		a.known[at] = found[0]
		return found[0], nil
	}
	release(found)
	return nil, err
}

// list gives the elements that have an automation id and show a text.
func (a *automation) list(ctx context.Context, window uintptr) ([]Control, error) {
	var all []Control
	err := a.with(ctx, func(client *ole.IUnknown) error {
		found, err := elements(client, window, func(e *ole.IUnknown) bool { return stringOf(e, propertyAutomationID) != "" })
		defer release(found)
		for _, e := range found {
			if text, err := said(e); err == nil && strings.TrimSpace(text) != "" {
				kind := fmt.Sprintf("control type %d", numberOf(e, propertyControlType))
				all = append(all, made(Address{ID: stringOf(e, propertyAutomationID)}, kind, stringOf(e, propertyName), text))
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// said gives the text of an element.
func said(e *ole.IUnknown) (string, error) {
	switch {
	case truthOf(e, propertyIsPassword):
		return "", ErrSecret
	case truthOf(e, propertyIsOffscreen):
		return "", errHidden
	case truthOf(e, propertyHasValue):
		return stringOf(e, propertyValue), nil
	}
	return stringOf(e, propertyName), nil
}

// elements gives the elements inside a window that are wanted. The caller releases them.
func elements(client *ole.IUnknown, window uintptr, wanted func(*ole.IUnknown) bool) ([]*ole.IUnknown, error) {
	var top, all, list *ole.IUnknown
	if err := call(client, automationElementFromHandle, window, uintptr(unsafe.Pointer(&top))); err != nil {
		return nil, err
	}
	defer top.Release()
	if err := call(client, automationTrueCondition, uintptr(unsafe.Pointer(&all))); err != nil {
		return nil, err
	}
	defer all.Release()
	if err := call(top, elementFindAll, scopeDescendants, uintptr(unsafe.Pointer(all)), uintptr(unsafe.Pointer(&list))); err != nil {
		return nil, err
	}
	if list == nil {
		return nil, nil
	}
	defer list.Release()
	var n int32
	if err := call(list, arrayLength, uintptr(unsafe.Pointer(&n))); err != nil {
		return nil, err
	}
	var found []*ole.IUnknown
	for i := range min(n, mostControls) {
		var e *ole.IUnknown
		if err := call(list, arrayElement, uintptr(i), uintptr(unsafe.Pointer(&e))); err != nil {
			return found, err
		}
		if wanted(e) {
			found = append(found, e)
		} else {
			e.Release()
		}
	}
	return found, nil
}

func release(all []*ole.IUnknown) {
	for _, e := range all {
		e.Release()
	}
}

// call calls the method at a place in an object's table.
func call(on *ole.IUnknown, place int, args ...uintptr) error {
	if on == nil {
		return ErrNone
	}
	method := *(*uintptr)(unsafe.Add(unsafe.Pointer(on.RawVTable), uintptr(place)*unsafe.Sizeof(uintptr(0))))
	hr, _, _ := syscall.SyscallN(method, append([]uintptr{uintptr(unsafe.Pointer(on))}, args...)...)
	if int32(hr) < 0 {
		return ole.NewError(hr)
	}
	return nil
}

// valueOf asks for a property, and gives what it says to take before the answer is thrown away.
func valueOf(e *ole.IUnknown, property int32, take func(any)) {
	var v ole.VARIANT
	ole.VariantInit(&v)
	defer func() { _ = ole.VariantClear(&v) }() // nothing is left to be done about it
	if call(e, elementPropertyValue, uintptr(property), uintptr(unsafe.Pointer(&v))) == nil {
		take(v.Value())
	}
}

func stringOf(e *ole.IUnknown, property int32) (s string) {
	valueOf(e, property, func(v any) { s, _ = v.(string) })
	return s
}

func truthOf(e *ole.IUnknown, property int32) (b bool) {
	valueOf(e, property, func(v any) { b, _ = v.(bool) })
	return b
}

func numberOf(e *ole.IUnknown, property int32) (n int32) {
	valueOf(e, property, func(v any) { n, _ = v.(int32) })
	return n
}
