# SPDX-License-Identifier: BSD-3-Clause
"""mode: the kill switch and the first week's dry run, switched by editing the file alone."""

from harness import paths
from harness.ask import addresses, ask, rcode
from harness.daemon import settle, wait_for

LISTED = "www.kaerunote.com"
SOURCE = paths.client(40)


def switch(site, mode):
    site.settings["mode"] = mode
    site.write()


def genuine(name=LISTED):
    return addresses(ask(name, source=SOURCE)) == [paths.GENUINE4]


def test_switching_while_it_runs(site):
    site.compile()
    resolver = site.resolver()
    site.await_list()
    assert not genuine()
    assert [e["event"]["action"] for e in site.await_dns()] == ["dns-sinkhole"]

    switch(site, "monitor")
    wait_for(genuine, "mode: monitor")
    assert genuine("fresh.kaerunote.com")
    event = site.await_dns(name="fresh.kaerunote.com")[0]
    assert event["event"]["action"] == "dns-monitor" and event["event"]["kind"] == "event"

    switch(site, "off")
    wait_for(lambda: silent(site), "mode: off")
    assert genuine()

    # what was resolved and cached in between is sinkholed again once the log says "in force"
    switch(site, "enforce")
    wait_for(lambda: resolver.log().count("mode enforce") == 2, "mode enforce in force")
    assert not genuine()
    assert not genuine("fresh.kaerunote.com")
    assert site.dns_events(action="dns-leaked") == []


def silent(site):
    before = len(site.dns_events())
    ask("probe.kaerunote.com", source=SOURCE)
    settle(0.3)
    return len(site.dns_events()) == before


def test_responders_see_the_mode_and_the_list_that_are_in_force(site):
    site.compile()
    site.resolver()
    site.await_list()
    wait_for(lambda: " in force." in site.sinkctl("hosts"), "the list in force in sinkctl hosts")
    switch(site, "off")
    wait_for(lambda: "mode off" in site.sinkctl("hosts"), "mode off in sinkctl hosts")
    switch(site, "enforce")
    wait_for(lambda: "MODE:" not in site.sinkctl("hosts"), "mode enforce in sinkctl hosts")


def test_an_alias_of_a_listed_name_whose_servers_are_dead_is_monitored(site):
    """There is no answer to look at: what the servers of the alias said has to be remembered."""
    site.settings["mode"] = "monitor"
    site.write().compile(site.feed("dead.txt", "host.dead.test\n"))
    site.resolver()
    site.await_list()
    assert rcode(ask("deadalias.example.test", source=SOURCE)) == "SERVFAIL"
    event = site.await_dns(source=SOURCE)[0]
    assert event["event"]["action"] == "dns-monitor" and event["sinkhole"]["trigger"] == "cname"
    assert event["rule"]["name"] == "host.dead.test"


def test_an_emptied_settings_file_changes_nothing(site):
    """A full disk under an editor leaves one: it must not undo the kill switch."""
    site.settings["mode"] = "off"
    site.write().compile()
    resolver = site.resolver()
    site.await_list()
    site.path.write_text("")
    wait_for(lambda: "is empty" in resolver.log(), "a complaint in Unbound's log", 10)
    assert genuine() and "mode enforce" not in resolver.log()


def test_a_broken_edit_changes_nothing(site):
    site.compile()
    resolver = site.resolver()
    site.await_list()
    site.write("mode: [this is: no settings file\n")
    wait_for(lambda: "sinkhole.yaml" in resolver.log(), "a complaint in Unbound's log", 10)
    assert not genuine()
    site.write()
    assert not genuine()


def test_exempt_clients_are_neither_sinkholed_nor_recorded(site):
    site.settings["module"]["exempt"] = [paths.client(41) + "/32"]
    site.settings["module"]["monitor-only"] = [paths.client(42) + "/32"]
    site.write().compile()
    site.resolver()
    site.await_list()
    for _ in range(3):
        assert addresses(ask(LISTED, source=paths.client(41))) == [paths.GENUINE4]
        assert addresses(ask(LISTED, source=paths.client(42))) == [paths.GENUINE4]
        assert addresses(ask(LISTED, source=paths.client(43))) != [paths.GENUINE4]
    assert [e["event"]["action"] for e in site.await_dns(3, source=paths.client(42))] == ["dns-monitor"] * 3
    assert [e["event"]["action"] for e in site.await_dns(3, source=paths.client(43))] == ["dns-sinkhole"] * 3
    assert site.dns_events(source=paths.client(41)) == []
