# SPDX-License-Identifier: BSD-3-Clause
"""Every way in which a client can reach the resolver: it is answered, and its one event names it and the way."""

import socket
import ssl
import struct

import dns.message
import pytest

from harness import paths
from harness.ask import addresses, ask, exchange, question, receive
from harness.daemon import run

LISTED = "www.kaerunote.com"
RESOLVER6 = "2001:db8:53::1"
TLS, HTTPS, PROXY = 853, 443, 5300


@pytest.fixture(scope="module")
def ways(authority, tmp_path_factory):
    """One resolver with all kinds of listeners."""
    from harness.site import Site

    site = Site(tmp_path_factory.mktemp("ways"), authority).write()
    key, certificate = site.certificate()
    ports = "".join(f"    interface: {a}@{port}\n" for a in (paths.RESOLVER, RESOLVER6) for port in (TLS, HTTPS, PROXY))
    site.compile()
    site.resolver(extra=f"""server:
{ports}    tls-port: {TLS}
    https-port: {HTTPS}
    proxy-protocol-port: {PROXY}
    tls-service-key: "{key}"
    tls-service-pem: "{certificate}"
""")
    site.await_list()
    yield site
    site.stop()


@pytest.fixture(params=[paths.RESOLVER, RESOLVER6], ids=["v4", "v6"])
def server(request):
    return request.param


def source_for(server, number):
    return paths.client(number) if "." in server else f"2001:db8:10::{7 + number % 2}"


def kdig(server, source, *words):
    result = run(["kdig", f"@{server}", "-b", source, "+short", "+time=5", *words], check=0)
    return sorted(result.stdout.split())


def new_events(site, before, count):
    found = site.await_dns(before + count)
    assert len(found) == before + count, "one event per reply, no more"
    return found[before:]


def check(event, source, transport, over=None, name=LISTED):
    assert event["source"]["ip"] == source and event["source"]["port"] > 0
    assert event["network"] == {"transport": transport, "protocol": "dns"}
    assert event["sinkhole"].get("over") == over
    assert event["dns"]["question"]["name"] == name
    assert event["dns"]["resolved_ip"], event


@pytest.mark.parametrize("words, transport, over", [
    (("+notcp",), "udp", None),
    (("+tcp",), "tcp", None),
    (("+tls", "-p", str(TLS)), "tcp", "tls"),
    (("+https", "-p", str(HTTPS)), "tcp", "https"),
    (("+https-get", "-p", str(HTTPS)), "tcp", "https"),
], ids=["udp", "tcp", "tls", "https-post", "https-get"])
def test_one_event_names_the_way(ways, server, words, transport, over):
    source = source_for(server, 800)
    before = len(ways.dns_events())
    for _ in range(2):  # the second time from the cache, if there was one
        found = kdig(server, source, *words, LISTED, "A")
        assert len(found) == 1 and found[0].startswith("198.51.100.")
    port = int(words[2]) if "-p" in words else 53
    for event in new_events(ways, before, 2):
        check(event, source, transport, over)
        assert event["destination"] == {"ip": server, "port": port}


def test_what_is_not_listed_leaves_nothing(ways, server):
    before = len(ways.dns_events())
    for words in ((), ("+tcp",), ("+tls", "-p", str(TLS)), ("+https", "-p", str(HTTPS))):
        assert kdig(server, source_for(server, 801), *words, "www.example.test", "A") == ["192.0.2.12"]
    assert addresses(ask(LISTED, source=paths.client(808)))
    assert new_events(ways, before, 1)[0]["source"]["ip"] == paths.client(808)


def pipeline(stream, names):
    """All questions in one write, then as many answers."""
    wires = [question(name).to_wire() for name in names]
    stream.sendall(b"".join(struct.pack("!H", len(w)) + w for w in wires))
    return [dns.message.from_wire(receive(stream, struct.unpack("!H", receive(stream, 2))[0])) for _ in wires]


@pytest.mark.parametrize("port, over", [(53, None), (TLS, "tls")])
def test_many_questions_on_one_connection(ways, server, port, over):
    source = source_for(server, 802)
    names = [f"n{i}.kaerunote.com" if i % 2 else "www.example.test" for i in range(20)]
    before = len(ways.dns_events())
    context = ssl._create_unverified_context()
    with socket.create_connection((server, port), timeout=5, source_address=(source, 0)) as plain:
        stream = context.wrap_socket(plain) if over else plain
        answers = pipeline(stream, names)
    assert len(answers) == len(names)
    events = new_events(ways, before, 10)
    assert sorted(e["dns"]["question"]["name"] for e in events) == sorted(n for n in names if n != "www.example.test")
    for event in events:
        check(event, source, "tcp", over, event["dns"]["question"]["name"])
    assert len({e["source"]["port"] for e in events}) == 1


def proxied(client, port, server, datagram):
    """PROXY protocol version 2: the header that stands before a question that a load balancer hands on."""
    family = socket.AF_INET6 if ":" in client else socket.AF_INET
    ends = socket.inet_pton(family, client) + socket.inet_pton(family, server) + struct.pack("!HH", port, 53)
    kind = (0x21 if family == socket.AF_INET6 else 0x11) + (1 if datagram else 0)
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x21, kind]) + struct.pack("!H", len(ends)) + ends


@pytest.mark.parametrize("datagram", [True, False], ids=["udp", "tcp"])
def test_behind_a_load_balancer_the_client_is_recorded(ways, server, datagram):
    balancer = source_for(server, 803)
    client = "2001:db8:77::5" if ":" in server else "10.77.0.5"
    header = proxied(client, 4711, server, datagram)
    wire = question(LISTED).to_wire()
    before = len(ways.dns_events())
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if datagram else socket.SOCK_STREAM) as s:
        s.settimeout(5)
        s.bind((balancer, 0))
        s.connect((server, PROXY))
        if datagram:
            s.sendall(header + wire)
            answer = dns.message.from_wire(s.recv(65535))
        else:
            s.sendall(header + struct.pack("!H", len(wire)) + wire)
            answer = dns.message.from_wire(receive(s, struct.unpack("!H", receive(s, 2))[0]))
    assert addresses(answer)
    event = new_events(ways, before, 1)[0]
    check(event, client, "udp" if datagram else "tcp")
    assert event["source"]["port"] == 4711
    assert "destination" not in event, "what the balancer called is not what the client called"


def test_a_question_is_recorded_although_the_client_left(ways):
    """The connection is reset before the answer."""
    before = len(ways.dns_events())
    wire = question("gone.kaerunote.com").to_wire()
    for _ in range(20):
        s = socket.create_connection((paths.RESOLVER, 53), timeout=5, source_address=(paths.client(804), 0))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.sendall(struct.pack("!H", len(wire)) + wire)
        s.close()
    for event in new_events(ways, before, 20):
        check(event, paths.client(804), "tcp", None, "gone.kaerunote.com")
    assert addresses(ask(LISTED, source=paths.client(805)))
    new_events(ways, before + 20, 1)


def test_what_is_no_question_leaves_nothing(ways):
    before = len(ways.dns_events())
    answer = bytearray(question(LISTED).to_wire())
    answer[2] |= 0x80  # says that it is an answer
    assert exchange(bytes(answer), source=paths.client(806), timeout=1) is None
    exchange(question(LISTED).to_wire()[:20], source=paths.client(806), timeout=1)
    assert addresses(ask(LISTED, source=paths.client(807)))
    assert new_events(ways, before, 1)[0]["source"]["ip"] == paths.client(807)


@pytest.mark.parametrize("extra, known", [
    ('interface-automatic: yes\n    interface-automatic-ports: "5353"', True),
    ("interface: 0.0.0.0@5353", False),
], ids=["automatic", "all"])
def test_a_resolver_that_listens_on_all_addresses(site, extra, known):
    """Which one was asked is known where Unbound has the kernel tell it."""
    site.compile()
    site.resolver(address=paths.PEER, extra=f"server:\n    {extra}\n")  # beside the one of the other tests
    site.await_list()
    asked = "10.53.0.9"
    assert kdig(asked, paths.client(809), *([] if known else ["+tcp"]), "-p", "5353", LISTED, "A")
    event = site.await_dns(source=paths.client(809))[0]
    assert event.get("destination") == ({"ip": asked, "port": 5353} if known else None)


def test_a_question_for_any_class(ways):
    before = len(ways.dns_events())
    query = question(LISTED)
    query.question[0].rdclass = 255
    exchange(query.to_wire(), source=paths.client(810))
    assert new_events(ways, before, 1)[0]["dns"]["question"]["class"] == "ANY"
