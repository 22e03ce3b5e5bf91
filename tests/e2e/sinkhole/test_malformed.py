# SPDX-License-Identifier: BSD-3-Clause
"""What no library would send: named for what is wrong with it, its bytes kept as they came, however they came."""

import base64
import hashlib
import socket

import pytest

from harness import paths
from harness.clients import client_hello
from harness.site import Site, field

SINK = "198.51.100.9"
HEAD_MAX = 16384
HOST = b"Host: www.sekisan.biz\r\n"
GET = b"GET /x HTTP/1.1\r\n" + HOST
POST = b"POST /x HTTP/1.1\r\n" + HOST
LONG_LINE = GET + b"X: " + b"y" * HEAD_MAX
MANY_LINES = GET + b"X: y\r\n" * HEAD_MAX
TINY_RECORDS = b"\x16\x03\x01\x00\x04\x01\x00\x3f\xf0" + b"\x16\x03\x01\x00\x01\x00" * 5000

# What is wrong with it, what is sent, and where the message ends in it (None: nowhere before its end).
HTTP = [
    ("method", b"G(T / HTTP/1.1\r\n" + HOST + b"\r\n", None),
    ("method", b" / HTTP/1.1\r\n" + HOST + b"\r\n", None),
    ("method", b"G\xffT / HTTP/1.1\r\n" + HOST + b"\r\n", None),
    ("target", b"GET nothing HTTP/1.1\r\n" + HOST + b"\r\n", None),
    ("target", b"GET ../../etc/passwd HTTP/1.0\r\n" + HOST + b"\r\n", None),
    ("version", b"GET / HTTP/9.9\r\n" + HOST + b"\r\n", None),
    ("version", b"GET / http/1.1.1\r\n" + HOST + b"\r\n", None),
    ("http-2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 18),
    ("no-version", b"GET /\r\n\r\n", None),
    ("no-version", b"GET / and more\r\n" + HOST + b"\r\n", None),
    ("request-line", b"GET  /  HTTP/1.1\r\n" + HOST + b"\r\n", None),
    ("request-line", b"GET\t/\tHTTP/1.1\r\n" + HOST + b"\r\n", None),
    ("request-line", b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", None),
    ("request-line", b"GET /\x00\x01 HTTP/1.1\r\n" + HOST + b"\r\n", None),
    ("folded-header", b"GET / HTTP/1.1\r\nX: a\r\n b\r\n" + HOST + b"\r\n", None),
    ("header-without-colon", b"GET / HTTP/1.1\r\nno colon here\r\n" + HOST + b"\r\n", None),
    ("header-name", b"GET / HTTP/1.1\r\nBad Name: x\r\n" + HOST + b"\r\n", None),
    ("header-name", b"GET / HTTP/1.1\r\nX : y\r\n" + HOST + b"\r\n", None),
    ("header-name", b"GET / HTTP/1.1\r\n: y\r\n" + HOST + b"\r\n", None),
    ("control-character", b"GET / HTTP/1.1\r\nX: a\x01b\r\n" + HOST + b"\r\n", None),
    ("control-character", b"GET / HTTP/1.1\r\nX: a\rb\r\n" + HOST + b"\r\n", None),
    ("too-many-headers", GET + b"X: y\r\n" * 100 + b"\r\n", None),
    ("several-hosts", GET + b"Host: other.example\r\n\r\n", None),
    ("content-length", POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", None),
    ("content-length", POST + b"Content-Length: -1\r\n\r\nab", None),
    ("content-length", POST + b"Content-Length: 12x\r\n\r\nab", None),
    ("content-length", POST + b"Content-Length: 99999999999999999999\r\n\r\nab", None),
    ("length-and-chunked", POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n", None),
    ("transfer-encoding", POST + b"Transfer-Encoding: gzip\r\n\r\nab", None),
    ("chunked", POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab", -5),
    ("chunked", POST + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", -7),
    ("chunked", POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 16 + b"\r\na", -3),
    ("head-incomplete", b"GET / HTTP/1.1\r\nHost: www.sekis", None),
    ("head-incomplete", b"GET /", None),
    ("head-incomplete", GET, None),
    ("body-incomplete", POST + b"Content-Length: 10\r\n\r\nabc", None),
    ("body-incomplete", POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc", None),
    ("head-too-large", LONG_LINE, HEAD_MAX),
    ("head-too-large", MANY_LINES, HEAD_MAX),
]
TLS = [
    ("hello-incomplete", client_hello("www.sekisan.biz")[:60]),
    ("hello-incomplete", b"\x16\x03"),
    ("hello", b"\x16\x03\x01\x00\x04\x02"),  # a ServerHello
    ("hello", b"\x16\x03\x01\x00\x00"),
    ("hello", b"\x16\x03\x01\x00\x04\x01\xff\xff\xff"),
    ("hello-too-large", TINY_RECORDS[:HEAD_MAX + 1]),
]


@pytest.fixture(scope="module")
def sink(authority, tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("malformed"), authority).write()
    site.compile()
    site.sinkhole()
    yield site
    site.stop()


def speak(source, data, piece):
    """Says it in pieces; returns what came back until the sinkhole had enough."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.settimeout(10)
        s.bind((source, 0))
        s.connect((SINK, 8080))
        answer = b""
        try:
            for at in range(0, len(data), piece):
                s.sendall(data[at:at + piece])
            s.shutdown(socket.SHUT_WR)
            while came := s.recv(65536):
                answer += came
        except (BrokenPipeError, ConnectionResetError):
            pass  # it had read enough
        return answer


def keeps(event, expected):
    """The bytes, their number, their hash: exactly these."""
    raw = event["sinkhole"]["raw"]
    assert raw["bytes"] == len(expected) and raw["sha256"] == hashlib.sha256(expected).hexdigest()
    assert raw["kept"] == min(len(expected), HEAD_MAX)
    assert base64.b64decode(raw["data"]) == expected[:raw["kept"]]


def piece_of(data, bytewise):
    if not bytewise:
        return len(data)
    return 1 if len(data) < 500 else 997


NUMBERED = [(number, *row) for number, row in enumerate(HTTP)]


@pytest.mark.parametrize("bytewise", [False, True], ids=["whole", "bytewise"])
@pytest.mark.parametrize("number, word, data, end", NUMBERED, ids=[f"{word}-{n}" for n, word, _, _ in NUMBERED])
def test_malformed_http_is_recorded_with_its_fault(sink, number, word, data, end, bytewise):
    source = paths.client(1020 + number + 50 * bytewise)
    answer = speak(source, data, piece_of(data, bytewise))
    event, = sink.await_contacts(source=source)
    assert (event["event"]["action"], event["sinkhole"]["malformed"]) == ("http-malformed", word)
    keeps(event, data[:end])
    if word == "http-2":
        assert answer == b"" and field(event, "http.response") is None
    else:
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and b"Connection: close\r\n" in answer
        assert answer.endswith(b"Content-Length: 0\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize("bytewise", [False, True], ids=["whole", "bytewise"])
@pytest.mark.parametrize("number", range(len(TLS)), ids=[f"{word}-{n}" for n, (word, _) in enumerate(TLS)])
def test_malformed_tls_is_recorded_with_its_fault(sink, number, bytewise):
    word, data = TLS[number]
    source = paths.client(1130 + number + 10 * bytewise)
    assert speak(source, data, piece_of(data, bytewise)) == b""
    event, = sink.await_contacts(source=source)
    assert (event["event"]["action"], event["sinkhole"]["malformed"]) == ("tls-malformed", word)
    keeps(event, data)


# Odd, but every server takes it.
ODD = [
    b"\r\n\r\n" + GET + b"\r\n",
    b"get /x HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /x HTTP/1.1\nHost: www.sekisan.biz\n\n",
    b"GET http://www.sekisan.biz/x HTTP/1.0\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n",
    b"BREW /x HTTP/1.1\r\n" + HOST + b"\r\n",
    GET + b"X:\r\n\r\n",
    GET + b"X: \xe3\x81\x82\xff\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nTrailer: x\r\n\r\n",
    POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
]


@pytest.mark.parametrize("bytewise", [False, True], ids=["whole", "bytewise"])
@pytest.mark.parametrize("number", range(len(ODD)))
def test_odd_is_not_malformed(sink, number, bytewise):
    source = paths.client(1160 + number + 10 * bytewise)
    assert speak(source, ODD[number], piece_of(ODD[number], bytewise)).startswith(b"HTTP/1.1 200 OK\r\n")
    event, = sink.await_contacts(source=source)
    assert event["event"]["action"] == "http-request" and "malformed" not in event["sinkhole"]
    keeps(event, ODD[number])
