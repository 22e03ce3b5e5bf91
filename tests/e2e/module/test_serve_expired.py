# SPDX-License-Identifier: BSD-3-Clause
"""serve-expired: what is stale is listed like everything else, and comes back from no path."""

import time

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.slow import STUB, ZONE, SlowAuthority

SOURCE, EXEMPT = paths.client(990), paths.client(991)
TARGET = "www.other.test"
NAMES = (f"alias1.{ZONE}", "short.example.test", "www.example.test")


def sinkholed(name, source=SOURCE):
    found = addresses(ask(name, source=source))
    return bool(found) and found[0].startswith("198.51.100.")


@pytest.mark.parametrize("timeout", [0, 1800], ids=["at-once", "after-a-timeout"])
@pytest.mark.parametrize("chain", ["validator iterator", "subnetcache validator iterator"])
def test_stale_and_then_listed(site, chain, timeout):
    site.settings["module"]["exempt"] = [EXEMPT + "/32"]
    site.write().compile(site.feed("first.txt", "one.example.com\n"))
    extra = f"server:\n    serve-expired: yes\n    serve-expired-ttl: 86400\n    serve-expired-client-timeout: {timeout}\n"
    with SlowAuthority(TARGET + ".") as authority:
        site.resolver(chain=chain, extra=extra + STUB)
        site.await_list()
        real = {}
        for name in NAMES:
            for _ in range(2):
                real[name] = addresses(ask(name, source=SOURCE))
            assert real[name] and not sinkholed(name)
        time.sleep(1.2)  # stale, but for the last
        site.replace_list("--force", site.feed("second.txt", f"{TARGET}\nshort.example.test\nwww.example.test\n"))
        for _ in range(3):
            assert all(sinkholed(name) for name in NAMES)
        for name in NAMES:
            assert addresses(ask(name, source=EXEMPT)) == real[name]
            assert sinkholed(name), "what the exempt client got is for no other"
        authority.running = False  # its servers are dead: that is what stale answers are for
        for name in NAMES[1:]:
            assert sinkholed(name)
        answer = ask(NAMES[0], source=SOURCE, timeout=4)
        assert answer is None or not set(addresses(answer)) & set(real[NAMES[0]])
    assert site.dns_events(action="dns-leaked") == []
    assert site.dns_events(source=EXEMPT) == []
