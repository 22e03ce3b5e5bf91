# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# preflight.sh - what a machine must have, checked before anything is done. To be sourced.
#
# Each function returns, or ends the script through its `fail` with one sentence that says what is missing.

# require_root WHY
require_root()
{
	[ "$(id -u)" = 0 ] || fail "must be run as root: it $1"
}

# os_release KEY: one value of /etc/os-release, empty if there is none.
os_release()
{
	# shellcheck source=/dev/null
	(. /etc/os-release 2>/dev/null && printf '%s' "${!1-}") || true
}

# The releases of Debian that everything here is made for. What differs between them in packages is a table in
# install-packages.
releases='12:bookworm 13:trixie'

# This machine runs one of them.
require_release()
{
	local release names='' name

	for release in $releases; do
		[ "$(os_release ID):$(os_release VERSION_CODENAME)" != "debian:${release#*:}" ] || return 0
		names+="${names:+ or }Debian ${release%:*} (${release#*:})"
	done
	name=$(os_release PRETTY_NAME)
	fail "needs $names; this machine runs ${name:-a system without /etc/os-release}"
}

# require_plain_path DIRECTORY: configure refuses a path with a blank or a quote; make and the shell take others apart.
require_plain_path()
{
	local bad

	[[ $1 =~ [^[:alnum:]._/+@=~,-] ]] || return 0
	bad=${BASH_REMATCH[0]}
	[ "$bad" != ' ' ] || bad='a blank'
	fail "cannot build in the path \"$1\", which contains $bad; move the clone to another directory"
}

# require_space MEGABYTES DIRECTORY
require_space()
{
	local free

	free=$(($(df --output=avail -k "$2" | tail -n 1) / 1024))
	[ "$free" -ge "$1" ] || fail "needs $1 MB of free disk space in $2; there are $free MB"
}

# Host and port of each repository that apt uses over the network, or of the proxy in front of it.
repository_hosts()
{
	local proxy

	proxy=$(apt-config shell proxy Acquire::http::Proxy | sed "s/^proxy='//; s/'$//")
	[ -n "$proxy" ] || proxy=${http_proxy-}
	{
		if [ -n "$proxy" ] && [ "$proxy" != DIRECT ]; then
			printf '%s\n' "$proxy"
		else
			apt-get --print-uris update 2>/dev/null | sed -n "s/^'\([^']*\)'.*/\1/p"
		fi
	} | sed -nE 's,^http://([^/@]*@)?([^/:]+):([0-9]+).*,\2 \3,p; t
		s,^http://([^/@]*@)?([^/:]+).*,\2 80,p; t
		s,^https://([^/@]*@)?([^/:]+):([0-9]+).*,\2 \3,p; t
		s,^https://([^/@]*@)?([^/:]+).*,\2 443,p' | sort -u
}

# require_network WHY: one of the hosts above answers. Without any (a local repository) there is nothing to check.
require_network()
{
	local host port first=''

	while read -r host port; do
		[ -n "$first" ] || first="$host, port $port"
		# shellcheck disable=SC2016 # the inner shell fills these in
		timeout 10 bash -c ': <"/dev/tcp/$0/$1"' "$host" "$port" 2>/dev/null && return 0
	done < <(repository_hosts)
	[ -z "$first" ] || fail "needs the network $1, and cannot reach the Debian repository at $first"
}
