# SPDX-License-Identifier: BSD-3-Clause
"""systemd hears that sinkwatch lives as long as all of it does."""

import ctypes
import os
import socket
import time
from pathlib import Path

import pytest

from harness.watch import Watch

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000
PATIENCE = 2  # half of WATCHDOG_USEC

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def trace(request, thread):
    assert libc.ptrace(request, thread, None, None) == 0, os.strerror(ctypes.get_errno())


@pytest.fixture
def manager(tmp_path):
    """The service manager: hears what is sent to NOTIFY_SOCKET."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        yield manager


def is_pinged(manager, seconds):
    manager.settimeout(seconds)
    try:
        while b"WATCHDOG=1" not in manager.recv(4096):
            pass
        return True
    except TimeoutError:
        return False


def test_a_thread_that_hangs_is_noticed(site, manager):
    site.compile()
    with Watch(site, NOTIFY_SOCKET=manager.getsockname(), WATCHDOG_USEC=PATIENCE * 2000000) as watch:
        assert is_pinged(manager, 30)
        threads = Path(f"/proc/{watch.daemon.process.pid}/task")
        follower = next(int(path.parent.name) for path in threads.glob("*/comm") if path.read_text() == "follower\n")
        trace(PTRACE_SEIZE, follower)
        try:
            trace(PTRACE_INTERRUPT, follower)
            os.waitpid(follower, WALL)
            end = time.monotonic() + 20
            while is_pinged(manager, PATIENCE + 1):
                assert time.monotonic() < end, "nobody is told that the thread hangs"
            assert watch.ask().status == 200, "the page answers all the same"
        finally:
            trace(PTRACE_DETACH, follower)
        assert is_pinged(manager, 30), "it goes on"
