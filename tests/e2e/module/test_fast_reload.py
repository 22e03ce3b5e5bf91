# SPDX-License-Identifier: BSD-3-Clause
"""unbound-control fast_reload: Unbound changes its configuration under the running module, which it neither ends nor starts.

Wants an Unbound from 1.23 on; conftest.py leaves it out with an older one."""

import threading

from harness import paths
from harness.ask import addresses, ask, ask_all_the_time
from harness.daemon import wait_for

SOURCE = paths.client(1900)
LISTED, UNLISTED = "www.kaerunote.com", "www.example.test"
ROUNDS = 12


def found(name):
    return addresses(ask(name, source=SOURCE))


def sinkholed(name):
    return [a.rpartition(".")[0] for a in found(name)] == ["198.51.100"]


def test_queries_go_on_while_sizes_and_lists_change(running):
    """Each round has other cache sizes; every third has another list as well."""
    resolver = running.daemons[0]
    text = resolver.config.read_text()
    answers = {}

    def ask_many(name):
        answers[name] = ask_all_the_time(name, 6)

    clients = [threading.Thread(target=ask_many, args=(name,)) for name in (LISTED, UNLISTED)]
    for client in clients:
        client.start()
    for number in range(ROUNDS):
        size = 1 << (number % 4)
        resolver.config.write_text(text.replace("msg-cache-size: 4m", f"msg-cache-size: {size}m")
                                   .replace("rrset-cache-size: 8m", f"rrset-cache-size: {2 * size}m"))
        assert "ok" in resolver.control("fast_reload")
        if number % 3 == 2:
            name = f"n{number}.example.com"
            assert found(name) and not sinkholed(name)
            running.replace_list("--force", paths.EMDIVI_FEED, running.feed("more.txt", f"{name}\n"))
            assert sinkholed(name)
    for client in clients:
        client.join()
    assert len(answers[LISTED]) > 100 and len(answers[UNLISTED]) > 100
    assert all(len(a) == 1 and a[0].startswith("198.51.100.") for a in answers[LISTED])
    assert set(answers[UNLISTED]) == {tuple(found(UNLISTED))}
    assert running.dns_events(action="dns-leaked") == []
    assert resolver.log().count("start of service") == 1


def test_what_needs_a_reload_or_a_restart(running):
    """The module that is loaded and its place in the chain stay; settings and list are watched as always."""
    resolver = running.daemons[0]
    text = resolver.config.read_text()
    assert sinkholed(LISTED)
    resolver.config.write_text(text.replace("dynlib validator iterator", "validator iterator").split("dynlib:\n")[0])
    assert "ok" in resolver.control("fast_reload")
    assert sinkholed(LISTED)
    running.settings["mode"] = "off"
    running.write()
    wait_for(lambda: found(LISTED) == [paths.GENUINE4], "mode: off", 10)
