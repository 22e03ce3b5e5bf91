# SPDX-License-Identifier: BSD-3-Clause
"""Clients that attack the daemon: it goes on, answers others, and every connection is in its log."""

import base64
import hashlib
import itertools
import random
import signal
import socket
import struct
import time

import pytest

from harness import losses, paths
from harness.clients import BROWSER, client_hello, curl, send_raw
from harness.daemon import run, wait_for
from harness.site import field

SINK = "198.51.100.9"
NAME = "www.sekisan.biz"
GET = f"GET /x HTTP/1.1\r\nHost: {NAME}\r\n".encode()
POST = f"POST /x HTTP/1.1\r\nHost: {NAME}\r\n".encode()
PLAIN, PROXIED, UDP = 8081, 8082, 1230
REQUEST_TIMEOUT, IDLE_TIMEOUT = 2, 1


@pytest.fixture
def sink(site):
    """Short time-outs, and TLS answered as far as it goes."""
    site.settings["sinkhole"] |= {
        "tls": "probe", "idle-timeout": IDLE_TIMEOUT, "request-timeout": REQUEST_TIMEOUT, "max-connections-per-host": 500,
        "max-events": 10000000, "max-events-per-host": 10000000, **losses.NO_BYTE_LIMIT,
        "listen": [{"address": paths.POOL4, "tcp": [PLAIN], "udp": [UDP]},
                   {"address": paths.POOL4, "tcp": [PROXIED], "proxy-protocol": True}]}
    site.write().compile()
    site.daemon = site.sinkhole()
    return site


# The kernel would choose one twice now and then, and two connections of one address and port look like one.
PORTS = itertools.count(16384)


def connect(source, port=PLAIN, room=None):
    """room: the bytes that it takes without being read; None: as many as the kernel likes."""
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if room:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.settimeout(10)
    s.bind((source, next(PORTS)))
    s.connect((SINK, port))
    return s


def raw_of(event):
    raw = event["sinkhole"]["raw"]
    data = base64.b64decode(raw["data"])
    assert len(data) == raw["kept"] <= raw["bytes"]
    if raw["kept"] == raw["bytes"]:
        assert hashlib.sha256(data).hexdigest() == raw["sha256"]
    return data


def serves_others(site):
    assert site.daemon.running()
    assert curl(f"http://{NAME}:{PLAIN}/others", SINK, paths.client(1700)) == (200, "")


def comes_out_even(site):
    """Stops it. Every connection and datagram that it took is in its log: as an event, or in a count."""
    site.stop()
    last = site.states(site.contact_log)[-1]["sinkhole"]
    assert last["lost"] == 0 and last["connections_open"] == 0
    contacts = site.contacts()
    assert last["events"] + last["fold_events"] == len(contacts)
    recorded = {(e["source"]["ip"], e["source"]["port"], e["network"]["transport"]) for e in contacts
             if not e["event"]["action"].endswith("-folded")}
    folded = sum(e["sinkhole"]["repeat"] for e in contacts if e["event"]["action"].endswith("-folded"))
    connections = sum(transport == "tcp" for _, _, transport in recorded)
    datagrams = sum(e["event"]["action"] == "udp-datagram" for e in contacts)
    assert connections + datagrams + folded == last["connections"] + last["datagrams"]
    assert folded == last["folded"]
    return last


# Random bytes wherever the protocol is

HELLO = client_hello(NAME)
POSITIONS = {
    "first": (PLAIN, b""),
    "after a method": (PLAIN, b"GET "),
    "in a header": (PLAIN, GET),
    "in a header's value": (PLAIN, GET + b"User-Agent: "),
    "in the Host": (PLAIN, b"GET / HTTP/1.1\r\nHost: "),
    "in a length": (PLAIN, POST + b"Content-Length: "),
    "in a body": (PLAIN, POST + b"Content-Length: 500\r\n\r\n"),
    "in a body without length": (PLAIN, POST + b"\r\n"),
    "in a chunk's size": (PLAIN, POST + b"Transfer-Encoding: chunked\r\n\r\n"),
    "after a chunk": (PLAIN, POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde"),
    "in a cookie": (PLAIN, GET + b"Cookie: abc="),
    "behind a request": (PLAIN, GET + b"\r\n"),
    "in a tunnel": (PLAIN, f"CONNECT {NAME}:443 HTTP/1.1\r\n\r\n".encode()),
    "in a tunnel's target": (PLAIN, b"CONNECT "),
    "in a hello": (PLAIN, HELLO[:50]),
    "in a hello's record": (PLAIN, b"\x16\x03\x01"),
    "in a hello's extensions": (PLAIN, HELLO[:9] + HELLO[9:120]),
    "behind a hello": (PLAIN, HELLO),
    "in a record behind a hello": (PLAIN, HELLO + b"\x14\x03\x03\x00\x01\x01\x16\x03\x03\x00\x40"),
    "in a PROXY line": (PROXIED, b"PROXY TCP4 "),
    "in a PROXY header": (PROXIED, b"\r\n\r\n\0\r\nQUIT\n"),
    "in a PROXY header's addresses": (PROXIED, b"\r\n\r\n\0\r\nQUIT\n\x21\x11"),
    "instead of a PROXY header": (PROXIED, b""),
}
MANNERS = ("close", "reset", "wait")


def abuse(seed, port, start, source):
    """One connection. Returns its port."""
    dice = random.Random(seed)
    data = start + dice.randbytes(dice.choice((1, 3, 20, 200, 3000)))
    manner = dice.choice(MANNERS)
    with connect(source, port) as s:
        mine = s.getsockname()[1]
        try:
            cut = dice.randrange(len(data) + 1)
            s.sendall(data[:cut])
            s.sendall(data[cut:])
            if manner == "close":
                s.shutdown(socket.SHUT_WR)
            if manner == "reset":
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif dice.random() < 0.1:
                s.recv(4096)
        except OSError:
            pass
    return mine


@pytest.mark.parametrize("position", POSITIONS)
def test_random_bytes_are_recorded_and_harm_nothing(sink, position):
    port, start = POSITIONS[position]
    called = set()
    for seed in range(60):
        source = paths.client(1600 + seed % 20)
        called.add((source, abuse(f"{position} {seed}", port, start, source)))
    serves_others(sink)
    comes_out_even(sink)
    assert called <= {(e["source"]["ip"], e["source"]["port"]) for e in sink.contacts()}
    sink.sinkctl("hosts")
    sink.sinkctl("status")


def test_random_datagrams_are_recorded_or_counted(sink):
    dice = random.Random("datagrams")
    sent = [dice.randbytes(dice.choice((0, 1, 20, 1400, 9000))) for _ in range(200)]
    for number, data in enumerate(sent):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((paths.client(1600 + number % 20), 0))
            s.sendto(data, (SINK, UDP))
    serves_others(sink)
    last = comes_out_even(sink)
    assert last["datagrams"] + last["kernel_datagrams_dropped"] == len(sent) and last["datagrams"] > 20
    recorded = {(e["sinkhole"]["raw"]["bytes"], e["sinkhole"]["raw"]["sha256"]) for e in sink.contacts(action="udp-datagram")
                if "raw" in e["sinkhole"]}
    assert recorded <= {(len(data), hashlib.sha256(data).hexdigest()) for data in sent}


# Those who take their time


def drip(sockets, seconds):
    """A byte each to every one that is still open, ten times a second; returns {name: (bytes sent, seconds lived)}."""
    ends, began, sent = {}, time.monotonic(), 0
    while len(ends) < len(sockets):
        assert time.monotonic() - began < seconds, f"still open: {set(sockets) - set(ends)}"
        for name, (s, data) in sockets.items():
            if name in ends:
                continue
            try:
                s.setblocking(False)
                if s.recv(4096) == b"":
                    ends[name] = sent, time.monotonic() - began
                    continue
            except BlockingIOError:
                pass
            except ConnectionError:
                ends[name] = sent, time.monotonic() - began
                continue
            try:
                s.send(data[sent:sent + 1])
            except OSError:
                pass
        sent += 1
        time.sleep(0.1)
    return ends


SLOW = {
    "head": (b"", GET + b"X: " + b"y" * 200, "http-malformed", "head-incomplete"),
    "first word": (b"PROP", b"F" * 300, "tcp-data", None),
    "body": (POST + b"Content-Length: 500\r\n\r\n", b"z" * 500, "http-malformed", "body-incomplete"),
    "chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n" * 50, "http-malformed", "body-incomplete"),
    "body without length": (POST + b"\r\n", b"z" * 300, "http-request", None),
    "raw": (b"\x00", b"\x01" * 300, "tcp-data", None),
    "hello": (HELLO[:6], HELLO[6:], "tls-malformed", "hello-incomplete"),
    "handshake": (HELLO, b"\x17\x03\x03\x01\x00" + bytes(256), "tls-client-hello", None),
    "proxy": (b"PROXY", b" " * 300, "tcp-data", "proxy-header"),
}


def test_slow_senders_are_cut_off(sink):
    """Each byte is in time, the whole is not."""
    sockets = {}
    for number, (name, (start, data, _, _)) in enumerate(SLOW.items()):
        s = connect(paths.client(1620 + number), PROXIED if name == "proxy" else PLAIN)
        s.sendall(start)
        sockets[name] = s, data
    ends = drip(sockets, 20)
    for number, (name, (start, data, action, word)) in enumerate(SLOW.items()):
        event = sink.await_contacts(source=paths.client(1620 + number))[0]
        assert (event["event"]["action"], event["sinkhole"].get("malformed")) == (action, word), name
        assert (start + data).startswith(raw_of(event)), name
        assert ends[name][1] < REQUEST_TIMEOUT + 2.5, name
        if name != "first word":  # known as soon as no word begins so
            assert ends[name][1] > REQUEST_TIMEOUT - 0.3, name
        sockets[name][0].close()
    serves_others(sink)
    comes_out_even(sink)


IDLE = {
    "nothing": (b"", "tcp-silent", None),
    "half a head": (GET, "http-malformed", "head-incomplete"),
    "half a body": (POST + b"Content-Length: 9\r\n\r\nabc", "http-malformed", "body-incomplete"),
    "half a word": (b"GE", "tcp-data", None),
    "raw": (b"\x00\x01", "tcp-data", None),
    "half a hello": (HELLO[:99], "tls-malformed", "hello-incomplete"),
    "no handshake": (HELLO, "tls-client-hello", None),
    "kept alive": (GET + b"\r\n", "http-request", None),
    "half a proxy header": (b"PROXY TCP4", "tcp-data", "proxy-header"),
}


def test_the_idle_are_closed(sink):
    """What has come is recorded, once."""
    began = time.monotonic()
    sockets = {}
    for number, (name, (data, _, _)) in enumerate(IDLE.items()):
        s = sockets[name] = connect(paths.client(1640 + number), PROXIED if "proxy" in name else PLAIN)
        s.sendall(data)
    for s in sockets.values():
        while s.recv(65536):
            pass
        s.close()
    assert IDLE_TIMEOUT - 0.1 < time.monotonic() - began < IDLE_TIMEOUT + 2
    for number, (name, (data, action, word)) in enumerate(IDLE.items()):
        event, = sink.await_contacts(source=paths.client(1640 + number))
        assert (event["event"]["action"], event["sinkhole"].get("malformed")) == (action, word), name
        if data:
            assert raw_of(event) == data, name
    comes_out_even(sink)


# Those who have much to say


@pytest.mark.parametrize("line", [b"X: y\r\n", b"X: " + b"y" * 1000 + b"\r\n", b"a", b"\x00", b"\r"])
def test_a_head_without_end(sink, line):
    """Read to its bound; the rest is read and forgotten, for two seconds at most."""
    source = paths.client(1660)
    with connect(source) as s:
        try:
            s.sendall(GET + line * ((4 << 20) // len(line)))
        except (BrokenPipeError, ConnectionResetError):
            pass
    event, = sink.await_contacts(source=source)
    assert event["sinkhole"]["malformed"] == "head-too-large"
    assert len(raw_of(event)) == event["sinkhole"]["raw"]["bytes"] == 16384
    serves_others(sink)


@pytest.mark.parametrize("count, word", [(99, None), (100, "too-many-headers"), (2000, "too-many-headers")])
def test_many_headers_are_answered_and_recorded_whole(sink, count, word):
    source = paths.client(1661)
    data = GET + b"X:y\r\n" * count + b"\r\n"
    assert send_raw(data, SINK, PLAIN, source).startswith(b"HTTP/1.1 200 ")
    event, = sink.await_contacts(source=source)
    assert event["sinkhole"].get("malformed") == word and raw_of(event) == data


def test_two_hundred_requests_in_one_write(sink):
    source = paths.client(1662)
    requests = [f"GET /{number} HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode() for number in range(200)]
    with connect(source) as s:
        assert s.send(b"".join(requests)) == sum(map(len, requests))
        answers = b""
        while answers.count(b"\r\n\r\n") < 200:
            answers += s.recv(65536)
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 200
    events = sink.await_contacts(200, source=source)
    assert [e["url"]["path"] for e in events] == [f"/{number}" for number in range(200)]
    assert [raw_of(e) for e in events] == requests
    assert len({e["source"]["port"] for e in events}) == 1 and len({e["event"]["id"] for e in events}) == 200
    comes_out_even(sink)


def test_a_sender_that_never_reads_costs_no_memory(sink):
    """No more answers, no memory. Every request that the kernel took is recorded, also when its answer's time is over."""
    source, request = paths.client(1663), GET + "".join(f"{line}\r\n" for line in BROWSER).encode() + b"\r\n"
    s = connect(source, room=4096)
    s.settimeout(60)
    began, count = time.monotonic(), 0
    while count < 6000 or time.monotonic() - began < REQUEST_TIMEOUT + 2:
        s.sendall(request * 150)  # each is answered with a page of some KiB: soon no more of them are kept
        count += 150
        time.sleep(0.1)
    answers = b""
    while count < 50000:  # until it says that there are no more; it listens still
        piece = s.recv(65536)
        answers += piece
        s.sendall(request)
        count += 1
        if not piece:
            break
    s.shutdown(socket.SHUT_WR)
    assert 0 < answers.count(b"HTTP/1.1 403 Forbidden\r\n") < count / 2
    serves_others(sink)
    comes_out_even(sink)
    assert len(sink.contacts(source=source)) == count
    s.close()


def test_a_host_beyond_its_limit(site):
    """What is more than its connections is closed at once, and counted."""
    site.settings["sinkhole"] |= {"max-connections-per-host": 5, "listen": [{"address": paths.POOL4, "tcp": [PLAIN]}]}
    site.write().compile()
    site.daemon = site.sinkhole()
    held = [connect(paths.client(1664)) for _ in range(200)]
    wait_for(lambda: sum(is_open(s) for s in held) == 5, "all but five to be closed")
    serves_others(site)
    last = comes_out_even(site)
    assert last["folded"] == 195 and last["connections"] == 201


def is_open(s):
    s.setblocking(False)
    try:
        return s.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


# Bad settings while it runs

GOOD = "sinkhole:\n"
BAD = {
    "no YAML": ("sinkhole: [\n", None),
    "an unknown key": ("  no-such-key: 1\n", "no-such-key"),
    "a number too large": ("  max-body: 99999999\n", "max-body"),
    "no number": ("  max-head: much\n", "max-head"),
    "twice the same": ("  capture: all\n  capture: off\n", "capture: off"),
    "no network": ("  trusted-proxies: [10.0.0.300]\n", "10.0.0.300"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_at_sighup_changes_nothing(sink, kind):
    sink.settings["sinkhole"]["beacon-status"] = 404
    sink.write()
    sink.daemon.signal(signal.SIGHUP)
    status = lambda: curl(f"http://{NAME}:{PLAIN}/x", SINK, paths.client(1670))[0]  # noqa: E731
    wait_for(lambda: status() == 404, "the good settings")

    good = sink.path.read_text().replace("404", "204")
    text, shown = BAD[kind]
    bad = good.replace(GOOD, GOOD + text) if shown else good + text
    sink.write(bad)
    sink.daemon.signal(signal.SIGHUP)
    wait_for(lambda: "the settings in force stay" in sink.daemon.log(), "the refusal")
    where = f"{sink.path}:"
    if shown:
        lines = [n for n, line in enumerate(bad.splitlines(), 1) if shown in line]
        where += f"{lines[0]}: "
    assert where in sink.daemon.log()
    assert status() == 404 and sink.daemon.running()

    sink.write(good)
    sink.daemon.signal(signal.SIGHUP)
    wait_for(lambda: status() == 204, "good settings again")


def test_no_file_at_sighup_changes_nothing(sink):
    sink.path.unlink()
    sink.daemon.signal(signal.SIGHUP)
    wait_for(lambda: "the settings in force stay" in sink.daemon.log(), "the refusal")
    serves_others(sink)


# Real tools


@pytest.mark.parametrize("size", [3, 3000, 100000])
def test_raw_tcp_of_ncat_is_recorded(sink, size, tmp_path):
    data = b"\x00" + random.Random(size).randbytes(size - 1)
    (tmp_path / "data").write_bytes(data)
    source = paths.client(1680)
    run(["sh", "-c", f"ncat -s {source} --send-only {SINK} {PLAIN} <{tmp_path}/data"])
    event, = sink.await_contacts(source=source)
    assert event["event"]["action"] == "tcp-data" and raw_of(event) == data[:4096]


def test_a_datagram_of_ncat_is_recorded(sink):
    source = paths.client(1681)
    run(["ncat", "-u", "-s", source, "--send-only", SINK, UDP], input="beacon by datagram", check=0)
    event, = sink.await_contacts(source=source)
    assert event["event"]["action"] == "udp-datagram" and raw_of(event) == b"beacon by datagram"
    assert comes_out_even(sink)["datagrams"] == 1


def test_tls_of_ncat_is_recorded(sink):
    source = paths.client(1682)
    run(["ncat", "--ssl", "-s", source, "--send-only", SINK, PLAIN], input="inside of TLS", check=0)
    hello, data = sink.await_contacts(2, source=source)
    assert hello["tls"]["established"] is True and raw_of(data) == b"inside of TLS"
    comes_out_even(sink)


def wrk(*words):
    """How many requests were answered."""
    result = run(["wrk", "-t1", "-d1s", *words, f"http://{SINK}:{PLAIN}/wrk"], check=0)
    return int(next(line for line in result.stdout.splitlines() if "requests in" in line).split()[0])


def test_every_request_of_wrk_is_an_event(sink):
    """Every answer that it counted is an event; what it left half done at its end may be one more a connection."""
    answered = wrk("-c20")
    assert answered > 500
    last = comes_out_even(sink)
    requests = sink.contacts(action="http-request")
    assert answered <= len(requests) <= answered + 20
    assert {e["url"]["path"] for e in requests} == {"/wrk"}
    assert last["connections"] >= 20 and last["folded"] == 0


def test_connections_of_wrk_beyond_the_limit_are_counted(site):
    site.settings["sinkhole"] |= {"max-connections-per-host": 5, "max-events-per-host": 10000000, "max-events": 10000000, **losses.NO_BYTE_LIMIT,
                                  "listen": [{"address": paths.POOL4, "tcp": [PLAIN]}]}
    site.write().compile()
    site.daemon = site.sinkhole()
    answered = wrk("-c20")
    last = comes_out_even(site)
    assert last["folded"] >= 15
    assert answered <= len(site.contacts(action="http-request"))


def test_openssl_accepts_the_certificate_and_its_request_is_recorded(sink):
    """s_client sees a worthless certificate, goes on as it does, and what it sends is recorded."""
    source = paths.client(1683)
    result = run(["openssl", "s_client", "-bind", source, "-connect", f"{SINK}:{PLAIN}", "-servername", NAME, "-quiet",
                  "-no_ign_eof"], input=f"GET /tls HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n")
    assert "self-signed" in result.stderr or "self signed" in result.stderr
    events = sink.await_contacts(2, source=source)
    assert field(events[1], "url.path") == "/tls" and field(events[1], "tls.established") is True
