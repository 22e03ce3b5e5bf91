# SPDX-License-Identifier: BSD-3-Clause
"""DNS questions and answers."""

import select
import socket
import time
from contextlib import ExitStack

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from harness import paths
from harness.daemon import SLOWNESS

TIMEOUT = 5 * SLOWNESS
EDE = 15  # the EDNS option; by chance the code "Blocked" is 15, too


def question(name, rdtype="A", **options):
    """A query as stub resolvers send it. options: dns.message.make_query's (use_edns, want_dnssec, payload)."""
    return dns.message.make_query(name, rdtype, **options)


def ask(name, rdtype="A", source=None, server=paths.RESOLVER, tcp=False, timeout=TIMEOUT, **options):
    """Asks and returns the answer as a dns.message; None if none came."""
    query = name if isinstance(name, dns.message.Message) else question(name, rdtype, **options)
    wire = exchange(query.to_wire(), source, server, tcp, timeout)
    return None if wire is None else dns.message.from_wire(wire)


def exchange(wire, source=None, server=paths.RESOLVER, tcp=False, timeout=TIMEOUT):
    """Sends bytes and returns the answer's bytes; None if none came in time."""
    family = socket.AF_INET6 if ":" in server else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        if source:
            s.bind((source, 0))
        try:
            s.connect((server, 53))
            s.sendall((len(wire).to_bytes(2, "big") if tcp else b"") + wire)
            if not tcp:
                return s.recv(65535)
            length = int.from_bytes(receive(s, 2), "big")
            return receive(s, length)
        except socket.timeout:
            return None


def receive(s, count):
    data = b""
    while len(data) < count:
        piece = s.recv(count - len(data))
        assert piece, "the server closed the connection early"
        data += piece
    return data


def ask_all_the_time(name, seconds, rdtype="A", count=24):
    """The answers that many clients get who ask again at once."""
    wire = question(name, rdtype).to_wire()
    answers = []
    with ExitStack() as stack:
        clients = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(count)]
        for number, client in enumerate(clients):
            client.bind((paths.client(1200 + number), 0))
            client.connect((paths.RESOLVER, 53))
            client.send(wire)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for client in select.select(clients, [], [], 0.1)[0]:
                answers.append(tuple(addresses(dns.message.from_wire(client.recv(4096)), rdtype)))
                client.send(wire)
    return answers


def addresses(answer, rdtype="A"):
    """Addresses of that type in the answer section, sorted."""
    kind = dns.rdatatype.from_text(rdtype)
    return sorted(r.to_text() for rrset in answer.answer if rrset.rdtype == kind for r in rrset)


def soa(answer):
    """The SOA rrset of the authority section; None if there is none."""
    found = [r for r in answer.authority if r.rdtype == dns.rdatatype.SOA]
    return found[0] if found else None


def extended_errors(answer):
    """INFO-CODE and EXTRA-TEXT of every Extended DNS Error."""
    found = []
    for option in answer.options:
        if int(option.otype) == EDE:
            raw = option.to_wire() if hasattr(option, "to_wire") else option.data
            found.append((int.from_bytes(raw[:2], "big"), raw[2:].decode()))
    return found


def flags(answer):
    return set(dns.flags.to_text(answer.flags).split())


def rcode(answer):
    return dns.rcode.to_text(answer.rcode())
