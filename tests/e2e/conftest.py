# SPDX-License-Identifier: BSD-3-Clause
"""Fixtures. The folders are the parts of the product, as in docs/architecture.md. Run the tests through tests/run, or one
file by

    tests/e2e/in-namespace /usr/bin/python3 -m pytest tests/e2e/module/test_answers.py
"""

import functools
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import paths  # noqa: E402
from harness.authority import Nsd  # noqa: E402
from harness.resolver import Unbound  # noqa: E402
from harness.site import Site  # noqa: E402


def pytest_sessionstart(session):
    if os.environ.get("USH_NAMESPACE") != "1":
        pytest.exit("these tests own ports 53, 80 and 443: start them with tests/run or tests/e2e/in-namespace", 2)
    missing = [p for p in (paths.SINKZONE, paths.MODULE, paths.SINKHOLED, paths.SINKCTL, paths.SINKWATCH, paths.UNBOUND) if not p.exists()]
    if missing:
        pytest.exit("not built: " + ", ".join(map(str, missing)), 2)


@functools.cache
def takes(queue, path):
    """Whether this process is the first of those that share a queue to begin the file."""
    try:
        os.close(os.open(Path(queue, "-".join(path.parts[-2:])), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def pytest_runtest_protocol(item):
    """Runs nothing of a file that another process has begun. NSD and the plain Unbound start once a process, not a file."""
    queue = os.environ.get("USH_QUEUE")
    if queue and not takes(queue, item.path):
        return True
    # What is still set up is that for the item behind the last one, which may be of a file that another process has begun.
    item.session._setupstate.teardown_exact(item)
    return None


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    nsd = Nsd(tmp_path_factory.mktemp("authority"))
    yield nsd
    nsd.stop()


@pytest.fixture(scope="session")
def plain(authority, tmp_path_factory):
    """The same Unbound without the module."""
    unbound = Unbound(tmp_path_factory.mktemp("plain"), authority, address=paths.PLAIN, name="plain")
    yield unbound
    unbound.stop()


@pytest.fixture
def site(authority, tmp_path):
    """A directory with settings, nothing compiled and nothing started."""
    site = Site(tmp_path, authority).write()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def sensor(authority, tmp_path_factory):
    """A whole sensor on the shipped feeds, shared by the tests of one file: resolver and sinkhole run."""
    site = Site(tmp_path_factory.mktemp("sensor"), authority).write()
    site.compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    yield site
    site.stop()
