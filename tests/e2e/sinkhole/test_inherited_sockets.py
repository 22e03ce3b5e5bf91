# SPDX-License-Identifier: BSD-3-Clause
"""Sockets that systemd hands over, and what the daemon can never do again."""

import socket

import pytest

from harness import paths
from harness.clients import curl, send_datagram
from harness.daemon import Daemon, run

SINK = "198.51.100.2"
# As systemd does it: descriptors from 3 on, and the number of the process that they are for.
HAND_OVER = "import os, sys; os.environ['LISTEN_PID'] = str(os.getpid()); os.execv(sys.argv[1], sys.argv[1:])"


def bound(kind, address, port, listens=True):
    """An open socket, as a .socket unit has it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    s = socket.socket(family, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind((address, port))
    if kind == socket.SOCK_STREAM and listens:
        s.listen()
    return s


class HandedOver(Daemon):
    def __init__(self, site, sockets, **options):
        self.sockets = sockets
        words = ["/usr/bin/python3", "-c", HAND_OVER, paths.SINKHOLED, "-c", site.path]
        script = site.directory / "hand-over"
        moves = " ".join(f"{number + 3}<&{s.fileno()}" for number, s in enumerate(sockets))
        script.write_text(f'#!/bin/bash\nexec "$@" {moves}\n')
        script.chmod(0o755)
        for s in sockets:
            s.set_inheritable(True)
        self.fds = [s.fileno() for s in sockets]
        super().__init__("sinkholed", [script, *words], site.directory, pass_fds=self.fds,
                         LISTEN_FDS=len(sockets), **options)


@pytest.fixture
def quiet(site):
    site.settings["sinkhole"]["listen"] = [
        {"address": paths.POOL4, "tcp": [80], "udp": [123]}, {"address": "2001:db8:53::1", "tcp": [80]}]
    site.write().compile()
    return site


def test_sockets_of_systemd_are_taken(quiet):
    sockets = [bound(socket.SOCK_STREAM, "2001:db8:53::1", 80, listens=False), bound(socket.SOCK_STREAM, "0.0.0.0", 80),
               bound(socket.SOCK_DGRAM, "0.0.0.0", 123)]
    before = {s.getsockname(): s for s in sockets}
    daemon = HandedOver(quiet, sockets)
    quiet.daemons.append(daemon)
    daemon.wait_ready(lambda: "listening" in daemon.log())
    for s in sockets:
        s.close()
    assert len(before) == 3
    assert curl("http://www.ims.gr.jp/x", SINK, paths.client(600))[0] == 200
    assert send_datagram(b"x", SINK, 123, paths.client(600)) is None
    assert curl("http://www.ims.gr.jp/x", "[2001:db8:53::1]", "2001:db8:10::7")[0] == 200
    events = quiet.await_contacts(2, source=paths.client(600))
    assert {e["destination"]["ip"] for e in events} == {SINK} and "syn" in events[0]["sinkhole"]
    assert quiet.await_contacts(source="2001:db8:10::7")


@pytest.mark.parametrize("port, loops, complaint", [
    (81, 1, "that no entry of listen asks for: tcp 0.0.0.0 port 81"), (80, 2, "loops must be 1")])
def test_what_does_not_fit_is_an_error(quiet, port, loops, complaint):
    quiet.settings["sinkhole"]["loops"] = loops
    quiet.write()
    daemon = HandedOver(quiet, [bound(socket.SOCK_STREAM, "0.0.0.0", port)], expected_status=(1,))
    assert daemon.process.wait(30) == 1
    daemon.check()
    assert complaint in daemon.log()


def test_another_process_sockets_are_not_ours(quiet):
    """LISTEN_PID of somebody else: the environment was inherited, the sockets were not meant for us."""
    daemon = Daemon("sinkholed", [paths.SINKHOLED, "-c", quiet.path], quiet.directory, LISTEN_PID=1, LISTEN_FDS=2)
    quiet.daemons.append(daemon)
    daemon.wait_ready(lambda: "listening" in daemon.log())
    assert curl("http://www.ims.gr.jp/x", SINK, paths.client(601))[0] == 200


def test_the_kernel_forbids_what_it_never_does(quiet):
    daemon = quiet.sinkhole()
    status = run(["cat", f"/proc/{daemon.pid}/status"], check=0).stdout
    assert f"Seccomp:\t{0 if paths.SANITIZED else 2}\n" in status  # the leak check of a sanitizer must be able to trace
    assert "NoNewPrivs:\t1\n" in status
    assert "clock_synchronised" in quiet.states(quiet.contact_log)[0]["sinkhole"], "and not what it needs"
    limits = run(["cat", f"/proc/{daemon.pid}/limits"], check=0).stdout
    assert next(line for line in limits.splitlines() if line.startswith("Max core file size")).split()[4] == "0"


def test_check_config_looks_at_the_log(quiet):
    quiet.settings["sinkhole"]["event-log"] = str(quiet.directory / "nowhere/contacts.jsonl")
    quiet.write()
    result = run([paths.SINKHOLED, "-c", quiet.path, "--check-config"], check=1)
    assert f"{quiet.path}: no events could be written to" in result.stderr and "No such file" in result.stderr
    quiet.settings["sinkhole"] |= {"event-log": str(quiet.contact_log), "user": "nobody"}
    quiet.write()
    result = run([paths.SINKHOLED, "-c", quiet.path, "--check-config"], check=1)
    assert "Permission denied" in result.stderr and not quiet.contact_log.exists()
