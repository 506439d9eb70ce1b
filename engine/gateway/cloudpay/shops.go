package cloudpay

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"cpos/engine/gateway"
	"cpos/engine/pay"
)

// shopRow is one store. Both lists may be absent.
type shopRow struct {
	ID      string `json:"out_shop_id"`
	Name    string `json:"shop_name"`
	Branch  string `json:"branch_name"`
	Devices []struct {
		ID     text `json:"device_id"`
		Type   hint `json:"device_type"`
		Name   text `json:"device_name"`
		Remark text `json:"remark"`
	} `json:"device_infos"`
	Staff []struct {
		ID      text `json:"staff_id"`
		Name    text `json:"staff_name"`
		Manager text `json:"shop_manager"`
	} `json:"staff_infos"`
}

// Device types that take payment codes: for codes alone, and for codes and shown QR codes.
const (
	deviceMicroPay = 1
	deviceBoth     = 3
)

// Shops gives all stores of the sub-merchant with their devices and clerks.
func (g *Gateway) Shops(ctx context.Context) ([]pay.Device, []pay.Staff, error) {
	read := func(n int) (page[shopRow], error) {
		var back struct {
			Total *number   `json:"total_count"`
			Shops []shopRow `json:"shop_infos"`
		}
		err := g.ask(ctx, callShops, shopsName,
			shopsRequest{Mch: g.mch, Sub: g.sub, Page: n, Size: pageSize, Nonce: g.env.Nonce()}, &back)
		if err != nil || back.Total == nil {
			return page[shopRow]{}, listFault(callShops, err)
		}
		return page[shopRow]{rows: back.Shops, total: int(*back.Total)}, nil
	}
	shops, err := readAll(read, func(s shopRow) string { return s.ID })
	if err != nil {
		return nil, nil, listFault(callShops, err)
	}
	var devices []pay.Device
	var staff []pay.Staff
	slices.SortFunc(shops, func(a, b shopRow) int { return strings.Compare(a.ID, b.ID) })
	for _, s := range shops {
		for _, d := range s.Devices {
			devices = append(devices, pay.Device{
				Store: s.ID, StoreName: s.title(), ID: string(d.ID), Name: or(string(d.Name), string(d.Remark)),
				TakesCodes: d.Type == deviceMicroPay || d.Type == deviceBoth,
			})
		}
		for _, p := range s.Staff {
			staff = append(staff, pay.Staff{Store: s.ID, ID: string(p.ID), Name: string(p.Name), Manager: isYes(p.Manager)})
		}
	}
	return devices, staff, nil
}

// isYes takes a clear yes only, for it makes somebody a manager.
func isYes(t text) bool { return t == "true" || t == "1" }

func (s shopRow) title() string {
	if s.Branch == "" {
		return s.Name
	}
	return s.Name + " " + s.Branch
}

// Ping asks for the service's clock. The call has no body and no authentication on either side, so the
// answer is good for warming a connection and for noticing a wrong clock, and for nothing else.
func (g *Gateway) Ping(ctx context.Context) (time.Time, error) {
	note := &gateway.Note{Status: -1}
	ctx, cancel := context.WithTimeout(gateway.WithNote(ctx, note), g.queryLimit)
	defer cancel()
	var at time.Time
	_, err := g.post(ctx, callPing, nil, func(raw []byte) (answer, error) {
		var back struct {
			Status *number `json:"status"`
			Time   *number `json:"timestamp"`
		}
		if json.Unmarshal(raw, &back) != nil || back.Status == nil || back.Time == nil || *back.Time <= 0 {
			return answer{}, errGarbled
		}
		note.Status = int(*back.Status)
		if *back.Status != statusOK {
			return answer{}, fmt.Errorf("status %d", *back.Status)
		}
		at = time.Unix(int64(*back.Time), 0)
		return answer{}, nil
	})
	if err != nil {
		return time.Time{}, problem(kindOf(err), callPing, err)
	}
	return at, nil
}
