# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# rebuild-version.sh - the version of a package that is rebuilt from Debian's source. To be sourced.

# rebuild_version VERSION: a version above VERSION and below each update that Debian makes of it, so that a security
# update is always the newer one. An update of 1.17.1-2+deb12u4 is 1.17.1-2+deb12u5: above +deb12u4+dynlib1. The first
# update of 1.17.1-2 is 1.17.1-2+deb12u1, which is below 1.17.1-2+dynlib1 but above 1.17.1-2+c+dynlib1. The c also
# keeps us above a binary rebuild of Debian's (+b1): that brings no fix of Unbound's own.
rebuild_version()
{
	case $1 in
	*+deb[0-9]*) printf '%s+dynlib1' "$1" ;;
	*) printf '%s+c+dynlib1' "$1" ;;
	esac
}
