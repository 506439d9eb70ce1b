package sandbox

import (
	"encoding/json"
	"mime"
	"net/http"
)

// ControlPath is where a running service is asked for its book and told to misbehave:
//
//	GET    /sandbox/orders   the book's orders          GET    /sandbox/faults   what is armed
//	GET    /sandbox/refunds  the book's refunds         POST   /sandbox/faults   arm one Fault
//	GET    /sandbox/counts   requests by interface      DELETE /sandbox/faults   disarm all
const ControlPath = "/sandbox/"

const maxControl = 4096 // bytes of a fault

func (s *Server) controlRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+ControlPath+"orders", func(w http.ResponseWriter, _ *http.Request) { show(w, s.Orders()) })
	mux.HandleFunc("GET "+ControlPath+"refunds", func(w http.ResponseWriter, _ *http.Request) { show(w, s.Refunds()) })
	mux.HandleFunc("GET "+ControlPath+"counts", func(w http.ResponseWriter, _ *http.Request) { show(w, s.Counts()) })
	mux.HandleFunc("GET "+ControlPath+"faults", func(w http.ResponseWriter, _ *http.Request) { show(w, s.Faults()) })
	mux.HandleFunc("DELETE "+ControlPath+"faults", func(w http.ResponseWriter, _ *http.Request) {
		s.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST "+ControlPath+"faults", s.arm)
}

func (s *Server) arm(w http.ResponseWriter, r *http.Request) {
	// A page in a browser can post plain text to this machine without being asked, but not this type.
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		http.Error(w, "content type is not application/json", http.StatusUnsupportedMediaType)
		return
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControl))
	var f Fault
	if err := d.Decode(&f); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := s.Inject(f); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func show(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}
