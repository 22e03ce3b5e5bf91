# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# progress.sh - one line a step: what is done, with a clock that runs while it takes long. To be sourced.
#
#   step "Building Unbound 1.17.1" make -C there
#   progress_note "a sentence that the person at the terminal must see while a step runs"
#
# The step's output goes to $progress_log (set by the caller); if it fails the last lines of it are shown
# and the function returns the command's status. On a terminal the clock ticks in place; elsewhere, and with
# $NO_PROGRESS set, each step is one plain line.

progress_log=${progress_log:-/dev/null}

progress_clock()
{
	printf '%d:%02d' $(($1 / 60)) $(($1 % 60))
}

# A step inside a step writes into the outer one's log, which is no terminal.
progress_ticks()
{
	[ -t 1 ] && [ -z "${NO_PROGRESS-}" ] && [ "${TERM-dumb}" != dumb ]
}

progress_tick()
{
	local text=$1 start=$2 owner=$3

	# A caller's lock must not live on in the last sleep: descriptors above 2 are not passed on.
	while sleep 1 3>&- 7>&- 8>&- 9>&- && kill -0 "$owner" 2>/dev/null; do
		printf '\r  %-62s %s ' "$text" "$(progress_clock $((SECONDS - start)))"
	done
}

# Inside a step, stdout is the log: the outermost step hands its own stdout down as descriptor 7.
progress_note()
{
	if [ -n "${PROGRESS_NOTES-}" ]; then
		printf '\n    %s\n' "$*" >&7
	fi
	printf '%s\n' "$*"
}

step()
{
	local text=$1 start=$SECONDS status=0 ticker=

	shift
	printf '\n== %s: %s\n' "$text" "$*" >>"$progress_log"
	printf '  %-62s' "$text"
	if progress_ticks; then
		progress_tick "$text" "$start" $$ &
		ticker=$!
	fi
	if [ -n "${PROGRESS_NOTES-}" ]; then
		"$@" >>"$progress_log" 2>&1 </dev/null || status=$?
	else
		PROGRESS_NOTES=7 "$@" 7>&1 >>"$progress_log" 2>&1 </dev/null || status=$?
	fi
	if [ -n "$ticker" ]; then
		kill "$ticker" 2>/dev/null || true
		wait "$ticker" 2>/dev/null || true
		printf '\r  %-62s' "$text"
	fi
	if [ "$status" -eq 0 ]; then
		printf ' %s\n' "$(progress_clock $((SECONDS - start)))"
		return 0
	fi
	printf ' FAILED\n'
	[ "$progress_log" = /dev/null ] || {
		printf '\n'
		tail -n 20 "$progress_log" | sed 's/^/    /'
		printf '\n  The whole log: %s\n' "$progress_log"
	} >&2
	return "$status"
}
