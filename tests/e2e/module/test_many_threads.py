# SPDX-License-Identifier: BSD-3-Clause
"""A resolver with more worker threads than most machines have processors: each of them filters and records."""

from harness import paths
from harness.ask import addresses, ask

THREADS = 300
FEW = "server:\n    outgoing-range: 8\n    num-queries-per-thread: 4\n    so-reuseport: yes\n"


def test_every_thread_filters_and_records(site):
    """The kernel chooses the thread by the client's address and port."""
    site.compile()
    site.resolver(threads=THREADS, extra=FEW)
    site.await_list()
    for number in range(5 * THREADS):
        found = addresses(ask("www.kaerunote.com", source=paths.client(1900 + number % 100)))
        assert found and found[0].startswith("198.51.100."), number
    events = site.await_dns(5 * THREADS, seconds=20)
    assert len(events) == 5 * THREADS
    threads = {event["event"]["id"].split("-")[1] for event in events}
    assert len(threads) > 256, "too few threads were asked to see anything"
