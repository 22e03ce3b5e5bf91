# SPDX-License-Identifier: BSD-3-Clause
"""drop where several questions share a connection: TLS, HTTPS and TCP. The connection may go, the resolver goes on."""

import collections
import ssl
import socket
import time

import pytest

from harness import paths
from harness.ask import addresses, ask, question, receive
from harness.daemon import run
from harness.slow import STUB, ZONE, SlowAuthority

SOURCE = paths.client(980)
LISTED = "www.kaerunote.com"
ROUNDS = 4
WAYS = {"https": ("+https", "-p", "443"), "tls": ("+tls", "-p", "853"), "tcp": ("+tcp",)}


@pytest.fixture
def dropping(site):
    key, certificate = site.directory / "key.pem", site.directory / "cert.pem"
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=resolver.test", "-keyout", key, "-out", certificate], check=0)
    site.settings["campaigns"] = {"emdivi": {"action": "drop"}}
    site.write().compile()
    with SlowAuthority(LISTED + "."):
        site.resolver(extra=f"""server:
    interface: {paths.RESOLVER}@443
    interface: {paths.RESOLVER}@853
    https-port: 443
    tls-port: 853
    tls-service-key: "{key}"
    tls-service-pem: "{certificate}"
""" + STUB)
        site.await_list()
        yield site


def test_a_drop_leaves_the_connection_usable_over_each_transport(dropping):
    """Dropped at once and, behind an alias, when the answer is there; then an ordinary question on the same connection."""
    for number in range(ROUNDS):
        for way, words in WAYS.items():
            for name in (f"x{number}.kaerunote.com", f"alias{number}-{way}.{ZONE}"):
                run(["kdig", f"@{paths.RESOLVER}", "-b", SOURCE, "+time=1", "+retry=0", *words, name, "A",
                     f"www{number}.example.test", "A"])
        assert addresses(ask("www.example.test", source=paths.client(981)))
    events = dropping.await_dns(ROUNDS * len(WAYS) * 2, source=SOURCE, action="dns-drop")
    ways = collections.Counter(e["sinkhole"].get("over", "tcp") for e in events)
    assert set(ways) == set(WAYS) and min(ways.values()) >= 2 * ROUNDS
    assert all("response_code" not in e["dns"] for e in events)


def test_many_questions_on_one_tls_connection(dropping):
    """Dropped and answered ones in one write; a client that waited for an answer asks again over a new connection."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for number in range(ROUNDS):
        with socket.create_connection((paths.RESOLVER, 853), timeout=3, source_address=(SOURCE, 0)) as s:
            with context.wrap_socket(s) as tls:
                wires = [question(name).to_wire() for name in (
                    f"alias{number}.{ZONE}", "www.example.test", LISTED, f"alias{number}.{ZONE}", f"www.{ZONE}")]
                tls.sendall(b"".join(len(wire).to_bytes(2, "big") + wire for wire in wires))
                try:
                    while length := int.from_bytes(receive(tls, 2), "big"):
                        receive(tls, length)
                except (AssertionError, OSError):
                    pass
        assert addresses(ask("www.example.test", source=SOURCE, tcp=True))
    time.sleep(0.3)
    assert dropping.await_dns(ROUNDS, source=SOURCE, action="dns-drop")
