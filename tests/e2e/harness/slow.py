# SPDX-License-Identifier: BSD-3-Clause
"""An authority that takes its time: what waits for it shares one query inside the resolver."""

import socket
import threading
import time

import dns.flags
import dns.message
import dns.rrset

ADDRESS = "127.0.0.77"
ZONE = "slow.test"
STUB = f'stub-zone:\n    name: "{ZONE}."\n    stub-addr: {ADDRESS}\n'


class SlowAuthority:
    """Answers everything in ZONE after `delay` seconds: alias.* is a CNAME of `alias`, all else an A record."""

    def __init__(self, alias, delay=0.3):
        self.alias = alias
        self.delay = delay
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ADDRESS, 53))
        self.socket.settimeout(0.2)
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
            threading.Timer(self.delay, self.answer, (wire, peer)).start()

    def answer(self, wire, peer):
        query = dns.message.from_wire(wire)
        question = query.question[0]
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA
        if question.name.to_text().startswith("alias"):
            reply.answer.append(dns.rrset.from_text(question.name, 0, "IN", "CNAME", self.alias))
        elif question.rdtype == 1:
            reply.answer.append(dns.rrset.from_text(question.name, 0, "IN", "A", "192.0.2.99"))
        if self.running:
            self.socket.sendto(reply.to_wire(), peer)
