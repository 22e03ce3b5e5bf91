# SPDX-License-Identifier: BSD-3-Clause
"""sinkwatch tells people and programs what is new, once."""

import base64
import contextlib
import json
import os
import socket
import sqlite3
import time
from datetime import datetime, timezone

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.clients import PROFILE, beacon, curl, emdivi
from harness.clock import Clock
from harness.daemon import wait_for
from harness.receivers import Mailbox, Webhook, rsyslog
from harness.site import Site, let_everybody_through
from harness.watch import Watch

NAME = "www.toko-ton.com"
C2 = f"http://{NAME}/koushi/detail/index.php"
PORT = 8443
SECRET = bytes(range(24))
HOSTILE = "péché<!channel>`@all`=?UTF-8?Q?x?="


def prepare(site, **alerts):
    """The sensor runs; alerts go to the web server that is returned."""
    hook = Webhook(site.directory, PORT, SECRET)
    secret = site.directory / "secret"
    secret.write_text("whsec_" + base64.b64encode(SECRET).decode() + "\n")
    secret.chmod(0o600)
    site.settings["alerts"] = {"link": "https://sinkhole.example.net/", "outputs": [
        {"name": "soc", "webhook": f"https://127.0.0.1:{PORT}/hook", "secret-file": str(secret), "ca-file": str(hook.certificate)},
    ], **alerts}
    run_sensor(site)
    return hook


def prepare_outputs(site, outputs):
    site.settings["alerts"] = {"outputs": [{"timeout": 8, **output} for output in outputs]}
    run_sensor(site)


def by_recipient(box):
    """The first mail to each of them: on a busy machine one may come twice."""
    return {tuple(recipients): mail for recipients, mail in reversed(box.messages)}


def said_in(lines):
    return [line for line in lines() if line["app-name"] == "sinkwatch"]


def run_sensor(site):
    site.write()
    site.compile()
    site.resolver()
    site.sinkhole()
    site.await_list()


@pytest.fixture
def hook(site):
    with prepare(site) as hook:
        yield hook


def infect(site, host, times=1):
    """One question and one beacon: the `times`th."""
    sink = addresses(ask(NAME, source=host))[0]
    beacon(C2, sink, host, emdivi([("id", "HOST01"), ("x", PROFILE)]))
    site.await_contacts(times, source=host)


def await_sent(watch, host, hits):
    """Until sinkwatch knows of so many contacts of the host, has decided, and has sent all that it wanted to."""
    watch.await_hosts(lambda rows: host in rows and rows[host]["hit"] == hits, f"{hits} contacts of {host}")
    wait_for(lambda: all(output["waiting"] == 0 for output in state(watch.site)["outputs"]), "an empty queue")


def state(site):
    return json.loads(site.sinkctl("alert", "--json"))["alerts"]


def queue(site, statement):
    with contextlib.closing(sqlite3.connect(site.directory / "alerts.db", timeout=20)) as file:
        file.execute(statement)
        file.commit()


def wait_first(watch):
    """Until what was there before is known."""
    wait_for(lambda: "begun" in state(watch.site), "the first look")


def test_one_alert_in_the_end_whatever_fails_on_the_way(site, hook):
    host = paths.client(700)
    hook.status = 503
    with Watch(site) as watch:
        wait_first(watch)
        infect(site, host)
        wait_for(lambda: hook.requests, "the first attempt")
        assert "503" in wait_for(lambda: (t := site.sinkctl("status")) and "FAILS" in t and t, "the failure in the status")
        wait_for(lambda: "ALERTS to" in (page := watch.page()) and "503" in page, "the failure on the page")
        hook.down()
        wait_for(lambda: "connect" in site.sinkctl("alert"), "nothing listens")
        watch.kill()
        hook.status = 200
        hook.up()
        watch.start()
        message = hook.wait(1, "the alert")[0]
        infect(site, host, 2)  # the same again is no news
        await_sent(watch, host, 2)
        assert len(hook.messages) == 1 and len({identity for identity, _, _ in hook.requests}) == 1
        assert all(good for _, _, good in hook.requests), "each attempt is signed"
        assert {k: message[k] for k in ("kind", "reason", "call", "host", "campaign", "url")} == {
            "kind": "host", "reason": "new", "call": "INFECTED", "host": host, "campaign": "emdivi",
            "url": f"https://sinkhole.example.net/host/{host}"}
        for text in (f"INFECTED {host}: emdivi", "a beacon that decodes", "Since: ", "Seen: 1 question, 1 contact\n", "REAL: none on record", "Against: ", message["url"]):
            assert text in message["text"], text
        assert message["row"]["why"] == "beacon" and message["row"]["hit"] == 1

        # People say that it is done, and it comes again. What cannot be noted as sent, as on a full disk, is not sent again.
        site.sinkctl("mark", host, "cleaned")
        hook.on_request = lambda: queue(site, "CREATE TRIGGER IF NOT EXISTS full BEFORE DELETE ON delivery BEGIN SELECT RAISE(ABORT, 'full'); END")
        infect(site, host, 3)
        again = hook.wait(2, "the alert after it was cleaned")[1]
        attempts = len(hook.requests)
        wait_for(lambda: "alerts cannot be kept" in watch.daemon.log(), "the failure")
        queue(site, "DROP TRIGGER full")
        await_sent(watch, host, 3)
        assert len(hook.requests) == attempts
        hook.on_request = lambda: None
        assert again["reason"] == "again" and "it acted after it was cleaned" in again["title"]

        # What was said stays said when the store is made anew.
        site.sinkctl("rebuild")
        infect(site, host, 4)
        await_sent(watch, host, 4)
        assert len(hook.messages) == 2


def test_an_answer_that_is_cut_off_counts_by_its_status(site, hook):
    host = paths.client(707)
    hook.is_cut, hook.status = True, 503
    with Watch(site) as watch:
        wait_first(watch)
        infect(site, host)
        wait_for(lambda: "503" in site.sinkctl("alert"), "the failure")
        hook.status = 200
        hook.wait(1, "the alert", 30)
        await_sent(watch, host, 1)
        assert len(hook.messages) == 1


def test_every_output_takes_what_hosts_may_write(site, tmp_path):
    """Mail through a sendmail and through a server, syslog, a chat, a program: a name of a host that means something to each
    of them means nothing."""
    host = paths.client(710)
    (tmp_path / "hosts").write_text(f"{host} {HOSTILE}\n")
    site.settings["store"]["host-names"] = str(tmp_path / "hosts")
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n[ $# = 2 ] && cat >{tmp_path}/taken.new && mv {tmp_path}/taken.new {tmp_path}/taken.$(id -u)\n")
    program.chmod(0o755)
    sendmail = tmp_path / "sendmail"
    sendmail.write_text('#!/bin/sh\nexec msmtp --host=127.0.0.1 --port=2525 --read-envelope-from "$@"\n')
    sendmail.chmod(0o755)
    (tmp_path / "chat.secret").write_text("plain secret")
    (tmp_path / "chat.address").write_text(f"https://127.0.0.1:{PORT}\n")
    private = [tmp_path / "chat.secret", tmp_path / "chat.address"]
    for path in private:
        path.chmod(0o600)
    with Webhook(tmp_path, PORT, b"plain secret") as chat, Mailbox(2525) as box, rsyslog(tmp_path) as (socket, lines):
        prepare_outputs(site, [
            {"name": "chat", "webhook-file": str(tmp_path / "chat.address"), "body": "text", "ca-file": str(chat.certificate),
             "secret-file": str(tmp_path / "chat.secret")},
            {"name": "sendmail", "mail": ["soc@example.net", "desk@example.net"], "from": "sinkhole@example.net",
             "through": str(sendmail)},
            {"name": "server", "mail": [box.GONE, "third@example.net"], "through": "smtp://127.0.0.1:2525"},
            {"name": "syslog", "syslog": str(socket)},
            {"name": "pager", "program": [str(program), "--urgent", "two words"]},
            {"name": "hangs", "program": ["/bin/sleep", "600"], "timeout": 1},
        ])
        let_everybody_through(tmp_path)
        for path in (tmp_path, *tmp_path.glob("store.db*"), *tmp_path.glob("records.db*"), *private, socket):
            os.chown(path, 65534, 65534)
        with Watch(site, before=("setpriv", "--reuid=65534", "--regid=65534", "--groups=0")) as watch:
            wait_first(watch)
            infect(site, host)
            wait_for(lambda: len(by_recipient(box)) == 2 and chat.messages and said_in(lines) and list(tmp_path.glob("taken.[0-9]*")),
                     "all outputs", 30)
            first = by_recipient(box)
            taken = {path.name: json.loads(path.read_text()) for path in tmp_path.glob("taken.[0-9]*")}
            said = site.sinkctl("alert", "--test", check=1).splitlines()
            assert said[:5] == [f"{name}: taken" for name in ("chat", "sendmail", "server", "syslog", "pager")]
            assert said[5].startswith("hangs: FAILED: ") and "did not end within 1 s" in said[5]
            for path in private:
                path.chmod(0o644)
                said = site.sinkctl("alert", "--test", check=1)
                assert f"chat: FAILED: {path}: " in said and "only some may read" in said
                path.chmod(0o600)
            assert sum("Test of the alerts" in mail["Subject"] for _, mail in box.messages) == 6

    assert set(first) == {("soc@example.net", "desk@example.net"), ("third@example.net",)}
    mail = first["soc@example.net", "desk@example.net"]
    assert mail["From"] == "sinkhole@example.net" and mail["To"] == "soc@example.net, desk@example.net"
    assert mail["Subject"] == f"INFECTED {HOSTILE} ({host}): emdivi" and mail["Auto-Submitted"] == "auto-generated"
    assert f"Host: {HOSTILE}, {host}\n" in mail.get_content()

    text = chat.messages[0]["text"]
    assert set(chat.messages[0]) == {"text"} and all(good for _, _, good in chat.requests)
    assert text.startswith("```\n") and "<" not in text and text.count("```") == 2
    assert text.endswith(f"```\nhttp://127.0.0.1:8053/host/{host}")

    line = said_in(lines)[0]
    fields = line["$!"]["rfc5424-sd"]["sinkhole@32473"]
    assert fields["name"] == HOSTILE and fields["call"] == "INFECTED" and fields["host"] == host
    assert line["msg"].strip() == mail["Subject"] and line["syslogseverity"] == "2"

    assert list(taken) == ["taken.65534"], "without privileges"
    message = taken["taken.65534"]
    assert message["row"]["name"] == HOSTILE and message["host"] == host


def test_an_output_that_hangs_holds_up_no_other(site):
    """A receiver that takes the connection and never answers; its first attempt lasts longer than this test."""
    hosts = [paths.client(n) for n in range(715, 718)]
    with socket.create_server(("127.0.0.1", 8444)), Mailbox(2525) as box:
        prepare_outputs(site, [
            {"name": "dead", "webhook": "http://127.0.0.1:8444/", "timeout": 300},
            {"name": "mail", "mail": ["soc@example.net"], "through": "smtp://127.0.0.1:2525"},
        ])
        with Watch(site) as watch:
            wait_first(watch)
            for number, host in enumerate(hosts, 1):
                infect(site, host)
                wait_for(lambda: len(box.messages) == number and state(site)["outputs"][0]["waiting"] == number, "the mail", 15)
                assert host in box.messages[-1][1]["Subject"]
            assert [(o["failed"], o["waiting"]) for o in state(site)["outputs"]] == [(0, 3), (0, 0)]
            # The page does not wait for who writes into the queue.
            def waiting():
                return [output["waiting"] for output in watch.json("/status.json")["alerts"]["outputs"]]

            wait_for(lambda: waiting() == [3, 0], "the page to know", 20)
            with contextlib.closing(sqlite3.connect(site.directory / "alerts.db", timeout=20, isolation_level=None)) as file:
                file.execute("BEGIN EXCLUSIVE")
                begun = time.monotonic()
                assert "INFECTED" in watch.page() and waiting() == [3, 0]
                assert time.monotonic() - begun < 10
            # Other settings do not wait for it, either.
            site.settings["alerts"]["outputs"].pop(0)
            site.write()
            wait_for(lambda: "dead" not in site.sinkctl("alert"), "the settings")
            infect(site, paths.client(718))
            wait_for(lambda: len(box.messages) == 4, "a mail by the new settings", 15)
            site.settings["alerts"]["outputs"].insert(0, {"name": "dead", "webhook": "http://127.0.0.1:8444/", "timeout": 300})
            site.write()
            infect(site, paths.client(719))
            wait_for(lambda: len(box.messages) == 5 and state(site)["outputs"][0]["waiting"] == 1, "one more", 15)
            begun = time.monotonic()
        assert time.monotonic() - begun < 10, "the attempt is given up when sinkwatch stops"


def test_what_was_there_before_comes_in_one_message_and_trouble_is_said(site, hook):
    """Also: nothing of drills, and the end of a trouble."""
    old = [paths.client(n) for n in range(720, 723)]
    site.settings["roles"] = [{"networks": [f"{paths.client(725)}/32"], "role": "drill"}]
    site.write()
    for host in old:
        infect(site, host)
    with Watch(site) as watch:
        digest = hook.wait(1, "the first message")[0]
        assert digest["kind"] == "digest" and digest["title"] == "3 hosts known from before: 3 INFECTED"
        assert [m["host"] for m in digest["alerts"]] == old and all(host in digest["text"] for host in old)
        infect(site, paths.client(725))
        await_sent(watch, paths.client(725), 1)
        assert len(hook.messages) == 1
        site.settings["alerts"]["patience"] = 0
        site.write()
        site.daemons[1].stop()
        trouble = hook.wait(2, "the sensor that was stopped")[1]
        assert trouble["kind"] == "sinkhole" and "NOT LOOKING: contacts was stopped" in trouble["title"]
        site.daemons.pop()
        site.sinkhole()
        over = hook.wait(3, "that it looks again")[2]
        assert over["begun"] == [] and "NOT LOOKING: contacts was stopped" in over["over"][0]


def test_quiet_hours_end_in_one_message_and_a_limit_in_another(authority, tmp_path):
    """The clock is the test's: it begins at 23:50, and the night ends at 7:00."""
    clock = Clock(tmp_path, datetime(2026, 12, 1, 23, 50, tzinfo=timezone.utc))
    with contextlib.ExitStack() as stack:
        site = Site(tmp_path, authority, environment=clock.environment)
        stack.callback(site.stop)
        hook = stack.enter_context(prepare(site, **{"quiet": ["22:00-07:00"], "calls": ["INFECTED", "POSSIBLE"], "max-per-hour": 2}))
        watch = stack.enter_context(Watch(site, **clock.environment))
        wait_first(watch)
        infect(site, paths.client(730))
        assert hook.wait(1, "the infected host, whatever the hour")[0]["call"] == "INFECTED"
        asks = [paths.client(n) for n in range(731, 734)]
        for host in asks:
            ask(NAME, source=host)
        wait_for(lambda: state(site)["held"] == 3, "what is kept until the morning", 20)
        assert len(hook.messages) == 1
        # What people have looked at meanwhile is no news in the morning.
        ask(NAME, source=paths.client(735))
        ask(NAME, source=paths.client(736))
        wait_for(lambda: state(site)["held"] == 5, "two that somebody looks at", 20)
        site.sinkctl("mark", paths.client(735), "false-alarm")
        site.sinkctl("mark", paths.client(736), "acknowledged")
        wait_for(lambda: state(site)["held"] == 3, "theirs to be dropped", 20)
        clock.set(datetime(2026, 12, 2, 6, 59, 30, tzinfo=timezone.utc))
        ask(NAME, source=paths.client(734))
        wait_for(lambda: state(site)["held"] == 4, "one more")
        clock.set(datetime(2026, 12, 2, 7, 0, 1, tzinfo=timezone.utc))
        ask(NAME, source=paths.client(730))
        morning = hook.wait(2, "the message of the morning")[1]
        assert morning["kind"] == "digest" and morning["title"] == "4 more alerts: 4 POSSIBLE"
        assert all(f"POSSIBLE {host}: emdivi, since " in morning["text"] for host in asks)

        # An outbreak: one of the hour is left, then one message for all others, then silence.
        outbreak = [paths.client(n) for n in range(740, 748)]
        for host in outbreak[:4]:
            ask(NAME, source=host)
        wait_for(lambda: sum(m.get("count", 1) for m in hook.messages[2:]) + state(site)["held"] == 4, "all of the outbreak", 20)
        for host in outbreak[4:]:
            ask(NAME, source=host)
        wait_for(lambda: sum(m.get("count", 1) for m in hook.messages[2:]) + state(site)["held"] == 8, "all of the rest", 20)
        assert len(hook.messages) == 4 and hook.messages[2]["kind"] == "host" and hook.messages[3]["kind"] == "digest"
        clock.set(datetime(2026, 12, 2, 8, 0, 2, tzinfo=timezone.utc))
        ask(NAME, source=paths.client(730))
        assert "more alert" in hook.wait(5, "the rest of the hour")[4]["title"]
        assert sum(m.get("count", 1) for m in hook.messages[2:]) == 8
