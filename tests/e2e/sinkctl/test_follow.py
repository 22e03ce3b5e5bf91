# SPDX-License-Identifier: BSD-3-Clause
"""sinkctl follow: what the sensors write is shown as it is written, once, through rotations."""

import json
import signal

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.clients import curl
from harness.daemon import Daemon, wait_for

BEFORE, HOST, OTHER = paths.client(945), paths.client(946), paths.client(947)
LISTED = "www.kaerunote.com"


@pytest.fixture(scope="module")
def running(sensor):
    ask(LISTED, source=BEFORE)
    sensor.await_dns(source=BEFORE)
    return sensor


@pytest.fixture
def follow(running):
    """Starts it with these words; it is following once a new question is shown."""
    started = []

    def start(name, *words):
        daemon = Daemon(name, [paths.SINKCTL, "follow", "-c", running.path, *words], running.directory,
                        expected_status=(-signal.SIGTERM,))
        started.append(daemon)

        def shows():
            ask(LISTED, source=HOST)
            return HOST in daemon.log()

        wait_for(shows, "the first event", pause=0.2)
        return daemon

    yield start
    for daemon in started:
        daemon.stop()


def test_questions_and_contacts_are_shown_once_through_a_rotation(running, follow):
    shown = follow("all", "--json")
    curl(f"http://{LISTED}/first", addresses(ask(LISTED, source=OTHER))[0], OTHER)
    wait_for(lambda: "/first" in shown.log(), "the contact")
    running.dns_log.rename(running.dns_log.with_name("dns.jsonl.1"))
    # The writer notices the new name within a second; what it writes until then is in the old file.
    wait_for(lambda: ask(LISTED, source=OTHER) and running.dns_log.exists(), "a new log", pause=0.2)
    ask(LISTED, "AAAA", source=OTHER)
    wait_for(lambda: '"AAAA"' in shown.log(), "a question in the new log")
    lines = [json.loads(line) for line in shown.log().splitlines()]
    ids = [line["event"]["id"] for line in lines]
    assert len(ids) == len(set(ids))
    assert {line["source"]["ip"] for line in lines if "source" in line} == {HOST, OTHER}


def test_one_host_is_shown_alone_as_events_shows_it(running, follow):
    shown = follow("one", "--host", HOST)
    ask(LISTED, source=OTHER)
    running.await_dns(source=OTHER)
    ask("www.kaerunote.com", "AAAA", source=HOST)
    wait_for(lambda: " AAAA" in shown.log(), "the last question")
    lines = shown.log().splitlines()
    assert lines and all(HOST in line and len(line) <= 80 for line in lines)
    assert set(lines) <= set(running.sinkctl("events", "--host", HOST).splitlines())
