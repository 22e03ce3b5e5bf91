# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: BSD-3-Clause
#
# canary.sh - asks Unbound for the canary, calls the address in the answer, and looks for both events. To be sourced by unbound-sinkhole.

resolver_address()
{
	local address

	address=$(unbound-checkconf -o interface | head -n 1)
	case ${address%%@*} in
	'' | 0.0.0.0) printf 127.0.0.1 ;;
	::0 | ::) printf ::1 ;;
	*[!0-9a-fA-F.:]*) printf 127.0.0.1 ;; # a name of an interface
	*) printf '%s' "${address%%@*}" ;;
	esac
}

# await SECONDS COMMAND...
await()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.5
	done
}

canary_answer()
{
	local type=A

	[[ ${networks[0]} != *:* ]] || type=AAAA
	answer=$(dig +short +time=2 +tries=1 "@$(resolver_address)" -p "$(unbound-checkconf -o port)" "$canary" "$type" 2>/dev/null |
		tail -n 1)
	[ "$(first_address "${networks[0]}")" = "$answer" ]
}

canary_request()
{
	# shellcheck disable=SC2016 # the inner shell fills these in
	timeout 10 bash -c 'exec 3<>"/dev/tcp/$0/80" && printf "GET / HTTP/1.0\r\nHost: %s\r\n\r\n" "$1" >&3 && cat <&3' \
		"$answer" "$canary" 2>/dev/null | head -n 1 | grep -q '^HTTP/'
}

# canary_event DATASET SINCE
canary_event()
{
	sinkctl events --no-store --since "$2" --json 2>/dev/null | grep -F "$canary" | grep -qF "\"dataset\":\"$1\""
}

walk_canary()
{
	local answer='' seen='' since

	if [ -z "$canary" ] || [ ${#networks[@]} -eq 0 ]; then
		missing_line canary "the settings have no canary"
		return 0
	fi
	since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	if ! await 20 canary_answer; then
		missing_line canary "$canary from $(resolver_address): \"$answer\", and not $(first_address "${networks[0]}")"
		return 0
	fi
	if ! canary_request; then
		missing_line canary "Unbound answers $answer; nothing answers there on port 80"
		return 0
	fi
	[ ! -x /usr/bin/sinkctl ] || for seen in sinkhole.dns sinkhole.contact; do
		await 20 canary_event "$seen" "$since" || {
			missing_line canary "sinkctl events does not show it ($seen)"
			return 0
		}
	done
	done_line canary "$canary: asked, answered with $answer, called there${seen:+, both are in sinkctl events}"
}
