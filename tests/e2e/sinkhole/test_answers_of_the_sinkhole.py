# SPDX-License-Identifier: BSD-3-Clause
"""What the sinkhole sends back: nothing to malware, a page to a person, never a redirect or a cookie."""

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.clients import BROWSER, browse, curl, hello_tls, send_datagram, send_raw
from harness.daemon import wait_for

FRONT = "http://www.ims.gr.jp/"
C2 = "http://www.sekisan.biz/wp-content/plugins/akismet/state/index.php"


@pytest.fixture(scope="module")
def sink(sensor):
    return addresses(ask("www.ims.gr.jp", source=paths.client(300)))[0]


def evidence(sensor, source, count=1):
    return sensor.await_contacts(count, source=source)[-1]["sinkhole"]["evidence"]


@pytest.mark.parametrize("url", [FRONT, C2])
def test_a_person_reads_a_page(sensor, sink, url):
    source = paths.client(301 + (url == C2))
    status, body = browse(url, sink, source)
    assert status == 403  # a page that is not the one that was asked for
    assert "<html" in body.lower() and "受付番号" in body
    assert "browser" in evidence(sensor, source)
    event = sensor.contacts(source=source)[-1]
    assert event["sinkhole"]["reference"] in body
    assert "raw" not in event["sinkhole"]
    assert "upgrade-insecure-requests" in event["sinkhole"]["marks"]


@pytest.mark.parametrize("url", [FRONT, C2, FRONT + "nothing-there"])
def test_automation_gets_an_empty_answer(sensor, sink, url):
    status, body = curl(url, sink, paths.client(303))
    assert (status, body) == (200, "")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PROPFIND", "GET", "POST"])
def test_never_a_redirect_a_cookie_or_an_echo(sensor, sink, method):
    canary = "reflect-me-4711"
    request = (f"{method} /{canary}?{canary} HTTP/1.1\r\nHost: www.kaerunote.com\r\nX-Canary: {canary}\r\n"
               + "\r\n".join(BROWSER) + f"\r\nCookie: a={canary}\r\nConnection: close\r\nContent-Length: {len(canary)}\r\n\r\n{canary}")
    answer = send_raw(request.encode(), sink, 80, paths.client(304))
    head = answer.split(b"\r\n\r\n")[0].lower()
    assert answer.startswith(b"HTTP/1.1 ")
    assert not answer.startswith(b"HTTP/1.1 3")
    assert b"set-cookie" not in head and b"location:" not in head
    assert canary.encode() not in answer


@pytest.mark.parametrize("host", ["<script>alert(1)</script>", "a\"onload=x", "unlisted.example.com", "x" * 300])
def test_a_page_names_no_host_that_is_not_listed(sensor, sink, host):
    request = f"GET / HTTP/1.1\r\nHost: {host}\r\n" + "\r\n".join(BROWSER) + "\r\nConnection: close\r\n\r\n"
    assert host.encode() not in send_raw(request.encode(), sink, 80, paths.client(305))


MALFORMED = [
    b"GET / HTTP/1.1\r\n\r\n", b"GET  /  HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nzz\r\n",
    b"GET / HTTP/1.1\nHost: bare-line-feed\n\n", b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n", b"GET \x00\xff HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
]


@pytest.mark.parametrize("number", range(len(MALFORMED)))
def test_malformed_requests_are_recorded(sensor, sink, number):
    source = paths.client(310 + number)
    send_raw(MALFORMED[number], sink, 80, source)
    event = sensor.await_contacts(source=source)[-1]
    assert event["event"]["action"] in ("http-malformed", "http-request")


def test_raw_bytes_on_any_port(sensor, sink):
    for number, port in enumerate((80, 443, 8080)):
        source = paths.client(350 + number)
        send_raw(b"\x05\x01\x00\xde\xad\xbe\xef binary", sink, port, source)
        event = sensor.await_contacts(source=source)[0]
        assert event["event"]["action"] == "tcp-data"
        assert event["destination"]["port"] == port
        assert "raw" in event["sinkhole"]["evidence"]


def test_raw_bytes_are_kept_and_hashed(sensor, sink):
    import base64
    import hashlib

    data = bytes(range(256)) * 4
    send_raw(data, sink, 8080, paths.client(355))
    kept = sensor.await_contacts(source=paths.client(355))[0]["sinkhole"]["raw"]
    assert kept["bytes"] == len(data) and kept["sha256"] == hashlib.sha256(data).hexdigest()
    assert data.startswith(base64.b64decode(kept["data"]))


def test_a_connection_without_a_byte_is_recorded(sensor, sink):
    send_raw(b"", sink, 8080, paths.client(356))
    event = sensor.await_contacts(source=paths.client(356), seconds=15)[0]
    assert event["event"]["action"] == "tcp-silent"
    assert "silent" in event["sinkhole"]["evidence"]


def test_a_client_hello_is_recorded_with_its_name(sensor, sink):
    assert not hello_tls(sink, paths.client(357), "www.kaerunote.com")
    event = sensor.await_contacts(source=paths.client(357))[0]
    assert event["event"]["action"] == "tls-client-hello"
    assert event["tls"]["client"]["server_name"] == "www.kaerunote.com"
    assert "tls-only" in event["sinkhole"]["evidence"]


def test_udp_is_recorded_and_never_answered(sensor, sink):
    ntp = b"\x1b" + bytes(47)
    assert send_datagram(ntp, sink, 123, paths.client(358)) is None
    event = sensor.await_contacts(source=paths.client(358))[0]
    assert event["event"]["action"] == "udp-datagram"
    assert event["destination"] == {"ip": sink, "port": 123}


def test_contacts_over_ipv6_are_recorded(sensor):
    sink6 = addresses(ask("www.ims.gr.jp", "AAAA", source=paths.client(300)), "AAAA")[0]
    status, _ = curl(FRONT, f"[{sink6}]", "2001:db8:10::7")
    assert status == 200
    assert sensor.await_contacts(source="2001:db8:10::7")[0]["destination"]["ip"] == sink6


def test_forwarding_headers_of_strangers_are_claims(sensor, sink):
    source = paths.client(359)
    curl(FRONT, sink, source, headers=["X-Forwarded-For: 192.0.2.99"])
    assert sensor.await_contacts(source=source)
    assert sensor.contacts(source="192.0.2.99") == []


def test_a_flood_is_folded_and_counted(sensor, sink):
    source = paths.client(362)
    for _ in range(10):
        send_raw(b"GET /same HTTP/1.1\r\nHost: www.ims.gr.jp\r\n\r\n" * 200, sink, 80, source)
    wait_for(lambda: sum(e["sinkhole"].get("repeat", 1) for e in sensor.contacts(source=source)) == 2000,
             "2000 requests counted", 30)
    folded = sensor.contacts(source=source, action="tcp-folded")
    assert folded and len(sensor.contacts(source=source)) < 1900
    assert all(e["destination"] == {"ip": sink, "port": 80} for e in folded)
