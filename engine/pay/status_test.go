package pay

import (
	"fmt"
	"testing"
)

func TestZeroStatusesAreUnknown(t *testing.T) {
	var o Outcome
	var r RefundOutcome
	if o.Status != Unknown || r.Status != RefundUnknown || o.Status.Final() || r.Status.Final() {
		t.Error("a forgotten status is not unknown")
	}
	if Kind(0) != KindOther || Tender(0) != TenderUnknown {
		t.Error("a forgotten kind or tender means something")
	}
}

func TestStatusMayBecome(t *testing.T) {
	all := []Status{Unknown, Pending, Paid, Declined, Closed}
	allowed := map[[2]Status]bool{
		{Unknown, Pending}: true, {Unknown, Paid}: true, {Unknown, Declined}: true, {Unknown, Closed}: true,
		{Pending, Unknown}: true, {Pending, Paid}: true, {Pending, Declined}: true, {Pending, Closed}: true,
		{Paid, Closed}: true,
	}
	for _, from := range all {
		for _, to := range all {
			if got, want := from.MayBecome(to), from == to || allowed[[2]Status{from, to}]; got != want {
				t.Errorf("%v -> %v: %v, want %v", from, to, got, want)
			}
		}
	}
}

func TestRefundStatusMayBecome(t *testing.T) {
	all := []RefundStatus{RefundUnknown, RefundAccepted, RefundDone, RefundFailed, RefundManual}
	for _, from := range all {
		for _, to := range all {
			want := from == to || !from.Final()
			if from == RefundUnknown && to == RefundUnknown {
				want = true
			}
			if got := from.MayBecome(to); got != want {
				t.Errorf("%v -> %v: %v, want %v", from, to, got, want)
			}
		}
	}
	for _, s := range all {
		if s.Held() != (s != RefundFailed) {
			t.Errorf("%v held: %v", s, s.Held())
		}
	}
}

func TestNamesComeBack(t *testing.T) {
	for i := range statusNames {
		var back Status
		if text, _ := Status(i).MarshalText(); back.UnmarshalText(text) != nil || back != Status(i) {
			t.Errorf("status %d comes back as %v", i, back)
		}
	}
	for i := range tenderNames {
		var back Tender
		if text, _ := Tender(i).MarshalText(); back.UnmarshalText(text) != nil || back != Tender(i) {
			t.Errorf("tender %d comes back as %v", i, back)
		}
	}
	var s Status
	if err := s.UnmarshalText([]byte("payed")); err == nil {
		t.Error("a misspelt status was accepted")
	}
	if got := fmt.Sprint(Status(200)); got != "invalid(200)" {
		t.Errorf("status 200 prints as %q", got)
	}
}
