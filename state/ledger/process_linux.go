package ledger

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// identify notes what tells this process from every other that has its pid.
func (h *Holder) identify() {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return
	}
	namespace, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return
	}
	_, start, err := stat("self")
	if err != nil {
		return
	}
	h.Boot, h.Namespace, h.Start = strings.TrimSpace(string(boot)), namespace, start
}

// alive looks whether the process of h, which counts in this namespace, still
// runs. A pid that another process has now, and a zombie, are dead. A process
// that may not be looked at is taken to be alive.
func alive(h Holder) (alive, known bool) {
	if !self("").here(h) {
		return false, false
	}
	if err := syscall.Kill(h.PID, 0); errors.Is(err, syscall.ESRCH) {
		return false, true
	}
	state, start, err := stat(strconv.Itoa(h.PID))
	if err != nil {
		return true, true
	}
	return start == h.Start && state != "Z" && state != "X", true
}

// stat reads the state (field 3) and the start time (field 22) of a process;
// see proc_pid_stat(5). The name, field 2, is in parentheses and may hold
// anything.
func stat(pid string) (state, start string, err error) {
	data, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return "", "", err
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	if len(fields) < 20 {
		return "", "", errors.New("too few fields in /proc/" + pid + "/stat")
	}
	return fields[0], fields[19], nil
}
