# SPDX-License-Identifier: BSD-3-Clause
"""An authority that takes its time: what waits for it shares one query inside the resolver."""

import socket
import threading
import time

import dns.flags
import dns.message
import dns.rrset

from harness import paths

ADDRESS = "127.0.0.77"
ZONE = "slow.test"
STUB = f'stub-zone:\n    name: "{ZONE}."\n    stub-addr: {ADDRESS}\n'


KEY_TYPES = (43, 48)  # DS, DNSKEY
# A release before 1.20 answers however late it is; Debian's 1.17 has the option.
AT_ANY_TIME = "discard-timeout: 0" if b"discard-timeout" in paths.UNBOUND.read_bytes() else ""
# Makes a validator wait for the keys of ZONE, which it never gets.
ANCHORED = f"""server:
    disable-dnssec-lame-check: yes
    {AT_ANY_TIME}
    trust-anchor: "{ZONE}. DS 12345 13 2 {'0123456789abcdef' * 4}"
"""


class SlowAuthority:
    """Answers everything in ZONE after `delay` seconds: alias.* is a CNAME of `alias`, all else an A record. There are
    no keys; a question for some is answered so after `key_delay`."""

    def __init__(self, alias="", delay=0.3, key_delay=0.3, ttl=0):
        self.alias = alias
        self.delay = delay
        self.key_delay = key_delay
        self.ttl = ttl
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ADDRESS, 53))
        self.socket.settimeout(0.2)
        self.asked = []  # names, one for each question
        self.running = True
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.running = False
        self.thread.join()
        self.socket.close()

    def serve(self):
        while self.running:
            try:
                wire, peer = self.socket.recvfrom(4096)
            except socket.timeout:
                continue
            query = dns.message.from_wire(wire)
            delay = self.key_delay if query.question[0].rdtype in KEY_TYPES else self.delay
            threading.Timer(delay, self.answer, (query, peer)).start()

    def answer(self, query, peer):
        question = query.question[0]
        self.asked.append(question.name.to_text())
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA
        if question.name.to_text().startswith("alias"):
            reply.answer.append(dns.rrset.from_text(question.name, self.ttl, "IN", "CNAME", self.alias))
        elif question.rdtype == 1:
            reply.answer.append(dns.rrset.from_text(question.name, self.ttl, "IN", "A", "192.0.2.99"))
        else:
            reply.authority.append(dns.rrset.from_text(f"{ZONE}.", 60, "IN", "SOA", "ns.test. host.test. 1 60 60 60 60"))
        if self.running:
            self.socket.sendto(reply.to_wire(), peer)
