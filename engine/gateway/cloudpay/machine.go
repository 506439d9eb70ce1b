package cloudpay

import (
	"net"
	"os"
	"runtime"
	"strings"
)

// machine is what the service wants to know of the computer a call comes from.
type machine struct {
	number   string // machine_no: the hardware address, or what the profile says
	address  string // IPv4
	terminal int64  // terminal_type
}

// Bounds of the service's fields, in bytes.
const (
	maxMachine = 32
	maxAddress = 16
)

// thisMachine looks the computer's network up. A number from the profile wins, for a hardware address
// changes with the adapter, and a reversal must come from the machine that paid.
func thisMachine(number string) machine {
	m := machine{number: number, address: "127.0.0.1", terminal: terminalType(runtime.GOOS)}
	cards, _ := net.Interfaces() // no list means no card, and the names below still do
	for _, card := range cards {
		if card.Flags&net.FlagLoopback != 0 || card.Flags&net.FlagUp == 0 || len(card.HardwareAddr) == 0 {
			continue
		}
		ip := addressOf(card)
		if ip == "" {
			continue
		}
		m.address = ip
		if m.number == "" {
			m.number = strings.ToUpper(strings.ReplaceAll(card.HardwareAddr.String(), ":", "-"))
		}
		break
	}
	if m.number == "" {
		m.number, _ = os.Hostname()
	}
	if m.number == "" {
		m.number = "unknown"
	}
	m.number, m.address = cut(m.number, maxMachine), cut(m.address, maxAddress)
	return m
}

// addressOf gives the card's first IPv4 address, or nothing.
func addressOf(card net.Interface) string {
	all, _ := card.Addrs()
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok {
			if ip := n.IP.To4(); ip != nil && !ip.IsLinkLocalUnicast() {
				return ip.String()
			}
		}
	}
	return ""
}

// terminalType is the service's number of the operating system.
func terminalType(system string) int64 {
	switch system {
	case "windows":
		return 1
	case "android":
		return 2
	case "ios":
		return 3
	case "linux":
		return 4
	}
	return 100
}
