# SPDX-License-Identifier: BSD-3-Clause
"""A real web proxy before the sinkhole: it names its clients, and none of them can name somebody else."""

import socket
import ssl

import pytest

from harness import paths
from harness.clients import EMDIVI_AGENT, PROFILE, curl, emdivi
from harness.daemon import wait_for
from harness.site import Site, at_least, field, let_everybody_through
from harness.squid import Squid

NAME = "www.sekisan.biz"
PROXY, CAUTIOUS = "10.0.0.9", "10.0.0.10"
CLIENT = "10.20.20.20"
VICTIM = "10.66.6.1"
# As docs/sinkhole-network.md has it.
DENY = f"acl sinkhole dst {paths.POOL4} {paths.POOL6}\nhttp_access deny CONNECT sinkhole\nforwarded_for truncate\n"


@pytest.fixture(scope="module", params=["observe", "probe", "untrusted"])
def site(request, authority, tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("squid"), authority)
    let_everybody_through(site.directory)
    site.trusted = request.param != "untrusted"
    site.settings["sinkhole"]["tls"] = "observe" if request.param == "observe" else "probe"
    site.settings["sinkhole"]["trusted-proxies"] = [PROXY + "/32", CAUTIOUS + "/32"] if site.trusted else []
    site.write().compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    site.daemons += [Squid(site.directory, PROXY), Squid(site.directory, CAUTIOUS, DENY)]
    yield site
    site.stop()


def beacon(victim):
    body = emdivi([("abc", PROFILE)])
    return (f"POST /wp-content/plugins/akismet/state/index.php HTTP/1.1\r\nHost: {NAME}\r\nUser-Agent: {EMDIVI_AGENT}\r\n"
            f"X-Forwarded-For: {victim}\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


def connect(proxy, target):
    s = socket.create_connection((proxy, 3128), timeout=10, source_address=(CLIENT, 0))
    s.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    return s, s.recv(4096)


def honest(proxy, *headers):
    # The address is for curl alone: the proxy asks the resolver.
    return curl(f"http://{NAME}/honest", "198.51.100.2", CLIENT, "-x", f"http://{proxy}:3128", headers=headers)[0]


def nobody_is_framed(site, victim):
    assert site.contacts(source=victim) == []
    rows = site.sinkctl("hosts")
    assert not any(victim in row.split() for row in rows.splitlines() if row.startswith("INFECTED")), rows


@pytest.mark.parametrize("proxy", [PROXY, CAUTIOUS])
def test_squid_names_its_client(site, proxy):
    before = len(site.contacts())
    assert honest(proxy, "X-Forwarded-For: 10.66.6.3") == 200
    event = site.await_contacts(before + 1)[-1]
    named = ["10.66.6.3"] if proxy == PROXY else []  # forwarded_for truncate
    if site.trusted:
        assert event["source"] == {"ip": CLIENT} and event["sinkhole"]["proxy_ip"] == proxy
    else:
        assert event["source"]["ip"] == proxy and "proxy_ip" not in event["sinkhole"]
        named.append(CLIENT)
    assert event["sinkhole"].get("claimed_ip", []) == named
    assert event["sinkhole"]["via"].startswith("1.1 proxy.example (squid")
    nobody_is_framed(site, "10.66.6.3")


def test_plain_http_in_a_tunnel_names_no_other_host(site):
    before = len(site.contacts())
    s, answer = connect(PROXY, f"{NAME}:443")
    with s:
        assert answer.startswith(b"HTTP/1.1 200")
        s.sendall(beacon(VICTIM))
        assert s.recv(4096).startswith(b"HTTP/1.1 200")
    event = site.await_contacts(before + 1)[-1]
    assert "decoded" in event["sinkhole"]["evidence"]
    assert event["source"]["ip"] == PROXY and event["sinkhole"]["claimed_ip"] == [VICTIM]
    assert "proxy_ip" not in event["sinkhole"]
    nobody_is_framed(site, VICTIM)


def test_tls_in_a_tunnel_names_no_other_host(site):
    if site.settings["sinkhole"]["tls"] == "observe":
        return  # there is no request inside
    victim = "10.66.6.2"
    before = len(site.contacts())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    s, _ = connect(PROXY, f"{NAME}:443")
    with s, context.wrap_socket(s, server_hostname=NAME) as tls:
        tls.sendall(beacon(victim))
        assert tls.recv(4096).startswith(b"HTTP/1.1 200")
    event = site.await_contacts(before + 2)[-1]
    assert "decoded" in event["sinkhole"]["evidence"] and event["tls"]["established"]
    assert event["source"]["ip"] == PROXY and event["sinkhole"]["claimed_ip"] == [victim]
    nobody_is_framed(site, victim)


@pytest.mark.parametrize("name, number, head", [
    ("two lengths", 10, "Content-Length: 0\r\nContent-Length: {len}\r\n"),
    ("chunked and length", 11, "Content-Length: {len}\r\nTransfer-Encoding: chunked\r\n"),
    ("a coding that looks like chunked", 12, "Content-Length: {len}\r\nTransfer-Encoding: xchunked\r\n"),
    ("chunked with a tab", 13, "Content-Length: {len}\r\nTransfer-Encoding:\x0bchunked\r\n"),
    ("a blank before the colon", 14, "Content-Length : {len}\r\n"),
    ("a bare LF", 15, "X: y\n\nPOST / HTTP/1.1\r\nContent-Length: {len}\r\n"),
    ("upgrade", 16, "Upgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 0\r\n"),
    ("a version without codings", 17, "Transfer-Encoding: chunked\r\n"),
    ("nothing", 18, ""),
])
def test_nothing_is_smuggled_past_squid(site, name, number, head):
    """A second request inside of the first one, which the proxy must not have seen."""
    victim = f"10.66.6.{number}"
    hidden = b"0\r\n\r\n" + beacon(victim)
    version = "1.0" if "version" in name else "1.1"
    first = f"POST http://{NAME}/first HTTP/{version}\r\nHost: {NAME}\r\n" + head.format(len=len(hidden)) + "\r\n"
    with socket.create_connection((PROXY, 3128), timeout=10, source_address=(CLIENT, 0)) as s:
        s.sendall(first.encode() + hidden)
        s.shutdown(socket.SHUT_WR)
        while s.recv(65536):
            pass
    nobody_is_framed(site, victim)


@pytest.mark.parametrize("first", [
    ("-H", "Expect: 100-continue", "--data-binary", "a" * 2000),
    ("-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue", "--data-binary", "a" * 2000),
], ids=["expect", "expect-chunked"])
def test_a_doubtful_request_of_one_client_hides_no_other_client(site, first):
    """The proxy sends the requests of all clients on the connections that it keeps open; by default no POST, but GET."""
    if not site.trusted:
        return
    proxy = ("-x", f"http://{PROXY}:3128")
    others = ["10.20.21.2", "10.20.21.3"]
    path = f"/behind-{len(first)}"  # of this case alone: contacts of the tests before may still come
    assert curl(f"http://{NAME}{path}", "198.51.100.2", "10.20.21.1", *proxy, *first)[0] == 200
    for other in others:
        headers = [f"User-Agent: {EMDIVI_AGENT}", "Cookie: " + emdivi([("abc", PROFILE)])]
        assert curl(f"http://{NAME}{path}", "198.51.100.2", other, *proxy, headers=headers)[0] == 200
    events = wait_for(lambda: at_least(3, [e for e in site.contacts() if field(e, "url.path") == path]), "three contacts")
    assert [e["source"]["ip"] for e in events] == ["10.20.21.1", *others]
    assert all(e["sinkhole"]["proxy_ip"] == PROXY for e in events)
    infected = [row.split() for row in site.sinkctl("hosts").splitlines() if row.startswith("INFECTED")]
    assert [any(other in row for row in infected) for other in others] == [True, True]


def test_the_documented_lines_deny_tunnels_to_the_sinkhole(site):
    before = len(site.contacts())
    for target in (f"{NAME}:443", "198.51.100.2:443"):
        s, answer = connect(CAUTIOUS, target)
        with s:
            assert answer.startswith(b"HTTP/1.1 403 "), "denied by the proxy"
    assert honest(CAUTIOUS) == 200
    site.await_contacts(before + 1)
    assert [e for e in site.contacts(source=CAUTIOUS) if e["destination"]["port"] == 443] == []
