# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Completion for bash of sinkctl, sinkholed, sinkwatch, sinkzone, unbound-sinkhole and unbound-sinkhole-watch. Commands
# and options are those that the program's own --help names; everything else is completed as a file.

_unbound_sinkhole()
{
	local program=$1 word=$2 help

	COMPREPLY=()
	if [[ $word == -* ]]; then
		help=$({ [[ ${COMP_WORDS[1]-} == -* ]] || "$program" "${COMP_WORDS[1]-}" --help || "$program" --help; } 2>/dev/null)
		[[ -n $help ]] || help=$("$program" --help 2>/dev/null)
		help=$(grep -oE -- '--[a-z]+[a-z-]*' <<<"$help")
	elif [[ $COMP_CWORD -eq 1 ]]; then
		help=$("$program" --help 2>/dev/null | sed -nE 's/^  ([a-z][a-z-]+)  .*/\1/p')
	else
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$help" -- "$word" | sort -u)
}

complete -o default -F _unbound_sinkhole sinkctl sinkholed sinkwatch sinkzone unbound-sinkhole unbound-sinkhole-watch
