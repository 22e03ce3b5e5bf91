# SPDX-License-Identifier: BSD-3-Clause
"""Bodies and bytes of any size: a bounded part is kept, the hash is that of everything, nothing is inflated."""

import base64
import gzip
import hashlib
import random
import re
from pathlib import Path

import pytest

from harness import paths
from harness.clients import send_datagram, send_raw
from harness.site import Site, field

SINK = "198.51.100.9"
BODY_MAX = 16384
RAW_MAX = 4096
POST = b"POST /x HTTP/1.1\r\nHost: www.sekisan.biz\r\n%s\r\n"
MEGABYTES = 8 << 20


@pytest.fixture(scope="module")
def sink(authority, tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("bodies"), authority).write()
    site.compile()
    site.daemon = site.sinkhole()
    send_raw(b"\x00", SINK, 80, paths.client(1199))  # what the first one costs is not the body's
    site.await_contacts()
    yield site
    site.stop()


def noise(size, seed=1):
    return random.Random(seed).randbytes(size)


def keeps(event, sent, at_most):
    """All of it counts, its beginning is kept."""
    raw = event["sinkhole"]["raw"]
    assert raw["bytes"] == len(sent) and raw["sha256"] == hashlib.sha256(sent).hexdigest()
    assert raw["kept"] == min(len(sent), at_most)
    assert base64.b64decode(raw["data"]) == sent[:raw["kept"]]


def peak(daemon):
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{daemon.pid}/status").read_text())[1]) << 10


def grows_little(daemon, before):
    if not paths.SANITIZED:
        assert peak(daemon) - before < 1 << 20


@pytest.mark.parametrize("size", [0, 1, BODY_MAX - 1, BODY_MAX, BODY_MAX + 1, MEGABYTES])
def test_a_body_with_its_length(sink, size):
    head, body, source = POST % (b"Content-Length: %d\r\n" % size), noise(size), paths.client(1200 + size % 97)
    before = peak(sink.daemon)
    assert send_raw(head + body, SINK, 80, source).startswith(b"HTTP/1.1 200 OK\r\n")
    event, = sink.await_contacts(source=source, action="http-request")
    keeps(event, head + body, len(head) + BODY_MAX)
    assert field(event, "http.request.body.bytes") == size
    grows_little(sink.daemon, before)


def chunks(data, size):
    parts = (data[at:at + size] for at in range(0, len(data), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
def test_a_chunked_body_of_any_size_is_recorded_in_bounded_memory(sink, size):
    """Decoded for the decoders; the bytes and their hash are what came over the line."""
    total = 20 if size == 1 else MEGABYTES
    head, source = POST % b"Transfer-Encoding: chunked\r\n", paths.client(1300 + size % 97)
    sent = head + chunks(noise(total), size)
    before = peak(sink.daemon)
    assert send_raw(sent, SINK, 80, source).startswith(b"HTTP/1.1 200 OK\r\n")
    event, = sink.await_contacts(source=source, action="http-request")
    keeps(event, sent, len(head) + BODY_MAX)
    assert field(event, "http.request.body.bytes") == total
    grows_little(sink.daemon, before)


def test_a_body_without_a_length(sink):
    head, body, source = POST % b"", noise(1 << 20), paths.client(1310)
    assert send_raw(head + body, SINK, 80, source, shut=False).startswith(b"HTTP/1.1 200 OK\r\n")
    event, = sink.await_contacts(source=source)
    keeps(event, head + body, len(head) + BODY_MAX)
    assert field(event, "http.request.body.bytes") == len(body)


def test_a_length_that_is_never_reached(sink):
    head, source = POST % b"Content-Length: 999999999999999999\r\n", paths.client(1311)
    body = noise(1 << 20)
    send_raw(head + body, SINK, 80, source)
    event, = sink.await_contacts(source=source)
    assert event["sinkhole"]["malformed"] == "body-incomplete"
    keeps(event, head + body, len(head) + BODY_MAX)


@pytest.mark.parametrize("encoding", ["Content-Encoding", "Transfer-Encoding"])
def test_a_compressed_body_is_kept_as_it_came(sink, encoding):
    """A bomb: 64 MiB of zeros in 64 KiB."""
    body = gzip.compress(bytes(64 << 20), mtime=0)
    length = b"Content-Length: %d\r\n" % len(body) if encoding == "Content-Encoding" else b""
    head = POST % (f"{encoding}: gzip\r\n".encode() + length)
    source = paths.client(1320 + len(encoding))
    before = peak(sink.daemon)
    assert send_raw(head + body, SINK, 80, source).startswith(b"HTTP/1.1 200 OK\r\n")
    event, = sink.await_contacts(source=source)
    keeps(event, head + body, len(head) + BODY_MAX)
    assert field(event, "http.request.body.bytes") == len(body)
    grows_little(sink.daemon, before)


def test_the_request_after_a_giant_body_is_recorded(sink):
    """The giant's end is where it said."""
    source, body = paths.client(1350), noise(3 * BODY_MAX)
    first = POST % (b"Content-Length: %d\r\n" % len(body)) + body
    second = POST % b"Transfer-Encoding: chunked\r\n" + chunks(body, 4000)
    third = b"GET /last HTTP/1.1\r\nHost: www.sekisan.biz\r\nConnection: close\r\n\r\n"
    answer = send_raw(first + second + third, SINK, 80, source, shut=False)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 3
    events = sink.await_contacts(3, source=source)
    assert [e["url"]["path"] for e in events] == ["/x", "/x", "/last"]
    for event, sent in zip(events, (first, second, third)):
        assert event["sinkhole"]["raw"]["sha256"] == hashlib.sha256(sent).hexdigest()


@pytest.mark.parametrize("size", [1, RAW_MAX - 1, RAW_MAX, RAW_MAX + 1, 60000])
def test_raw_bytes_are_recorded_up_to_their_limit(sink, size):
    """Closed as soon as it is full, whatever else would come."""
    data, source = b"\x00" + noise(size - 1), paths.client(1360 + size % 97)
    assert send_raw(data, SINK, 443, source, shut=size < RAW_MAX) == b""
    event, = sink.await_contacts(source=source)
    assert event["event"]["action"] == "tcp-data"
    kept = event["sinkhole"]["raw"]["bytes"]
    assert min(size, RAW_MAX) <= kept <= size
    keeps(event, data[:kept], RAW_MAX)


@pytest.mark.parametrize("size", [0, 1, RAW_MAX - 1, RAW_MAX, RAW_MAX + 1, 65507])
def test_datagrams_are_recorded_and_not_answered(sink, size):
    data, source = noise(size), paths.client(1460 + size % 97)
    assert send_datagram(data, SINK, 123, source, timeout=0.1) is None
    event, = sink.await_contacts(source=source)
    assert event["event"]["action"] == "udp-datagram"
    if size > 0:
        keeps(event, data, RAW_MAX)


@pytest.mark.parametrize("kept", [0, 1, 100000])
def test_how_much_of_a_body_is_kept_is_a_setting(site, kept):
    """Beyond 64 KiB an event has no room for more."""
    site.settings["sinkhole"] |= {"max-body": kept, "listen": [{"address": paths.POOL4, "tcp": [8081]}]}
    site.write().compile()
    site.sinkhole()
    head, body, source = POST % b"Content-Length: 200000\r\n", noise(200000), paths.client(1560)
    assert send_raw(head + body, SINK, 8081, source).startswith(b"HTTP/1.1 200 OK\r\n")
    event, = site.await_contacts(source=source)
    raw = event["sinkhole"]["raw"]
    assert raw["bytes"] == len(head + body) and raw["sha256"] == hashlib.sha256(head + body).hexdigest()
    assert base64.b64decode(raw["data"]) == (head + body)[:raw["kept"]]
    if kept < BODY_MAX:
        assert raw["kept"] == len(head) + kept
    else:
        assert 40000 < raw["kept"] < 65536
