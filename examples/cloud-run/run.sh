#!/bin/sh
# Runs wxkeep with the given arguments once a day. 微信云托管 knows services only: a
# version is taken into service when its port answers, and stopped with SIGTERM.
set -u
www=$(mktemp -d)
echo ok >"$www/index.html"
httpd -f -p "${PORT:-8080}" -h "$www" &
server=$!

# wait ends at a signal, so that it is passed on at once; wxkeep then finishes
# the calls in flight. $! is what was begun last, from the instant it was.
stop() {
	trap '' TERM INT
	kill -TERM "$!" 2>/dev/null && wait "$!"
	kill "$server" 2>/dev/null && wait "$server"
	rm -rf "$www"
	exit 0
}
trap stop TERM INT
rest() { sleep "$1" & wait "$!"; }

rest "${WXKEEP_START_DELAY:-60}" # the open-interface service comes up after the container
while :; do
	wxkeep "$@" &
	wait "$!"
	echo "wxkeep $1 ended with $?; again in ${WXKEEP_INTERVAL:-86400} s" >&2
	rest "${WXKEEP_INTERVAL:-86400}"
done
