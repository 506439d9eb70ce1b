"""A till in a GTK window: shows each line it reads as the amount, and answers when it is on the screen."""
import sys
import threading

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk  # noqa: E402

window = Gtk.Window(title="GTK till")
box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
window.add(box)
label = Gtk.Label(label="-")
entry = Gtk.Entry(text="-")
entry.get_accessible().set_name("total")
secret = Gtk.Entry(text="1234", visibility=False)
hidden = Gtk.Label(label="9999.00")
hidden.set_no_show_all(True)
again = [Gtk.Label(label="x", name="twice") for _ in range(2)]
for a in again:
    a.get_accessible().set_name("twice")
for child in (Gtk.Label(label="合计"), label, hidden, entry, secret, *again):
    box.pack_start(child, False, False, 0)
window.show_all()


def show(text):
    label.set_text(text)
    entry.set_text(text)
    print("shown", flush=True)
    return False


def read():
    for line in sys.stdin:
        GLib.idle_add(show, line.strip())
    GLib.idle_add(Gtk.main_quit)


threading.Thread(target=read, daemon=True).start()
print("ready", flush=True)
Gtk.main()
