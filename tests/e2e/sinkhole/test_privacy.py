# SPDX-License-Identifier: BSD-3-Clause
"""A person who meant the genuine site: what they typed is in no file of ours."""

import base64
import socket

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.clients import BROWSER, curl, lokibot, lokibot_request, send_raw
from harness.site import Site

SECRETS = ("tanaka-hanako", "pass-w0rd-4711", "insurance-000123", "session-abcdef", "q-private-words", "referer-secret")


def test_a_persons_form_is_nowhere(sensor):
    source = paths.client(400)
    sink = addresses(ask("www.ims.gr.jp", source=source))[0]
    curl("http://www.ims.gr.jp/login.php?search=q-private-words", sink, source,
         data="user=tanaka-hanako&password=pass-w0rd-4711&number=insurance-000123",
         headers=[*BROWSER, "Cookie: sid=session-abcdef", "Origin: http://www.ims.gr.jp",
                  "Referer: http://www.ims.gr.jp/index.html?from=referer-secret",
                  "Content-Type: application/x-www-form-urlencoded"])
    event = sensor.await_contacts(source=source)[0]
    assert "browser" in event["sinkhole"]["evidence"]
    assert event["url"]["path"] == "/login.php" and "query" not in event["url"]
    sensor.sinkctl("hosts")
    sensor.sinkctl("host", source)

    files = [f for f in sensor.directory.rglob("*") if f.is_file()]
    assert sensor.contact_log in files
    for file in files:
        data = file.read_bytes()
        for secret in SECRETS:
            assert secret.encode() not in data, f"{secret} stands in {file.name}"
            for shift in range(3):  # base64 of it at any alignment
                coded = base64.b64encode(b"\0" * shift + secret.encode())[4 if shift else 0:-4]
                assert coded not in data, f"{secret} stands coded in {file.name}"


GET_A = b"GET /a HTTP/1.1\r\n%s\r\n\r\n"
MARKS = "\r\n".join(["Host: www.ims.gr.jp", *(h for h in BROWSER if not h.startswith("Connection"))]).encode()


def forwarded(host):
    return f"X-Forwarded-For: {host}".encode()


@pytest.fixture(scope="module")
def proxied(authority, tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("proxied"), authority)
    site.settings["sinkhole"] |= {"trusted-proxies": [paths.client(410) + "/32"], "forwarded-ports": [8088],
                                  "listen": [{"address": paths.POOL4, "tcp": [8088]}]}
    site.write().compile()
    site.sinkhole()
    yield site
    site.stop()


def through(*requests):
    """As a proxy does it: one connection, each request when the one before is answered."""
    with socket.create_connection(("198.51.100.2", 8088), timeout=5, source_address=(paths.client(410), 0)) as s:
        for request in requests:
            s.sendall(request)
            assert s.recv(65536).startswith(b"HTTP/1.1 ")


# What a proxy passes on behind a person's request may be the same person's, whatever it looks like.
BEHIND = {
    "a head that is not whole": [b"POST /b?q=SECRET HTTP/1.1\r\nHost: www.ims.gr.jp\r\nX-A: b\r\n folded\r\n"
                                 b"Content-Length: 6\r\n\r\nSECRET"],
    "the rest of a form": [b"GET what I said SECRET HTTP/1.1\r\n\r\n"],
    "the first person again": [b"GET /c HTTP/1.1\r\n" + MARKS + b"\r\n" + forwarded("10.1.1.2") + b"\r\n\r\n",
                               b"POST /d?q=SECRET HTTP/1.1\r\n" + forwarded("10.1.1.1") + b"\r\nContent-Length: 6\r\n\r\nSECRET"],
}


@pytest.mark.parametrize("rest", BEHIND)
def test_what_follows_a_person_through_a_proxy(proxied, rest):
    before = len(proxied.contacts())
    through(GET_A % (MARKS + b"\r\n" + forwarded("10.1.1.1")), *BEHIND[rest])
    proxied.await_contacts(before + 1 + len(BEHIND[rest]))
    log = proxied.contact_log.read_bytes()
    assert b"SECRET" not in log
    assert not any(base64.b64encode(b"\0" * shift + b"SECRET")[4 if shift else 0:-4] in log for shift in range(3))


def test_another_host_behind_the_same_proxy_is_evidence(proxied):
    """What the proxy says is somebody else's has nothing to do with the person before."""
    rest = b"POST /e?q=1 HTTP/1.1\r\nHost: www.ims.gr.jp\r\n" + forwarded("10.1.1.9") + b"\r\nContent-Length: 4\r\n\r\nbody"
    through(GET_A % (MARKS + b"\r\n" + forwarded("10.1.1.8")), rest)
    event = proxied.await_contacts(source="10.1.1.9")[0]
    assert event["url"]["query"] == "q=1" and event["sinkhole"]["raw"]["kept"] > 0


STOLEN = b"compressed-logins-" * 20
WITH_LOGINS = {
    "in one piece": lambda host: lokibot_request(host, lokibot(STOLEN)),
    "broken off": lambda host: lokibot_request(host, lokibot(STOLEN), "Content-Length: 9000"),
    "in chunks": lambda host: lokibot_request(
        host, b"%x\r\n%b\r\n0\r\n\r\n" % (len(lokibot(STOLEN)), lokibot(STOLEN)), "Transfer-Encoding: chunked").replace(
            b"HTTP/1.0", b"HTTP/1.1"),
}


@pytest.mark.parametrize("way", WITH_LOGINS)
def test_what_malware_has_stolen_is_not_kept(sensor, way):
    """Its profile is evidence, the logins behind it are the victim's."""
    source = paths.client(430 + list(WITH_LOGINS).index(way))
    sent = WITH_LOGINS[way]("www.ims.gr.jp")
    send_raw(sent, addresses(ask("www.ims.gr.jp", source=source))[0], 80, source)
    event = sensor.await_contacts(source=source)[0]["sinkhole"]
    assert event["beacon"]["family"] == "LokiBot" and event["raw"]["bytes"] == len(sent)
    kept = base64.b64decode(event["raw"].get("data", ""))
    assert kept == (b"" if way == "in chunks" else sent[:sent.index(STOLEN)])
    assert len(kept) == event["raw"]["kept"]
