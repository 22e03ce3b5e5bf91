# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
#
# apt.sh - apt-get as the scripts here call it: a busy apt is waited for. To be sourced, after progress.sh.
#
# A new cloud machine installs its updates for some minutes after its first boot and holds the locks of apt and
# dpkg meanwhile. DPkg::Lock::Timeout waits for the lock of dpkg alone: if that of the package lists or of the
# downloaded archives is held, apt-get fails at once. So apt-get is called again until it gets them all.

apt_patience=${APT_PATIENCE-1800} # seconds

# apt_get ARGUMENT...: apt-get, which waits for another one up to $apt_patience seconds.
apt_get()
{
	local errors status reason noted='' start=$SECONDS

	while :; do
		status=0
		# Errors are read here and printed; the rest goes where it always goes.
		{ errors=$(apt-get -q -o DPkg::Lock::Timeout=0 -o Dpkg::Use-Pty=0 "$@" 2>&1 >&3); } 3>&1 || status=$?
		reason=$(grep -m 1 -E '^E: (Could not get lock|Unable to (lock|acquire))' <<<"$errors") || reason=''
		if [ "$status" -eq 0 ] || [ -z "$reason" ] || [ $((SECONDS - start)) -ge "$apt_patience" ]; then
			[ -z "$errors" ] || printf '%s\n' "$errors" >&2
			return "$status"
		fi
		[ -n "$noted" ] || progress_note "another program is using apt or dpkg, waiting for it: ${reason#E: }"
		noted=yes
		sleep 2
	done
}
