# SPDX-License-Identifier: BSD-3-Clause
"""What sinkholed may do: nothing but what its user may, never more again, and no connection out."""

import json
import os
import pwd
import re
import shutil
import signal
import socket
from pathlib import Path

import pytest

from harness import paths
from harness.clients import PROFILE, beacon, curl, emdivi, send_datagram, send_raw
from harness.daemon import Daemon, run, wait_for
from harness.site import let_everybody_through

SINK = "198.51.100.9"
URL = "http://www.sekisan.biz/x"
USER = pwd.getpwnam("nobody")
AS_USER = ("setpriv", f"--reuid={USER.pw_uid}", f"--regid={USER.pw_gid}", "--clear-groups")


def belongs_to(site, user):
    """The logs' directory is the user's own, the way to everything else is open."""
    os.chown(site.contact_log.parent, user.pw_uid, user.pw_gid)
    let_everybody_through(site.directory)
    return site


@pytest.fixture
def owned(site):
    site.settings["sinkhole"]["user"] = USER.pw_name
    site.write().compile()
    return belongs_to(site, USER)


@pytest.fixture
def high_ports(site):
    site.settings["sinkhole"]["listen"] = [{"address": paths.POOL4, "tcp": [8080], "udp": [1230]}]
    site.write().compile()
    return belongs_to(site, USER)


def status_of_threads(daemon):
    """One dictionary a thread: {"Uid": ["0", "0", "0", "0"], ...}."""
    found = []
    for file in Path(f"/proc/{daemon.pid}/task").glob("*/status"):
        lines = (line.split(":", 1) for line in file.read_text().splitlines())
        found.append({key: value.split() for key, value in lines})
    return found


def has_no_rights(status):
    assert status["Uid"] == [str(USER.pw_uid)] * 4
    assert status["Gid"] == [str(USER.pw_gid)] * 4
    assert set(status["Groups"]) <= {str(USER.pw_gid)}
    assert all(int(status[f"Cap{which}"][0], 16) == 0 for which in ("Eff", "Prm", "Inh", "Amb"))
    assert status["NoNewPrivs"] == ["1"]


@pytest.mark.parametrize("loops", [1, 4])
def test_started_as_root_every_thread_is_the_user(owned, loops):
    owned.settings["sinkhole"]["loops"] = loops
    daemon = owned.write().sinkhole("setpriv", "--groups=0,4")  # as a login shell of root has them
    threads = status_of_threads(daemon)
    assert len(threads) > loops, "the loops, the log's writer, who waits for signals"
    for status in threads:
        has_no_rights(status)


def test_what_it_writes_is_the_users(owned):
    """Events of a port that root alone may open; the new log after a rotation, too."""
    owned.sinkhole()
    assert curl(URL, SINK, paths.client(1000)) == (200, "")
    owned.await_contacts(source=paths.client(1000))
    owned.contact_log.rename(owned.contact_log.with_suffix(".1"))
    wait_for(owned.contact_log.exists, "a new log")
    for log in (owned.contact_log, owned.contact_log.with_suffix(".1")):
        found = log.stat()
        assert (found.st_uid, found.st_gid) == (USER.pw_uid, USER.pw_gid)
        assert found.st_mode & 0o007 == 0, "no other user reads it"


def test_a_reload_and_a_new_list_need_no_root(owned):
    daemon = owned.sinkhole()
    owned.settings["sinkhole"]["beacon-status"] = 404
    owned.write()
    daemon.signal(signal.SIGHUP)
    wait_for(lambda: curl(URL, SINK, paths.client(1001))[0] == 404, "the new settings")
    owned.compile(owned.feed("more.txt", "just-listed.example\n"))
    wait_for(lambda: daemon.log().count("in force") == 2, "the new list")


def test_a_log_that_the_user_cannot_write_stops_the_start(owned):
    os.chown(owned.contact_log.parent, 0, 0)
    result = run([paths.SINKHOLED, "-c", owned.path], check=1)
    assert str(owned.contact_log.parent) in result.stderr and "Permission denied" in result.stderr


def line_of(path, text):
    """As file:line, the way complaints name it."""
    number = next(n for n, line in enumerate(path.read_text().splitlines(), 1) if text in line)
    return f"{path}:{number}: "


@pytest.mark.parametrize("words", [(), ("--check-config",)], ids=["start", "check"])
def test_a_user_that_does_not_exist_is_refused(site, words):
    site.settings["sinkhole"]["user"] = "no-such-user"
    site.write().compile()
    result = run([paths.SINKHOLED, "-c", site.path, *words], check=1)
    assert line_of(site.path, "no-such-user") in result.stderr and "there is no user 'no-such-user'" in result.stderr
    assert not site.contact_log.exists()


def test_without_root_on_high_ports(high_ports):
    daemon = high_ports.sinkhole(*AS_USER)
    for status in status_of_threads(daemon):
        has_no_rights(status)
    source = paths.client(1002)
    assert curl("http://www.sekisan.biz:8080/x", SINK, source) == (200, "")
    assert send_datagram(b"ntp", SINK, 1230, source) is None
    high_ports.await_contacts(2, source=source)
    high_ports.stop()
    assert high_ports.states(high_ports.contact_log)[-1]["sinkhole"]["reason"] == "stop"


def test_without_root_the_own_user_may_stand_in_the_settings(high_ports):
    high_ports.settings["sinkhole"]["user"] = USER.pw_name
    high_ports.write().sinkhole(*AS_USER)
    assert curl("http://www.sekisan.biz:8080/x", SINK, paths.client(1003)) == (200, "")


def test_without_root_another_user_is_refused(high_ports):
    high_ports.settings["sinkhole"]["user"] = "unbound"
    high_ports.write()
    result = run([*AS_USER, paths.SINKHOLED, "-c", high_ports.path], check=1)
    assert "only root can become user 'unbound'" in result.stderr


def test_without_root_low_ports_are_refused(high_ports):
    high_ports.settings["sinkhole"]["listen"] = [{"address": paths.POOL4, "tcp": [80]}]
    high_ports.write()
    result = run([*AS_USER, paths.SINKHOLED, "-c", high_ports.path], check=1)
    assert re.search(rf"{high_ports.path}:\d+: cannot listen on .* port 80 \(tcp\): Permission denied", result.stderr)


class ServiceManager:
    """Whom NOTIFY_SOCKET names."""

    def __init__(self, directory, abstract):
        self.name = f"@unbound-sinkhole-test-{os.getpid()}" if abstract else str(directory / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + self.name[1:] if abstract else self.name)
        self.socket.settimeout(10)
        if not abstract:
            Path(self.name).chmod(0o777)

    def next(self):
        return self.socket.recv(4096).decode().splitlines()

    def is_silent(self):
        self.socket.setblocking(False)
        try:
            return not self.socket.recv(4096)
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(10)


@pytest.fixture(params=[False, True], ids=["path", "abstract"])
def manager(tmp_path, request):
    manager = ServiceManager(tmp_path, request.param)
    yield manager
    manager.socket.close()


def test_the_service_manager_hears_of_start_and_stop(owned, manager):
    daemon = Daemon("sinkholed", [paths.SINKHOLED, "-c", owned.path], owned.directory, NOTIFY_SOCKET=manager.name)
    owned.daemons.append(daemon)
    assert "READY=1" in manager.next()
    # After READY=1 there is nothing more to wait for.
    assert curl(URL, SINK, paths.client(1004)) == (200, "")
    assert manager.is_silent()
    daemon.signal(signal.SIGTERM)
    assert "STOPPING=1" in manager.next()
    daemon.process.wait(10)
    assert manager.is_silent()


def test_readiness_is_not_announced_if_the_start_fails(owned, manager):
    shutil.rmtree(owned.contact_log.parent)
    run([paths.SINKHOLED, "-c", owned.path], check=1, NOTIFY_SOCKET=manager.name)
    assert manager.is_silent()


def test_a_service_manager_that_is_gone_is_no_reason_to_stop(owned, tmp_path):
    owned.sinkhole(NOTIFY_SOCKET=tmp_path / "nobody-there")
    assert curl(URL, SINK, paths.client(1005)) == (200, "")


class Outgoing:
    """Counts what a user's programs send on their own account: the kernel's own count, before anything leaves."""

    RULES = """table inet test-outgoing {{
        counter connections {{}}
        counter datagrams {{}}
        chain output {{
            type filter hook output priority 0
            meta skuid {uid} tcp flags & (syn | ack) == syn counter name connections
            meta skuid {uid} meta l4proto != tcp counter name datagrams
        }}
    }}"""

    def __enter__(self):
        run(["nft", "-f", "-"], input=self.RULES.format(uid=USER.pw_uid), check=0)
        return self

    def __exit__(self, *_):
        run(["nft", "delete", "table", "inet", "test-outgoing"], check=0)

    def counts(self):
        found = json.loads(run(["nft", "-j", "list", "counters"], check=0).stdout)["nftables"]
        return {c["counter"]["name"]: c["counter"]["packets"] for c in found if "counter" in c}


@pytest.fixture
def elsewhere():
    """A server that would be glad to be called."""
    with socket.create_server((paths.client(1010), 8000)) as server:
        server.settimeout(0.5)
        yield f"{paths.client(1010)}:8000"
        with pytest.raises(TimeoutError):
            server.accept()


def test_no_request_makes_it_connect_elsewhere(owned, elsewhere):
    source = paths.client(1011)
    owned.settings["sinkhole"] |= {"tls": "probe", "trusted-proxies": [source + "/32"]}
    owned.write().sinkhole()
    with Outgoing() as outgoing:
        for request in (f"CONNECT {elsewhere} HTTP/1.1\r\nHost: {elsewhere}\r\n\r\nGET / HTTP/1.1\r\nHost: {elsewhere}\r\n\r\n",
                        f"GET http://{elsewhere}/x HTTP/1.1\r\nHost: {elsewhere}\r\n\r\n",
                        f"GET http://www.sekisan.biz/x HTTP/1.1\r\nHost: {elsewhere}\r\nReferer: http://{elsewhere}/\r\n"
                        f"X-Forwarded-For: {elsewhere.split(':')[0]}\r\n\r\n"):
            assert send_raw(request.encode(), SINK, 80, source).startswith(b"HTTP/1.1 200 ")
        assert curl(f"http://{elsewhere}/y", SINK, source, "-x", f"http://{SINK}:8080")[0] == 200
        assert curl("https://www.sekisan.biz/z", SINK, source, "-k")[0] == 200
        assert beacon("http://www.sekisan.biz/wp-content/plugins/akismet/state/index.php", SINK, source,
                      emdivi([("abc", PROFILE)]))[0] == 200
        send_raw(b"\x05\x01\x00" + elsewhere.encode(), SINK, 443, source)
        assert send_datagram(b"\x1b" + bytes(47), SINK, 123, source, timeout=0.3) is None
        owned.await_contacts(9, source=source)
        owned.stop()
        assert outgoing.counts() == {"connections": 0, "datagrams": 0}

        # And it does count: a program of that user that does call, and one that sends a datagram.
        probe = "import socket; socket.create_connection(('198.51.100.77', 9), 1)"
        run([*AS_USER, "/usr/bin/python3", "-c", probe])
        probe = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('198.51.100.77', 9))"
        run([*AS_USER, "/usr/bin/python3", "-c", probe])
        assert outgoing.counts()["connections"] > 0 and outgoing.counts()["datagrams"] > 0
