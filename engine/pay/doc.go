// Package pay is the ground floor: money in whole fen, payment codes, orders, refunds, statuses and
// which may follow which, statement entries, and the Gateway port that every payment service is driven
// through.
//
// It promises that a forgotten status reads as unknown, that a payment code never prints in clear, and
// that no amount is ever a float. Disk, network, clock and configuration are left to higher floors.
package pay
