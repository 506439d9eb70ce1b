// Package sim owns a whole shop in virtual time: production tills (station, teller, ledger, driver) on
// simulated disks, networks, clocks, keyboards, printers and people, stepped from one seeded queue of
// events, with faults on purpose and the practice service's own book as the oracle.
//
// It promises that a seed is one story: the same seed gives the same trace byte for byte, whatever else the
// machine does; and that every fault and every crash point is counted where it really struck. Nothing in
// here is used by a till at work.
package sim
