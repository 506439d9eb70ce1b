package sim

import (
	"slices"

	"cpos/engine/fault"
)

// Fault is one thing that goes wrong on purpose.
type Fault uint8

// The faults, by where they happen.
const (
	RequestLost Fault = iota
	AnswerLost
	Hang
	AnswerLate
	RequestLate
	Twice
	Reordered
	Refused
	Outage
	BlackHole
	LieAmount
	LieCurrency
	LieNumber
	LieMerchant
	LieDevice
	Replayed
	Forged
	Unsigned
	CutBody
	HTTP500
	HTTP502
	HTMLPage
	Status3
	Status103
	Status101
	Status102
	Status104
	Status407
	Password
	PasswordNever
	PasswordStops
	PasswordAtEnd
	StillBusy
	ListShifts
	ListDoubles
	RefundFails
	RefundByHand
	ClockAhead
	ClockBack
	TwoTills
	ForeignOrder
	PrinterError
	PrinterSilent
	KeysFail
	AmountMoves
	AmountUnread
	DiskFull
	PowerCut
	PowerCutAnytime
	faults
)

var faultNames = [faults]string{
	RequestLost: "request lost", AnswerLost: "answer lost", Hang: "no answer until time-out", AnswerLate: "answer late",
	RequestLate: "request late", Twice: "request arrives twice", Reordered: "request overtaken by its query",
	Refused: "no connection", Outage: "link down", BlackHole: "link swallows", LieAmount: "signed lie: amount",
	LieCurrency: "signed lie: currency", LieNumber: "signed lie: number", LieMerchant: "signed lie: merchant",
	LieDevice: "signed lie: device", Replayed: "old answer played back", Forged: "answer forged",
	Unsigned: "answer unsigned", CutBody: "answer cut", HTTP500: "HTTP 500", HTTP502: "HTTP 502",
	HTMLPage: "HTTP 200 with HTML", Status3: "status 3", Status103: "status 103", Status101: "status 101 unsigned",
	Status102: "status 102", Status104: "status 104", Status407: "status 104 with 407", Password: "password 0-60 s",
	PasswordNever: "password never typed", PasswordStops: "customer stops", PasswordAtEnd: "password at the end of polling",
	StillBusy: "paid but still in process", ListShifts: "list shifts", ListDoubles: "list doubles a row",
	RefundFails: "refund fails", RefundByHand: "refund by hand", ClockAhead: "clock jumps ahead",
	ClockBack: "clock jumps back", TwoTills: "two tills with one number", ForeignOrder: "foreign order",
	PrinterError: "printer fails", PrinterSilent: "printer says nothing", KeysFail: "keys fail",
	AmountMoves: "amount changes after reading", AmountUnread: "amount not read", DiskFull: "disk full",
	PowerCut: "power cut at a point", PowerCutAnytime: "power cut at any time",
}

func (f Fault) String() string { return faultNames[f] }

// Faults lists them all.
func Faults() []Fault {
	all := make([]Fault, faults)
	for i := range all {
		all[i] = Fault(i)
	}
	return all
}

// Points lists every crash point that a simulation visits.
func Points() []fault.Point { return slices.Concat(fault.All(), fault.Around()) }

// pointIndex finds a point's place in Points.
var pointIndex = func() map[fault.Point]int {
	index := map[fault.Point]int{}
	for i, p := range Points() {
		index[p] = i
	}
	return index
}()
