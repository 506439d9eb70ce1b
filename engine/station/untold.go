package station

import (
	"context"
	"slices"

	"cpos/engine/ledger"
	"cpos/engine/pay"
)

// untold gives the orders that are paid in the book while nobody can have been told: the power failed
// between writing "paid" and the slip, which is printed beside the result on the window. Only orders
// whose customer may still be standing there count; a till that prints nothing cannot know them. unsure are
// the orders whose slip was on its way to paper when the power failed, or did not get there: they are told
// of, and not printed again.
func (s *Station) untold(ctx context.Context) (untold []ledger.OrderRow, unsure []string) {
	t, rules := s.parts.Teller, s.parts.Rules
	if s.parts.Slips == nil || rules.Copies.Payment == 0 || rules.StaleAfter == 0 {
		return nil, nil
	}
	rows, err := t.Book.Orders(ctx, ledger.Filter{From: t.Clock.Now().Add(-rules.StaleAfter), Statuses: []pay.Status{pay.Paid}})
	if err != nil {
		t.Log.Warn("look for orders nobody was told of", "error", err)
		return nil, nil
	}
	for _, r := range rows {
		facts, err := t.Book.History(ctx, r.Order.ID)
		tried := slices.ContainsFunc(facts, func(f ledger.Fact) bool {
			return f.Kind == ledger.KindSlip && f.Number == r.Order.ID
		})
		switch {
		case err != nil:
		case !tried:
			untold = append(untold, r)
		case r.Slips == 0:
			unsure = append(unsure, r.Order.ID)
		}
	}
	return untold, unsure
}
