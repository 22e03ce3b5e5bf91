# SPDX-License-Identifier: BSD-3-Clause
"""A clock that a test sets, so that daemons live through a day in seconds.

libfaketime stands before the C library and gives a program the real time plus what a file says. Only the time of day is
moved: timers run on the monotonic clock, which stays real, and so do the times of files. The events in the logs bear
the time that their daemon saw; nothing is rewritten.
"""

import time
from pathlib import Path

from harness.daemon import ASAN_OPTIONS

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


class Clock:
    """start: a datetime. environment: what a program needs to go by this clock."""

    def __init__(self, directory, start):
        assert LIBRARY, "libfaketime is not installed: deploy/install-packages test"
        self.path = directory / "clock"
        self.ahead = start.timestamp() - time.time()
        self.write()
        self.environment = {
            "LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
            "ASAN_OPTIONS": ASAN_OPTIONS + ":verify_asan_link_order=0",
        }

    def set(self, instant):
        """Puts the clock to a datetime, but never back: what was slow may have made it later already."""
        self.ahead = max(self.ahead, instant.timestamp() - time.time())
        self.write()

    def write(self):
        """In one step: a program may be reading it."""
        new = self.path.with_suffix(".new")
        new.write_text(f"{self.ahead:+.3f}")
        new.chmod(0o644)
        new.rename(self.path)
