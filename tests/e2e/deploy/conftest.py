# SPDX-License-Identifier: BSD-3-Clause
"""What these tests start they build themselves, without sanitizers: the run of the plain build has them."""

from harness import paths

collect_ignore = []
if paths.SANITIZED:
    collect_ignore += ["test_apt.py", "test_build_unbound.py", "test_packages.py", "test_quickstart.py"]
