# SPDX-License-Identifier: BSD-3-Clause
"""One day at one site: real daemons, a clock that is moved, and hosts that do what they do at their hour.

Every host is an Actor (actors.py). What all of them do is sorted by time and done in that order, with the daemons' clock
put to that time before each step; so the logs hold a day as it would have been, and `sinkctl` reads it on the next
morning.
"""

import dataclasses
import random
from datetime import datetime, timedelta, timezone

from harness import paths
from harness.ask import addresses, ask
from harness.browser import RESOLVED, Chromium
from harness.clients import hello_tls, send_raw
from harness.daemon import settle
from harness.firefox import Firefox
from harness.workstation import Workstation
from harness.web import OtherSite

CLEAN, VICTIM = "clean", "victim"
FOREIGN_PAGE = "10.40.0.80"


@dataclasses.dataclass
class Actor:
    """what: who it is; truth: CLEAN or VICTIM; right: the calls that are right; does: a function that takes a Host and
    gives (minute of the day, what it does then) in any order; only_asks: a victim that was never seen to do more than ask
    DNS; behind: a proxy is seen in its place, and has a row of its own. address: set when the day is made, unless it is given."""

    what: str
    truth: str
    right: tuple
    does: object
    only_asks: bool = False
    behind: bool = False
    address: str = None


class Host:
    """What an actor can do, from its own address. What it does is done at once and has ended when the call returns."""

    def __init__(self, actor, day):
        self.actor, self.address, self.day = actor, actor.address, day
        self.random = random.Random(actor.what)  # the same day every time

    @property
    def workstation(self):
        return self.day.workstation(self.address)

    def ask(self, name, *types):
        """As a stub resolver does; returns the first address of the host's own kind."""
        ipv6 = ":" in self.address
        answers = {rdtype: ask(name, rdtype, source=self.address, server=paths.RESOLVER6 if ipv6 else paths.RESOLVER)
                   for rdtype in types or ("A", "AAAA")}
        assert all(answers.values()), f"{self.actor.what}: no answer for {name}"
        kind = "AAAA" if ipv6 else "A"
        found = addresses(answers[kind], kind) if kind in answers else []
        return found[0] if found else None

    def request(self, url, head, body=b"", to=None, more=()):
        """Sends a request as its client writes it (heads.py) on a connection of its own; returns the answer. to: an
        address that is called without asking DNS."""
        method, headers = head
        host, _, path = url.removeprefix("http://").partition("/")
        length = [f"Content-Length: {len(body)}"] if body else []
        lines = [f"{method} /{path} HTTP/1.1", f"Host: {host}", *headers, *more, *length]
        data = "\r\n".join(lines).encode() + b"\r\n\r\n" + (body if isinstance(body, bytes) else body.encode())
        return send_raw(data, to or self.ask(host), 80, self.address)

    def tls(self, name):
        hello_tls(self.ask(name), self.address, name)

    def raw(self, name, port, data):
        send_raw(data, self.ask(name), port, self.address)

    def run(self, *words, check=None):
        """A real program, which asks DNS and calls by itself."""
        return self.workstation.run(*words, check=check)

    def loop(self, code):
        """A real Python program that calls `code` for each URL that the returned function is given."""
        def call(url):
            program = self.day.programs.get(self.address)
            if program is None:
                loop = f"import sys\nfor url in map(str.strip, sys.stdin):\n    {code}\n    print(url, flush=True)"
                program = self.day.programs[self.address] = self.workstation.start("python3", "-c", loop)
            print(url, file=program.stdin, flush=True)
            assert program.stdout.readline().strip() == url, f"{self.actor.what}: the program ended"
        return call

    def chromium(self, *urls, names=(), proxy=None):
        """A real Chromium opens these pages, one after the other. names: further hosts that it may ask for."""
        flags = [f"--proxy-server=http://{proxy}:3128"] if proxy else []
        hosts = dict.fromkeys([*names, *filter(None, [proxy]), *(url.split("/")[2].partition(":")[0] for url in urls)], RESOLVED)
        profile = self.workstation.home / f"chromium-{len(list(self.workstation.home.iterdir()))}"
        profile.mkdir()
        self.workstation.own(profile)
        with Chromium(profile, hosts, *flags, before=self.workstation.prefix) as browser:
            for url in urls:
                browser.open(url)
                self.linger()

    def firefox(self, *urls):
        with Firefox(self.workstation) as browser:
            for url in urls:
                browser.open(url)
                self.linger()

    def linger(self):
        """Until what the page makes the browser fetch has arrived."""
        self.day.until_quiet()

    def foreign_page(self, body):
        """Puts this into the page of a site that is not ours; returns its URL."""
        self.day.foreign.body = body
        return self.day.foreign.url

    def at(self, hour, minute=0, wobble=0):
        """A minute of the day, up to `wobble` minutes later."""
        return hour * 60 + minute + self.random.uniform(0, wobble)

    def every(self, minutes, start, end, action, wobble=0):
        """The same again and again; start and end are hours."""
        at = start * 60
        while at < end * 60:
            yield at + self.random.uniform(0, wobble), action
            at += minutes


class Day:
    """Yesterday. homes: a directory for the hosts' own files. begins: when the clock of the daemons has to start."""

    def __init__(self, homes, actors):
        self.homes, self.actors = homes, actors
        self.midnight = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
        self.workstations, self.programs = {}, {}
        self.begins = self.midnight - timedelta(minutes=1)

    def play(self, site, clock):
        """Afterwards the clock stands at the next morning."""
        self.site = site
        hosts = [Host(actor, self) for actor in self.actors]
        steps = [(minute, number, action) for number, host in enumerate(hosts) for minute, action in host.actor.does(host)]
        try:
            with OtherSite(FOREIGN_PAGE) as self.foreign:
                for minute, _, action in sorted(steps, key=lambda step: step[:2]):
                    clock.set(self.midnight + timedelta(minutes=minute))
                    action()
        finally:
            self.end_programs()
        self.until_quiet()
        clock.set(self.midnight + timedelta(days=1, hours=7))

    def workstation(self, address):
        """Of an actor or of another host."""
        if address not in self.workstations:
            self.workstations[address] = Workstation(address, self.homes / f"host-{address}")
        return self.workstations[address]

    def ask_through(self, forwarder, client, name):
        assert ask(name, source=client, server=forwarder), f"no answer of the forwarder for {name}"

    def end_programs(self):
        for program in self.programs.values():
            program.communicate(timeout=10)

    def until_quiet(self):
        """Until nothing has been written for a while."""
        before = None
        while before != (before := [log.stat().st_size for log in (self.site.dns_log, self.site.contact_log) if log.exists()]):
            settle(0.3)
