package main

import (
	"encoding/json"
	"io"
	"time"
)

// entry is one line of the journal. State is the state before; which other fields count goes by Kind:
//
//	key    Name, Mods, Text    one key that was pressed, with the text that it typed
//	click  X, Y, Region        client-area px; Region is empty beside every region
//	beep   Why                 what arrived was refused
//	state  To                  the program went from State to To
//	sale   Serial, Total, Tender, Received, Change, Lines   a finished sale
type entry struct {
	At       string `json:"at"`
	Kind     string `json:"kind"`
	State    state  `json:"state"`
	Name     string `json:"name,omitempty"`
	Mods     string `json:"mods,omitempty"`
	Text     string `json:"text,omitempty"`
	X        int    `json:"x,omitempty"`
	Y        int    `json:"y,omitempty"`
	Region   string `json:"region,omitempty"`
	To       state  `json:"to,omitempty"`
	Why      string `json:"why,omitempty"`
	Serial   string `json:"serial,omitempty"`
	Total    string `json:"total,omitempty"`
	Tender   string `json:"tender,omitempty"`
	Received string `json:"received,omitempty"`
	Change   string `json:"change,omitempty"`
	Lines    int    `json:"lines,omitempty"`
}

// journal writes each entry as one line at once, so that nothing is lost when the program is killed.
type journal struct {
	to  io.Writer
	now func() time.Time
	err error // the first failure
}

func (j *journal) write(e entry) {
	if j.to == nil || j.err != nil {
		return
	}
	e.At = j.now().Format(time.RFC3339Nano)
	text, err := json.Marshal(e)
	if err == nil {
		_, err = j.to.Write(append(text, '\n'))
	}
	j.err = err
}
