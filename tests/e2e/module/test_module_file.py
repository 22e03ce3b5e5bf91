# SPDX-License-Identifier: BSD-3-Clause
"""The file that goes into the resolver: what it needs and what it shows."""

import re

import pytest

from harness import paths
from harness.daemon import run

ENTRY_POINTS = {"init", "deinit", "operate", "inform_super", "clear", "get_mem"}


def test_it_needs_libc_alone():
    dynamic = run(["readelf", "-d", paths.MODULE], check=0).stdout
    needed = set(re.findall(r"NEEDED.*\[(.+)\]", dynamic))
    if paths.SANITIZED:
        needed -= {name for name in needed if name.startswith(("libasan", "libubsan", "libgcc_s"))}
    assert needed <= {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}
    assert "RUNPATH" not in dynamic and "RPATH" not in dynamic


def test_it_shows_its_entry_points_alone():
    symbols = run(["nm", "-D", "--defined-only", paths.MODULE], check=0).stdout
    shown = {line.split()[-1] for line in symbols.splitlines()}
    assert {s for s in shown if not s.startswith("__")} == ENTRY_POINTS


def test_it_is_bound_now():
    assert "NOW" in run(["readelf", "-d", paths.MODULE], check=0).stdout


@pytest.mark.parametrize("program", [paths.SINKHOLED, paths.SINKCTL, paths.SINKZONE])
def test_programs_are_position_independent(program):
    assert re.search(r"Type:\s+DYN", run(["readelf", "-h", program], check=0).stdout)
