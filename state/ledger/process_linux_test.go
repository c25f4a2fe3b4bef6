package ledger

import (
	"os/exec"
	"strconv"
	"testing"
	"time"
)

func TestAliveTellsAProcessFromOthersThatHadItsPID(t *testing.T) {
	t.Parallel()
	child := exec.Command("sleep", "600")
	check(t, child.Start())
	h := self("v1")
	h.PID = child.Process.Pid
	_, start, err := stat("self")
	check(t, err)
	if start != h.Start {
		t.Errorf("this process began at %s, and at %s", start, h.Start)
	}
	_, h.Start, err = stat(strconv.Itoa(h.PID))
	check(t, err)
	look := func(name string, h Holder, wantAlive, wantKnown bool) {
		t.Helper()
		if a, k := alive(h); a != wantAlive || k != wantKnown {
			t.Errorf("%s: alive %t, known %t; want %t, %t", name, a, k, wantAlive, wantKnown)
		}
	}
	with := func(change func(*Holder)) Holder {
		other := h
		change(&other)
		return other
	}
	look("it runs", h, true, true)
	look("this process", self("v2"), true, true)
	look("its pid belongs to another now", with(func(h *Holder) { h.Start = "1" }), false, true)
	look("another host", with(func(h *Holder) { h.Host += "x" }), false, false)
	look("before the host started again", with(func(h *Holder) { h.Boot = "x" }), false, false)
	look("another pid namespace", with(func(h *Holder) { h.Namespace = "pid:[1]" }), false, false)
	look("another system", Holder{Host: h.Host, PID: h.PID}, false, false)
	look("a process of the system's", with(func(h *Holder) { h.PID = 1 }), false, true)
	check(t, child.Process.Kill())
	for state := ""; state != "Z"; time.Sleep(time.Millisecond) { // the kernel gives no other sign
		state, _, err = stat(strconv.Itoa(h.PID))
		check(t, err)
	}
	look("a zombie", h, false, true)
	_ = child.Wait() // it was killed
	look("it is gone", h, false, true)
}
