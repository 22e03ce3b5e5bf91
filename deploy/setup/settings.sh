# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: BSD-3-Clause
#
# settings.sh - asks for, checks, writes and reads the settings of this machine. To be sourced by unbound-sinkhole.

# ask QUESTION DEFAULT
ask()
{
	local answer

	read -r -p "$1${2:+ [$2]}: " answer || fail "no answer to \"$1\""
	printf '%s' "${answer:-$2}"
}

ask_what_is_missing()
{
	local text

	if [ ${#networks[@]} -eq 0 ]; then
		[ -t 0 ] || wrong_usage "setup needs --network"
		read -ra networks <<<"$(ask 'Sinkhole network, which nothing else uses (IPv4, IPv6, or both)' '')"
	fi
	for text in organisation contact; do
		[ -z "${!text}" ] || continue
		[ -t 0 ] || wrong_usage "setup needs --$text"
		declare -g "$text=$(ask "${text^} on the page for people" '')"
		[ -n "${!text}" ] || fail "setup needs --$text"
	done
}

# The first address that is not the network's own.
first_address()
{
	local base=${1%/*}

	case $base in
	*::) printf '%s1' "$base" ;;
	*:*) printf '%s' "$base" ;;
	*) printf '%s.%d' "${base%.*}" $((10#${base##*.} + 1)) ;;
	esac
}

# Where this machine sends packets to the network: here, link, routed, nowhere.
place()
{
	local route

	route=$(ip -o route get "$(first_address "$1")" 2>/dev/null) || route=''
	case $route in
	'') printf nowhere ;;
	local\ *) printf here ;;
	*' via '*) printf routed ;;
	*) printf link ;;
	esac
}

check_network()
{
	[[ $1 =~ ^([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9a-fA-F:]+:[0-9a-fA-F:]*)/[0-9]+$ ]] ||
		fail "\"$1\" is no network; 198.51.100.0/24 is one"
	case $1 in
	127.* | 0.* | ::1/*) fail "$1 is loopback: every victim would connect to itself" ;;
	22[4-9].* | 23[0-9].* | 24[0-9].* | 25[0-5].* | [fF][fF]??:*) fail "$1 is multicast or reserved" ;;
	esac
	[ "$(place "$1")" != link ] || fail "$1 is in use: $(ip -o route get "$(first_address "$1")" | head -n 1)"
}

# A text between double quotes in YAML.
quoted()
{
	local text=${1//\\/\\\\}

	printf '"%s"' "${text//\"/\\\"}"
}

# The shipped settings with our values.
print_settings()
{
	local network pool='' listen='' store=''

	for network in "${networks[@]}"; do
		pool+="${pool:+, }$(quoted "$network")"
		listen+="    - {address: \"$network\", tcp: [80, 443, 8080], udp: [123]}"$'\n'
	done
	# Without sinkholed the settings must not say that it listens here.
	if has_sinkholed; then
		listen="  listen:"$'\n'${listen%$'\n'}
	else
		listen="  listen: []"
	fi
	[ ! -x /usr/sbin/sinkwatch ] || store="  path: $watch/store.db"
	# The environment and not -v: awk would take backslashes in a variable apart.
	pool="  sinkhole-addresses: [$pool]"$'\n'"  canary: $(quoted "$canary")" listen=$listen store=$store \
		organisation="  organisation: $(quoted "$organisation")" contact="  contact: $(quoted "$contact")" awk '
		NR == 1 {
			print "# Settings of unbound-sinkhole, written by unbound-sinkhole setup: sinkhole.yaml(5). Change what you like:"
			print "# setup writes this file again only as long as nobody else has changed it."
			header = 1
		}
		header && /^#/ { next }
		{ header = 0 }
		/^  sinkhole-addresses:/ { print ENVIRON["pool"]; next }
		/^  listen:/ { print ENVIRON["listen"]; skip = 1; next }
		skip && /^    - / { next }
		{ skip = 0 }
		/^store:/ { in_store = 1 }
		in_store && /^  path:/ && ENVIRON["store"] { print ENVIRON["store"]; next }
		/^  organisation:/ { print ENVIRON["organisation"]; next }
		/^  contact:/ { print ENVIRON["contact"]; next }
		{ sub(/CHANGE: a network/, "A network"); print }' "$share/sinkhole.yaml"
}

is_as_written()
{
	[ -e "$written" ] && sha256sum --status -c "$written" 2>/dev/null
}

check_settings()
{
	if has_sinkholed; then
		sinkholed --check-config -c "$1"
	else
		sinkzone compile -q -c "$1" -o "$1.db" "$share/feeds/emdivi.yaml" && rm -f "$1.db"
	fi
}

write_settings()
{
	local network new=$settings.setup

	if [ -e "$settings" ] && { ! is_as_written || [ ${#networks[@]} -eq 0 ]; }; then
		done_line settings "$settings stays as it is"
		return 0
	fi
	ask_what_is_missing
	[ ${#networks[@]} -gt 0 ] || wrong_usage "setup needs --network"
	for network in "${networks[@]}"; do
		check_network "$network"
	done
	print_settings >"$new"
	chmod 644 "$new"
	check_settings "$new" >"$new.log" 2>&1 || {
		sed "s,$new,the new settings," "$new.log" >&2
		rm -f "$new" "$new.log"
		fail "nothing was changed"
	}
	rm -f "$new.log"
	mv "$new" "$settings"
	sha256sum "$settings" >"$written"
	done_line settings "$settings, mode monitor"
}

read_settings()
{
	read -ra networks <<<"$(sed -nE 's/^ +sinkhole-addresses: *\[([^]]*)\].*/\1/p' "$settings" | tr -d \'\" | tr , ' ')"
	canary=$(sed -nE "s/^ +canary: *[\"']?([^\"' #]+).*/\1/p" "$settings")
}

compile_list()
{
	if [ -e "$list" ]; then
		done_line list "$list stays as it is"
		return 0
	fi
	# As the user that keeps the list from now on.
	runuser -u "$(stat -c %U "${list%/*}")" -- sinkzone compile -q -c "$settings" -o "$list" "$share/feeds/emdivi.yaml" \
		--never-block "$share/feeds/never-block.yaml" || fail "the list could not be compiled"
	done_line list "$list, from the shipped feeds"
}
