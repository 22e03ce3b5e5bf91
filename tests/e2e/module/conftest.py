# SPDX-License-Identifier: BSD-3-Clause
"""What several tests of the module start from."""

import subprocess

import pytest

from harness import paths


def says(program, option):
    return subprocess.run([program, option], capture_output=True, text=True).stdout


# What the programs of this machine have not, they cannot fail in.
collect_ignore = []
if "fast_reload" not in says(paths.UNBOUND_CONTROL, "-h"):
    collect_ignore.append("test_fast_reload.py")
if "ngtcp2" not in says(paths.UNBOUND, "-V") or "+[no]quic" not in says("kdig", "--help"):
    collect_ignore.append("test_over_quic.py")


@pytest.fixture
def running(site):
    """The usual list in force in a resolver with two threads."""
    site.compile()
    site.resolver(threads=2)
    site.await_list()
    return site
