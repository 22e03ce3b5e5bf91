# SPDX-License-Identifier: BSD-3-Clause
"""tls: probe answers a ClientHello with a worthless certificate: careful clients leave, sloppy ones tell what they want."""

import base64
import json
import os
import signal
import socket
import ssl
import time
import warnings

import pytest

from harness import paths
from harness.browser import Chromium
from harness.clients import BROWSER, EMDIVI_AGENT, PROFILE, client_hello, curl, emdivi, send_raw
from harness.daemon import run, wait_for
from harness.site import Site, field

SINK = "198.51.100.2"
NAME = "www.sekisan.biz"
URL = f"https://{NAME}/wp-content/plugins/akismet/state/index.php"
MARK = "tls:untrusted-accepted"
BROWSER_HOST = "10.10.200.1"


@pytest.fixture(scope="module")
def sink(authority, tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("probe"), authority)
    site.settings["sinkhole"]["tls"] = "probe"
    site.write().compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    yield site
    site.stop()


def unverified():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def connect(source, context, name=NAME, port=443):
    plain = socket.create_connection((SINK, port), timeout=10, source_address=(source, 0))
    return context.wrap_socket(plain, server_hostname=name)


def hello_of(site, source):
    return site.await_contacts(source=source, action="tls-client-hello")[0]


def test_a_careful_client_leaves_with_an_alert(sink):
    host = paths.client(500)
    run(["curl", "-sS", "--interface", host, "--resolve", f"{NAME}:443:{SINK}", URL], check=60)
    hello = hello_of(sink, host)
    assert hello["sinkhole"]["tls_alert"] == "unknown_ca" and hello["tls"]["established"] is False
    assert hello["tls"]["client"]["server_name"] == NAME and hello["sinkhole"]["ja4"].startswith("t13d")
    assert MARK not in hello["sinkhole"].get("marks", [])
    assert len(sink.contacts(source=host)) == 1


def test_a_beacon_of_malware_that_checks_nothing(sink):
    host = paths.client(501)
    status, body = curl(URL + "?id=7", SINK, host, "-k", data=emdivi([("abc", PROFILE)]),
                        headers=[f"User-Agent: {EMDIVI_AGENT}"])
    assert (status, body) == (200, "")
    hello, request = sink.await_contacts(2, source=host)
    assert hello["event"]["action"] == "tls-client-hello" and hello["tls"]["established"] is True
    assert request["tls"] == {"client": {"server_name": NAME}, "established": True}
    assert {"decoded", "c2-url", "automation"} <= set(request["sinkhole"]["evidence"])
    assert request["url"] == {"domain": NAME, "path": "/wp-content/plugins/akismet/state/index.php", "query": "id=7"}
    assert request["sinkhole"]["beacon"]["profile"] == PROFILE and MARK in request["sinkhole"]["marks"]
    raw = base64.b64decode(request["sinkhole"]["raw"]["data"])
    assert raw.startswith(b"POST /wp-content/") and raw.endswith(emdivi([("abc", PROFILE)]).encode())
    row = next(line for line in sink.sinkctl("hosts").splitlines() if host in line)
    assert row.split()[0] == "INFECTED"


@pytest.mark.parametrize("number, version", enumerate([ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1,
                                                       ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]))
def test_every_tls_version_is_answered(sink, number, version):
    host = paths.client(510 + number)
    context = unverified()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = context.maximum_version = version
    with connect(host, context) as tls:
        assert tls.version() == version.name.replace("_", ".").replace("TLSv1.0", "TLSv1")
        tls.sendall(b"GET /x HTTP/1.1\r\nHost: www.sekisan.biz\r\n\r\n")
        assert tls.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
    assert field(sink.await_contacts(source=host, action="http-request")[0], "url.path") == "/x"


def test_a_client_of_long_ago_without_elliptic_curves(sink):
    host = paths.client(515)
    context = unverified()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA:@SECLEVEL=0")
    with connect(host, context, name=None) as tls:
        tls.sendall(b"\x01\x02not http")
    assert hello_of(sink, host)["tls"] == {"established": True}
    data = sink.await_contacts(source=host, action="tcp-data")[0]
    assert base64.b64decode(data["sinkhole"]["raw"]["data"]) == b"\x01\x02not http"
    assert MARK in data["sinkhole"]["marks"]


def test_bytes_that_name_no_host_are_for_the_sni(sink):
    host = paths.client(516)
    with connect(host, unverified()) as tls:
        tls.sendall(b"\x00\x01\x02")
    data = sink.await_contacts(source=host, action="tcp-data")[0]
    assert data["url"] == {"domain": NAME} and "listed-host" in data["sinkhole"]["evidence"]


def test_requests_on_one_connection_and_http2_declined(sink):
    host = paths.client(517)
    context = unverified()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with connect(host, context) as tls:
        assert tls.selected_alpn_protocol() == "http/1.1"
        for number in range(3):
            tls.sendall(b"GET /%d HTTP/1.1\r\nHost: www.sekisan.biz\r\n\r\n" % number)
            assert tls.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
        # A large body in many records, and the answer to it.
        tls.sendall(b"POST /big HTTP/1.1\r\nHost: www.sekisan.biz\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300000)
        assert tls.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
    requests = sink.await_contacts(4, source=host, action="http-request")
    assert [e["url"]["path"] for e in requests] == ["/0", "/1", "/2", "/big"]
    assert requests[3]["http"]["request"]["body"]["bytes"] == 300000
    assert len(sink.contacts(source=host)) == 5


def test_silence_after_the_handshake_is_no_mark(sink):
    host = paths.client(518)
    connect(host, unverified()).close()
    hello = hello_of(sink, host)
    assert hello["tls"]["established"] is True and "marks" not in hello["sinkhole"]
    assert len(sink.contacts(source=host)) == 1


def test_a_hello_and_no_more(sink):
    host = paths.client(519)
    send_raw(client_hello(NAME), SINK, 443, host)
    assert hello_of(sink, host)["tls"]["established"] is False


def test_a_hello_in_the_framing_of_ssl_2(sink):
    """Windows XP asks for TLS like that; with AES in it, which we have, it is answered in TLS."""
    host = paths.client(525)
    ciphers = b"\x00\x00\x2f" b"\x00\x00\x05" b"\x01\x00\x80"
    body = b"\x01\x03\x01" + b"\x00\x09" b"\x00\x00" b"\x00\x20" + ciphers + bytes(32)
    answer = send_raw((0x8000 | len(body)).to_bytes(2, "big") + body, SINK, 443, host)
    assert answer[:3] == b"\x16\x03\x01"
    hello = hello_of(sink, host)
    assert hello["sinkhole"]["tls_versions"] == ["1.0"] and "ja4" not in hello["sinkhole"]
    assert hello["tls"] == {"established": False}


def test_garbage_after_the_hello(sink):
    host = paths.client(520)
    send_raw(client_hello(NAME) + b"\xff" * 100, SINK, 443, host)
    send_raw(client_hello(NAME) + client_hello(NAME), SINK, 443, host)
    found = sink.await_contacts(2, source=host, action="tls-client-hello")
    assert all(e["tls"]["established"] is False for e in found)


def test_tls_in_a_tunnel_and_tls_in_tls(sink):
    host = paths.client(521)
    assert curl(URL, SINK, host, "-k", "-x", f"http://{SINK}:8080")[0] == 200
    request = sink.await_contacts(3, source=host)[2]
    assert request["sinkhole"]["tunnel"] == f"{NAME}:443" and "c2-url" in request["sinkhole"]["evidence"]

    host = paths.client(522)
    with connect(host, unverified()) as tls:
        tls.sendall(client_hello("inner.example"))
    outer, inner = sink.await_contacts(2, source=host, action="tls-client-hello")
    assert outer["tls"]["established"] is True
    assert inner["tls"] == {"client": {"server_name": "inner.example"}}


def test_a_person_who_ignores_the_warning_gets_the_page(sink):
    host = paths.client(523)
    status, page = curl(URL + "?q=SECRET", SINK, host, "-k",
                        headers=[*BROWSER, "Sec-Fetch-Mode: navigate", "Cookie: id=SECRET"])
    assert status == 403 and NAME in page
    request = sink.await_contacts(source=host, action="http-request")[0]
    assert MARK in request["sinkhole"]["marks"] and request["sinkhole"]["reference"] in page
    assert "browser" in request["sinkhole"]["evidence"] and "automation" not in request["sinkhole"]["evidence"]
    assert "SECRET" not in json.dumps(sink.contacts(source=host)) and "raw" not in request["sinkhole"]


def test_chromium_refuses_the_certificate_and_sends_nothing(sink, tmp_path):
    with Chromium(tmp_path, {NAME: SINK}) as browser:
        assert browser.open(URL).startswith("net::ERR_CERT_")
    hellos = sink.await_contacts(source=BROWSER_HOST, action="tls-client-hello")
    assert all(e["tls"]["established"] is False for e in hellos)
    assert any(e["sinkhole"].get("tls_alert") == "certificate_unknown" for e in hellos), hellos
    assert not sink.contacts(source=BROWSER_HOST, action="http-request")


def test_one_host_cannot_have_all_the_handshakes(sink):
    """Ten a second are answered; what comes beyond is observed."""
    host = paths.client(524)
    sockets = [socket.create_connection((SINK, 443), source_address=(host, 0)) for _ in range(40)]
    hello = client_hello(NAME)
    for one in sockets:
        one.sendall(hello)
    for one in sockets:
        one.close()
    found = sink.await_contacts(40, source=host)
    answered = [e for e in found if "established" in e["tls"]]
    assert 10 <= len(answered) < 40


@pytest.fixture
def other(authority, tmp_path):
    """One more, on a port of its own."""
    site = Site(tmp_path, authority)
    site.settings["sinkhole"]["listen"] = [{"address": paths.POOL4, "tcp": [8443]}]
    site.write().compile()
    yield site
    site.stop()


def test_a_record_byte_by_byte(other):
    """A sealed message gets no more time than an open one."""
    other.settings["sinkhole"] |= {"tls": "probe", "idle-timeout": 3, "request-timeout": 3}
    other.write().sinkhole()
    with connect(paths.client(532), unverified(), port=8443) as tls:
        tls.sendall(b"GET /x HTTP/1.1\r\nHost: www.sekisan.biz\r\n\r\n")
        assert tls.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
        plain = socket.socket(fileno=os.dup(tls.fileno()))
        plain.sendall(b"\x17\x03\x03\x40\x00")
        began = time.monotonic()
        while time.monotonic() - began < 30:
            try:
                plain.sendall(b"x")
            except OSError:
                break
            time.sleep(0.5)
        plain.close()
    assert time.monotonic() - began < 15


def test_a_reload_turns_it_on_and_off(other):
    daemon = other.sinkhole()

    def answers():
        try:
            connect(paths.client(530), unverified(), port=8443).close()
            return True
        except (ssl.SSLError, OSError):
            return False

    assert not answers()
    for mode in ("probe", "observe", "probe"):
        other.settings["sinkhole"]["tls"] = mode
        other.write()
        daemon.signal(signal.SIGHUP)
        wait_for(lambda: answers() == (mode == "probe"), f"tls: {mode}")


def test_an_open_handshake_at_the_stop_is_recorded(other):
    other.settings["sinkhole"]["tls"] = "probe"
    other.write().sinkhole()
    with connect(paths.client(531), unverified(), port=8443):
        other.stop()
    assert other.contacts(source=paths.client(531))[0]["tls"]["established"] is True
