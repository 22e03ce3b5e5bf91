# SPDX-License-Identifier: BSD-3-Clause
"""dns.jsonl: one event per reply handed to a client."""

import re
import threading

from harness import paths
from harness.ask import addresses, ask

LISTED = "www.kaerunote.com"


def test_what_an_event_says(sensor):
    source = paths.client(30)
    answer = ask("mail.kaerunote.com", source=source)
    event = sensor.await_dns(source=source)[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["@timestamp"])
    assert event["ecs"]["version"] == "8.11.0"
    assert event["event"]["kind"] == "alert"
    assert event["event"]["action"] == "dns-sinkhole"
    assert event["event"]["dataset"] == "sinkhole.dns"
    assert isinstance(event["event"]["category"], list) and isinstance(event["event"]["type"], list)
    assert event["observer"]["name"] == "e2e"
    assert event["source"]["port"] > 0
    assert event["network"]["transport"] == "udp" and event["network"]["protocol"] == "dns"
    assert event["dns"]["question"] == {"name": "mail.kaerunote.com", "type": "A", "class": "IN"}
    assert event["dns"]["response_code"] == "NOERROR"
    assert event["dns"]["resolved_ip"] == addresses(answer)
    assert event["rule"]["id"] == "emdivi/kaerunote.com"
    assert event["rule"]["name"] == "kaerunote.com" and event["rule"]["ruleset"] == "emdivi"
    assert event["threat"]["indicator"] == {"type": "domain-name", "name": "kaerunote.com"}
    assert event["threat"]["software"]["name"] == "Emdivi"
    ours = event["sinkhole"]
    assert ours["action"] == "sinkhole" and ours["trigger"] == "qname" and ours["campaign"] == "emdivi"
    assert ours["campaign_address"] == addresses(answer)[0]
    assert ours["list_serial"] > 0
    assert "drill" not in ours


def test_one_event_per_reply(sensor):
    source = paths.client(31)
    asked = [(name, rdtype, tcp) for name in (LISTED, "MAIL.muku-mori.com", "www.a-masato.jp")
             for rdtype in ("A", "AAAA", "HTTPS", "MX", "A") for tcp in (False, True)]
    for name, rdtype, tcp in asked:
        ask(name, rdtype, source=source, tcp=tcp)
    events = sensor.await_dns(len(asked), source=source)
    assert len(events) == len(asked)
    assert [(e["dns"]["question"]["name"], e["dns"]["question"]["type"], e["network"]["transport"] == "tcp")
            for e in events] == [(name.lower(), rdtype, tcp) for name, rdtype, tcp in asked]


def test_many_clients_at_once(sensor):
    """Every client of a burst for one name has its own reply and its own event."""
    sources = [paths.client(number) for number in range(1000, 1200)]
    threads = [threading.Thread(target=ask, args=("burst.kaerunote.com",), kwargs={"source": s}) for s in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = sensor.await_dns(len(sources), name="burst.kaerunote.com")
    assert sorted(e["source"]["ip"] for e in events) == sorted(sources)


def test_an_event_names_an_ipv6_client(sensor):
    ask(LISTED, source="2001:db8:10::8", server="2001:db8:53::1")
    assert sensor.await_dns(source="2001:db8:10::8")


def test_odd_labels_stay_text(sensor):
    import dns.name

    name = dns.name.Name([b'a"b\\c', b"\x00\xff\n", b"x.y", b"kaerunote", b"com", b""])
    from harness.ask import question

    query = question("placeholder.test")
    query.question[0].name = name
    ask(query, source=paths.client(32))
    event = sensor.await_dns(source=paths.client(32))[0]
    assert event["dns"]["question"]["name"].endswith(".kaerunote.com")
    assert "\n" not in event["dns"]["question"]["name"]


def test_ids_leave_no_hole(sensor):
    sensor.await_dns(1)
    starts = {}
    for event in sensor.dns_events() + sensor.states():
        start, ring, sequence = event["event"]["id"].rsplit("-", 2)
        assert int(sequence) == event["event"]["sequence"]
        starts.setdefault((start, ring), []).append(int(sequence))
    for numbers in starts.values():
        assert sorted(numbers) == list(range(min(numbers), max(numbers) + 1))


def test_the_log_says_that_it_is_looking(sensor):
    state = sensor.states()[0]
    assert state["event"]["kind"] == "metric"
    assert state["sinkhole"]["reason"] == "start"
    assert state["sinkhole"]["mode"] == "enforce"
