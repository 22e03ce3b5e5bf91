# SPDX-License-Identifier: BSD-3-Clause
"""Behind a web proxy the sinkhole alone sees the victim, if the operator trusts the proxy."""

import base64
import socket
import struct
from datetime import datetime, timezone

import pytest

from harness import paths
from harness.clients import client_hello, curl, send_raw
from harness.site import Site

FRONT = "http://www.ims.gr.jp/"


def test_a_trusted_proxy_names_the_host(site):
    proxy, host = paths.client(360), paths.client(361)
    site.settings["sinkhole"]["trusted-proxies"] = [proxy + "/32"]
    site.write().compile()
    site.sinkhole()
    curl(FRONT, "198.51.100.2", proxy, headers=[f"X-Forwarded-For: 192.0.2.99, {host}"])
    event = site.await_contacts(source=host)[0]
    assert event["sinkhole"]["proxy_ip"] == proxy
    assert event["sinkhole"]["claimed_ip"] == ["192.0.2.99"]


def test_one_header_is_trusted_the_other_is_a_claim(site):
    proxy, host = paths.client(362), paths.client(363)
    site.settings["sinkhole"]["trusted-proxies"] = [proxy + "/32"]
    site.settings["sinkhole"]["forwarded-header"] = "forwarded"
    site.write().compile()
    site.sinkhole()
    curl(FRONT, "198.51.100.2", proxy, headers=[f'Forwarded: for="{host}:4711";proto=http', "X-Forwarded-For: 192.0.2.99"])
    event = site.await_contacts(source=host)[0]
    assert event["sinkhole"]["proxy_ip"] == proxy
    assert event["sinkhole"]["claimed_ip"] == ["192.0.2.99"]
    curl(FRONT, "198.51.100.2", proxy, headers=["X-Forwarded-For: 192.0.2.99"])
    event = site.await_contacts(source=proxy)[0]
    assert event["sinkhole"]["claimed_ip"] == ["192.0.2.99"]
    assert "proxy_ip" not in event["sinkhole"]


PROXY_PORT = 8090
START2 = b"\r\n\r\n\0\r\nQUIT\n"
REQUEST = b"GET /x HTTP/1.1\r\nHost: www.ims.gr.jp\r\nConnection: close\r\n\r\n"
NAMED = "198.51.100.7"


def header1(host, to=NAMED):
    return f"PROXY TCP4 {host} {to} 4711 80\r\n".encode()


def header2(host, to=NAMED, more=b""):
    ends = socket.inet_aton(host) + socket.inet_aton(to) + struct.pack("!HH", 4711, 80) + more
    return START2 + struct.pack("!BBH", 0x21, 0x11, len(ends)) + ends


@pytest.fixture(scope="module")
def behind(authority, tmp_path_factory):
    """A sinkhole with a port for proxies, of which clients 370 and 379 are trusted ones."""
    site = Site(tmp_path_factory.mktemp("behind"), authority)
    site.settings["sinkhole"]["trusted-proxies"] = [paths.client(n) + "/32" for n in (370, 379)]
    site.settings["sinkhole"]["max-connections-per-host"] = 4
    site.settings["sinkhole"]["listen"].append({"address": paths.POOL4, "tcp": [PROXY_PORT], "proxy-protocol": True})
    site.write().compile()
    site.sinkhole()
    yield site
    site.stop()


def through(site, data, source, **wanted):
    """Sends to the proxies' port; the events of `source` that this made."""
    before = len(site.contacts())
    answer = send_raw(data, "198.51.100.2", PROXY_PORT, wanted.pop("peer", paths.client(370)))
    site.await_contacts(before + 1)
    found = [event for event in site.contacts()[before:] if event["source"]["ip"] == source]
    assert len(found) == 1 and len(site.contacts()) == before + 1, site.contacts()[before:]
    return found[0], answer


@pytest.mark.parametrize("header, number", [(header1, 371), (header2, 372),
                                            (lambda host: header2(host, more=b"\x04\x00\x03abc"), 373)], ids=["v1", "v2", "tlv"])
def test_a_header_names_both_ends(behind, header, number):
    host = paths.client(number)
    # A stranger's X-Forwarded-For: the proxy passed it on unseen.
    request = REQUEST.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 192.0.2.99\r\n\r\n")
    event, answer = through(behind, header(host) + request, host)
    assert answer.startswith(b"HTTP/1.1 200")
    assert event["event"]["action"] == "http-request"
    assert event["source"] == {"ip": host, "port": 4711}
    assert event["destination"] == {"ip": NAMED, "port": 80}
    assert event["sinkhole"]["campaign_address"] == NAMED
    assert event["sinkhole"]["proxy_ip"] == paths.client(370)
    assert event["sinkhole"]["claimed_ip"] == ["192.0.2.99"]


def test_tls_behind_a_header(behind):
    host = paths.client(374)
    hello = client_hello("www.ims.gr.jp")
    event, _ = through(behind, header2(host) + hello, host)
    assert event["event"]["action"] == "tls-client-hello"
    assert event["tls"]["client"]["server_name"] == "www.ims.gr.jp"
    event, _ = through(behind, header1(host), host)
    assert event["event"]["action"] == "tcp-silent"
    began = datetime.fromisoformat(event["@timestamp"].replace("Z", "+00:00"))
    assert abs((datetime.now(timezone.utc) - began).total_seconds()) < 60


def test_curl_names_its_client_in_a_proxy_header(behind):
    proxy = paths.client(370)
    before = len(behind.contacts())
    url = f"http://www.ims.gr.jp:{PROXY_PORT}/curl"
    assert curl(url, "198.51.100.2", proxy, "--haproxy-protocol")[0] == 200
    event = behind.await_contacts(before + 1)[-1]
    assert event["url"]["path"] == "/curl" and event["destination"]["ip"] == "198.51.100.2"
    assert event["source"]["ip"] == event["sinkhole"]["proxy_ip"] == proxy


@pytest.mark.parametrize("data, action, flaw", [
    (b"PROXY UNKNOWN\r\n" + REQUEST, "http-request", None),
    (START2 + b"\x20\0\0\0" + REQUEST, "http-request", None),
    (REQUEST, "http-malformed", "proxy-missing"),
    (b"PROXY TCP4 1.2.3.4 nobody 1 2\r\n" + REQUEST, "tcp-data", "proxy-header"),
    (START2 + b"\x2f\x11\0\x0c" + bytes(12) + REQUEST, "tcp-data", "proxy-header"),
    (START2 + b"\x21\x11\xff\xff" + bytes(30000), "tcp-data", "proxy-header"),
    (START2 + b"\x21", "tcp-data", "proxy-header"),
    (b"PROXY " + b"x" * 5000, "tcp-data", "proxy-header"),
    (b"", "tcp-silent", None),
], ids=["unknown", "local", "missing", "nobody", "command", "endless", "half", "endless-line", "silent"])
def test_a_proxy_header_without_an_address_leaves_the_proxy_as_source(behind, data, action, flaw):
    proxy = paths.client(370)
    # Headers behind one that names no host are not the proxy's own.
    request = REQUEST.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 192.0.2.99\r\nCookie: SECRET\r\n\r\n")
    data = data.replace(REQUEST, request)
    event, _ = through(behind, data, proxy)
    assert event["event"]["action"] == action
    assert event["sinkhole"].get("malformed") == flaw
    assert "proxy_ip" not in event["sinkhole"]
    assert event["sinkhole"].get("claimed_ip") == (["192.0.2.99"] if action.startswith("http") else None)
    if action == "tcp-data":
        kept = base64.b64decode(event["sinkhole"]["raw"]["data"])
        assert kept and data.startswith(kept) and b"SECRET" not in kept


def test_a_proxy_header_of_an_unlisted_host_is_a_claim(behind):
    stranger = paths.client(375)
    for header in header1, header2:
        event, answer = through(behind, header("192.0.2.77") + REQUEST, stranger, peer=stranger)
        assert answer.startswith(b"HTTP/1.1 200")
        assert event["event"]["action"] == "http-malformed"
        assert event["sinkhole"]["malformed"] == "proxy-untrusted"
        assert event["sinkhole"]["claimed_ip"] == ["192.0.2.77"]
        assert event["destination"] == {"ip": "198.51.100.2", "port": PROXY_PORT}
        assert "proxy_ip" not in event["sinkhole"]
    event, _ = through(behind, REQUEST, stranger, peer=stranger)
    assert event["event"]["action"] == "http-request", "a client without a proxy is answered as anywhere"
    # On an ordinary port such a header is nothing at all.
    assert send_raw(header1("192.0.2.77") + REQUEST, "198.51.100.2", 8080, paths.client(379)) == b""
    event = behind.await_contacts(source=paths.client(379))[0]
    assert event["event"]["action"] == "tcp-data" and "malformed" not in event["sinkhole"]


def test_a_proxy_header_is_read_byte_by_byte(behind):
    host = paths.client(376)
    with socket.create_connection(("198.51.100.2", PROXY_PORT), source_address=(paths.client(370), 0)) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in header2(host) + REQUEST:
            s.send(bytes([byte]))
        assert s.recv(65536).startswith(b"HTTP/1.1 200")
    assert behind.await_contacts(source=host)[0]["event"]["action"] == "http-request"


def test_limits_are_the_named_hosts(behind):
    """A proxy is many hosts, and each of them is one."""
    hosts = [paths.client(377), paths.client(378)]
    connections = []
    for host in hosts:
        for _ in range(7):
            s = socket.create_connection(("198.51.100.2", PROXY_PORT), source_address=(paths.client(370), 0))
            s.settimeout(5)
            s.sendall(header1(host) + REQUEST.replace(b"close", b"keep-alive"))
            connections.append((host, s))
    answered = {host: 0 for host in hosts}
    for host, s in connections:
        try:
            answered[host] += s.recv(65536).startswith(b"HTTP/1.1 200")
        except ConnectionResetError:
            pass
    for _, s in connections:  # not before: who hangs up makes room for one that was not read yet
        s.close()
    assert set(answered.values()) == {4}
    behind.stop()
    for host in hosts:
        assert len(behind.contacts("http-request", host)) == 4
        folded = behind.contacts("tcp-folded", host)
        assert sum(event["sinkhole"]["repeat"] for event in folded) == 3
    last = behind.states(behind.contact_log)[-1]["sinkhole"]
    assert last["connections"] == sum(event["sinkhole"].get("repeat", 1) for event in behind.contacts())
