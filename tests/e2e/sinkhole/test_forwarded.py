# SPDX-License-Identifier: BSD-3-Clause
"""Which addresses in a request are trusted: those that a trusted proxy wrote on what it forwarded itself."""

import socket
import ssl

import pytest

from harness import paths
from harness.clients import browse, send_raw
from harness.site import Site

FRONT = "http://www.ims.gr.jp/"
VICTIM = "10.66.6.6"
TRUSTED = paths.client(392)
HTTP = "POST /i.php HTTP/1.1\r\nHost: www.ims.gr.jp\r\n"
NAMED_BY = "X-Forwarded-For: {}\r\n"


@pytest.fixture(scope="module", params=["observe", "probe"])
def forwarded(request, authority, tmp_path_factory):
    """A sinkhole that trusts one proxy, with and without an answer to TLS."""
    site = Site(tmp_path_factory.mktemp("forwarded"), authority)
    site.settings["sinkhole"] |= {"tls": request.param, "trusted-proxies": [TRUSTED + "/32"]}
    site.settings["sinkhole"]["listen"][0]["tcp"].append(8000)
    site.write().compile()
    site.sinkhole()
    yield site
    site.stop()


def calls(site, *pieces, port=80, source=TRUSTED, answers=None):
    """Sends a piece, awaits its answer, sends the next one; the last events of this. answers: how many pieces are answered
    (None: all); the others meet the end of the answers."""
    before = len(site.contacts())
    with socket.create_connection(("198.51.100.2", port), timeout=5, source_address=(source, 0)) as s:
        for number, piece in enumerate(pieces):
            s.sendall(piece.encode())
            if answers is None or number < answers:
                assert s.recv(65536).startswith(b"HTTP/1.1 ")
            else:
                assert s.recv(65536) == b""
        s.shutdown(socket.SHUT_WR)
        while s.recv(65536):
            pass
    site.await_contacts(before + len(pieces))
    return site.contacts()[before:]


def is_a_claim(event, source=TRUSTED):
    return (event["source"]["ip"] == source and "proxy_ip" not in event["sinkhole"]
            and event["sinkhole"]["claimed_ip"] == [VICTIM])


FIRST = HTTP + "Content-Length: 0\r\n" + NAMED_BY.format(paths.client(393)) + "\r\n"
NEXT = HTTP + "Content-Length: 0\r\n" + NAMED_BY.format(VICTIM) + "\r\n"


def test_each_request_of_a_proxys_connection_is_trusted(forwarded):
    first, second = calls(forwarded, FIRST, NEXT)
    assert first["source"] == {"ip": paths.client(393)} and second["source"] == {"ip": VICTIM}
    assert first["sinkhole"]["proxy_ip"] == second["sinkhole"]["proxy_ip"] == TRUSTED


@pytest.mark.parametrize("port, trusted", [(80, True), (8080, True), (443, False), (8000, False)])
def test_only_ports_that_a_proxy_forwards_to_are_trusted(forwarded, port, trusted):
    event = calls(forwarded, NEXT, port=port)[0]
    assert is_a_claim(event) != trusted and (event["source"]["ip"] == VICTIM) == trusted


@pytest.mark.parametrize("head", [
    HTTP + "A: b\n" + NAMED_BY.format(VICTIM) + "\r\n",
    HTTP + "X-Forwarded-For : " + VICTIM + "\r\n\r\n",
    HTTP + "A B: c\r\n" + NAMED_BY.format(VICTIM) + "\r\n",
    HTTP + "A: b\r\n c\r\n" + NAMED_BY.format(VICTIM) + "\r\n",
    HTTP + "A: b\0c\r\n" + NAMED_BY.format(VICTIM) + "\r\n",
    "\r\n" + NEXT,
], ids=["bare-lf", "blank-before-colon", "no-token", "folded", "nul", "blank-line"])
def test_a_head_that_can_be_read_in_two_ways_is_not_trusted(forwarded, head):
    assert is_a_claim(calls(forwarded, head)[0])


@pytest.mark.parametrize("first", [
    HTTP + "Transfer-Encoding: chunked\r\n\r\n1;\nx\r\n0\r\n\r\n",
    HTTP + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n",
    HTTP + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
    HTTP + "Content-Length: 0\r\nUpgrade: websocket\r\n\r\n",
    HTTP + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
    HTTP + "Content-Length: 0\n\r\n",
], ids=["extension", "trailer", "lengths", "upgrade", "expect", "bare-lf"])
def test_what_follows_a_request_with_a_doubtful_end_is_not_trusted(forwarded, first):
    assert is_a_claim(calls(forwarded, first, NEXT, answers=1)[1])


UPGRADE = HTTP + "Content-Length: 0\r\nUpgrade: websocket\r\n\r\n"


def connection_headers(answer):
    return [line for line in answer.decode().split("\r\n") if line.startswith("Connection:")]


def test_a_doubtful_request_is_the_last_one_that_a_proxys_connection_answers(forwarded):
    before = len(forwarded.contacts())
    answer = send_raw(UPGRADE.encode(), "198.51.100.2", 80, TRUSTED, shut=False)
    forwarded.await_contacts(before + 1)
    assert connection_headers(answer) == ["Connection: close"]


def test_a_doubtful_request_of_a_client_keeps_its_connection_open(forwarded):
    first, second = calls(forwarded, UPGRADE, NEXT, source=paths.client(399))
    assert first["source"] == second["source"]


def test_a_tunnel_through_a_proxy_outlives_a_doubtful_request(forwarded):
    tunnel = "CONNECT www.ims.gr.jp:80 HTTP/1.1\r\nHost: www.ims.gr.jp\r\nUpgrade: x\r\n\r\n"
    assert is_a_claim(calls(forwarded, tunnel, UPGRADE, NEXT)[2])


def test_requests_that_came_along_with_another_are_recorded_and_not_trusted(forwarded):
    before = len(forwarded.contacts())
    answers = send_raw((FIRST + NEXT + NEXT).encode(), "198.51.100.2", 80, TRUSTED, shut=False)
    first, second, third = forwarded.await_contacts(before + 3)[before:]
    assert first["source"] == {"ip": paths.client(393)} and is_a_claim(second) and is_a_claim(third)
    assert connection_headers(answers) == ["Connection: keep-alive", "Connection: close"]


def test_nothing_inside_tls_is_trusted(forwarded):
    before = len(forwarded.contacts())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    # On a port that is trusted otherwise.
    with socket.create_connection(("198.51.100.2", 80), timeout=5, source_address=(TRUSTED, 0)) as s:
        if forwarded.settings["sinkhole"]["tls"] == "observe":
            with pytest.raises(OSError):
                context.wrap_socket(s, server_hostname="www.ims.gr.jp")
            assert forwarded.await_contacts(before + 1)[-1]["event"]["action"] == "tls-client-hello"
            return
        with context.wrap_socket(s, server_hostname="www.ims.gr.jp") as tls:
            tls.sendall(NEXT.encode())
            assert tls.recv(65536).startswith(b"HTTP/1.1 200")
    event = forwarded.await_contacts(before + 2)[-1]
    assert event["event"]["action"] == "http-request" and event["tls"]["established"] and is_a_claim(event)


@pytest.mark.parametrize("number, headers, via", [
    (394, "Via: 1.0 a, 1.1 proxy.example (squid/5.7)\r\n" + NAMED_BY.format(VICTIM), "1.0 a, 1.1 proxy.example (squid/5.7)"),
    (395, NAMED_BY.format(VICTIM), "x-forwarded-for"),
    (396, f"Forwarded: for={VICTIM}\r\n", "forwarded"),
    (397, "Via: 1.1 " + "a" * 1000 + "\r\n" + NAMED_BY.format(VICTIM), "1.1 " + "a" * 252),
], ids=["via", "x-forwarded-for", "forwarded", "long"])
def test_an_unlisted_proxy_shows_by_its_headers(forwarded, number, headers, via):
    source = paths.client(number)
    event = calls(forwarded, HTTP + "Content-Length: 0\r\n" + headers + "\r\n", source=source)[0]
    assert is_a_claim(event, source) and event["sinkhole"]["via"] == via


def test_a_person_keeps_the_names_of_their_proxies(forwarded):
    source = paths.client(398)
    assert browse(FRONT, "198.51.100.2", source, "-H", "Via: 1.1 SECRET")[0] == 403
    event = forwarded.await_contacts(source=source)[0]
    assert "via" not in event["sinkhole"]
