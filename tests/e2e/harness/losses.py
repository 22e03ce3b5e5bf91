# SPDX-License-Identifier: BSD-3-Clause
"""To see that no event is lost: hosts that keep a daemon busy, what its logs hold, a disk that is full."""

import contextlib
import json
import subprocess
import threading

from harness.daemon import wait_for
from harness.site import events


# For tests that write more than a host may.
NO_BYTE_LIMIT = {"max-bytes": 4000000000, "max-bytes-per-host": 4000000000}


class Flow:
    """Threads that keep asking until stop(), and what was answered. A kind of traffic is a subclass with run(first, number, threads):
    first tells one flow's questions from another's, number is the thread's. It ends once done is set."""

    def __init__(self, first=0, threads=4):
        self.answered = set()
        self.done = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(first, n, threads)) for n in range(threads)]
        for thread in self.threads:
            thread.start()

    def reach(self, count):
        wait_for(lambda: len(self.answered) >= count, f"{count} answers", 30)
        return self

    def stop(self):
        self.done.set()
        for thread in self.threads:
            thread.join()
        return self.answered


def written_once(logs, like):
    """The events of these files that are like this; an id that comes twice is an error."""
    found = [event for log in logs for event in events(log, like)]
    ids = [event["event"]["id"] for event in found]
    assert len(ids) == len(set(ids)), "an event was written twice"
    return found


def whole_lines(log):
    """Nothing but whole events: a line that did not fit leaves no half."""
    text = log.read_bytes()
    assert text.endswith(b"\n")
    return [json.loads(line) for line in text.splitlines()]


@contextlib.contextmanager
def nearly_full(site, directory):
    """The directory has room for some sixty events beside the filler, which is given. The site is stopped at the end."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", directory], check=True)
    filler = directory / "filler"
    filler.write_bytes(bytes(192 << 10))
    yield filler
    site.stop()
    subprocess.run(["umount", directory], check=True)
