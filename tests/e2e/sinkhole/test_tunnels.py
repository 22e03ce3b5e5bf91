# SPDX-License-Identifier: BSD-3-Clause
"""What is inside of a CONNECT is recorded, though it leads nowhere."""

import base64
import json
import socket

import pytest

from harness import paths
from harness.clients import browse, client_hello, curl, send_raw
from harness.daemon import run
from harness.site import Site

SINK = "198.51.100.2"
PROXY = f"http://{SINK}:8080"
FRONT = "http://www.ims.gr.jp/x"
CONNECT = b"CONNECT www.ims.gr.jp:443 HTTP/1.1\r\nHost: www.ims.gr.jp:443\r\n%s\r\n"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
TRUSTED = paths.client(380)


@pytest.fixture(scope="module")
def sink(authority, tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("tunnels"), authority)
    site.settings["sinkhole"]["trusted-proxies"] = [TRUSTED + "/32"]
    site.write().compile()
    site.sinkhole()
    yield site
    site.stop()


def two(site, source):
    """The CONNECT and what was in it."""
    outer, inner = site.await_contacts(2, source=source)
    assert outer["http"]["request"]["method"] == "CONNECT" and outer["http"]["response"]["status_code"] == 200
    assert "tunnel" not in outer["sinkhole"]
    return inner


def test_curl_through_a_tunnel(sink):
    host = paths.client(381)
    assert curl(FRONT, SINK, host, "-x", PROXY, "--proxytunnel")[0] == 200
    inner = two(sink, host)
    assert inner["url"] == {"domain": "www.ims.gr.jp", "path": "/x"}
    assert inner["sinkhole"]["tunnel"] == "www.ims.gr.jp:80"
    assert inner["source"]["port"] > 0 and "proxy_ip" not in inner["sinkhole"]


def test_tls_in_a_tunnel(sink):
    host = paths.client(382)
    run(["curl", "-sS", "--interface", host, "--max-time", 10, "-x", PROXY, "https://www.ims.gr.jp/x"], check=35)
    inner = two(sink, host)
    assert inner["event"]["action"] == "tls-client-hello"
    assert inner["tls"]["client"]["server_name"] == "www.ims.gr.jp" and "url" not in inner
    assert inner["sinkhole"]["tunnel"] == "www.ims.gr.jp:443"
    assert inner["sinkhole"]["ja4"].startswith("t13d")


def test_a_proxy_without_a_tunnel(sink):
    host = paths.client(383)
    assert curl(FRONT, SINK, host, "-x", PROXY)[0] == 200
    event = sink.await_contacts(source=host)[0]
    assert event["url"]["domain"] == "www.ims.gr.jp" and "tunnel" not in event["sinkhole"]


def test_a_person_in_a_tunnel(sink):
    host = paths.client(384)
    status, page = browse(FRONT + "?q=SECRET", SINK, host, "-x", PROXY, "--proxytunnel", cookies="id=SECRET")
    assert status == 403 and "www.ims.gr.jp" in page
    inner = two(sink, host)
    assert "browser" in inner["sinkhole"]["evidence"] and inner["sinkhole"]["reference"] in page
    assert "query" not in inner["url"] and "raw" not in inner["sinkhole"]
    assert "SECRET" not in json.dumps(sink.contacts(source=host))


def test_bytes_in_a_tunnel(sink):
    host = paths.client(385)
    assert send_raw(CONNECT % b"" + b"\x01\x02", SINK, 443, host) == ESTABLISHED
    inner = two(sink, host)
    assert inner["event"]["action"] == "tcp-data" and base64.b64decode(inner["sinkhole"]["raw"]["data"]) == b"\x01\x02"
    assert inner["url"] == {"domain": "www.ims.gr.jp"}
    assert {"listed-host", "raw"} <= set(inner["sinkhole"]["evidence"])


def test_the_name_in_a_hello_without_one(sink):
    host = paths.client(386)
    send_raw(CONNECT % b"" + client_hello(None), SINK, 443, host)
    inner = two(sink, host)
    assert inner["event"]["action"] == "tls-client-hello" and "tls" not in inner
    assert inner["url"] == {"domain": "www.ims.gr.jp"} and "listed-host" in inner["sinkhole"]["evidence"]


@pytest.mark.parametrize("login", [b"", b"Proxy-Authorization: Basic U0VDUkVU\r\n"], ids=["open", "login"])
def test_bytes_after_a_login(sink, login):
    """What follows a login is as private as the login."""
    host = paths.client(387 if login else 388)
    send_raw(CONNECT % login + b"NICK SECRET\r\n", SINK, 443, host)
    two(sink, host)
    assert any("raw" in event["sinkhole"] for event in sink.contacts(source=host)) == (not login)


@pytest.mark.parametrize("number, target", enumerate(["", "foo", "::", "host:", "host:0", "host:99999", "http://host:80/"]))
def test_a_target_without_host_and_port_opens_no_tunnel(sink, number, target):
    host = paths.client(390 + number)
    answer = send_raw(f"CONNECT {target} HTTP/1.1\r\n\r\nGET /x HTTP/1.0\r\n\r\n".encode(), SINK, 80, host)
    assert answer.startswith(b"HTTP/1.1 400 ") and answer.endswith(b"\r\n\r\n")
    event = sink.await_contacts(source=host)[0]
    assert event["event"]["action"] == "http-malformed" and event["sinkhole"]["malformed"] == "target"
    assert len(sink.contacts(source=host)) == 1, "what follows is in no tunnel"


def test_a_trusted_proxy_names_whose_tunnel_it_is(sink):
    """It writes the head of the CONNECT; what is inside it only passes on."""
    host = paths.client(389)
    inside = b"GET /x HTTP/1.1\r\nHost: www.ims.gr.jp\r\nX-Forwarded-For: 192.0.2.99\r\n\r\n"
    send_raw(CONNECT % f"X-Forwarded-For: {host}\r\n".encode() + inside, SINK, 80, TRUSTED)
    inner = two(sink, host)
    assert inner["source"] == {"ip": host} and inner["sinkhole"]["proxy_ip"] == TRUSTED
    assert inner["sinkhole"]["claimed_ip"] == ["192.0.2.99"]
    send_raw(CONNECT % b"" + inside, SINK, 80, TRUSTED)
    inner = two(sink, TRUSTED)
    assert inner["url"]["path"] == "/x" and "proxy_ip" not in inner["sinkhole"]
    assert inner["sinkhole"]["claimed_ip"] == ["192.0.2.99"]


def test_an_answer_comes_before_the_hello(sink):
    """As a real client does it: nothing is sent before the tunnel stands."""
    host = paths.client(398)
    with socket.create_connection((SINK, 443), timeout=5, source_address=(host, 0)) as s:
        s.sendall(CONNECT % b"")
        assert s.recv(65536) == ESTABLISHED
        s.sendall(client_hello("b.example"))
        assert s.recv(65536) == b""
    assert two(sink, host)["tls"]["client"]["server_name"] == "b.example"
