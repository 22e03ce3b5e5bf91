# SPDX-License-Identifier: BSD-3-Clause
"""One sensor: settings, list, resolver, sinkhole and their logs, in a directory of its own."""

import copy
import json
import os

import yaml

from harness import paths
from harness.daemon import Daemon, run, wait_for
from harness.resolver import Unbound

SETTINGS = {
    "mode": "enforce",
    "observer": "e2e",
    "module": {
        "database": "blocklist.db",
        "event-log": "dns/dns.jsonl",
        "sinkhole-addresses": [paths.POOL4, paths.POOL6],
        "ttl": 30,
    },
    "sinkhole": {
        "database": "blocklist.db",
        "event-log": "contacts/contacts.jsonl",
        "listen": [
            {"address": paths.POOL4, "tcp": [80, 443, 8080], "udp": [123]},
            {"address": paths.POOL6, "tcp": [80], "udp": [123]},
        ],
    },
    "store": {"path": "store.db"},
}


class Site:
    """environment: what its programs find in theirs."""

    def __init__(self, directory, authority, environment=None):
        self.environment = environment or {}
        self.directory = directory
        self.authority = authority
        self.settings = copy.deepcopy(SETTINGS)
        self.path = directory / "sinkhole.yaml"
        self.database = directory / "blocklist.db"
        self.dns_log = directory / "dns/dns.jsonl"
        self.contact_log = directory / "contacts/contacts.jsonl"
        self.daemons = []
        for name in ("dns", "contacts"):
            (directory / name).mkdir(parents=True)

    # Files

    def write(self, text=None):
        """Writes sinkhole.yaml, or `text` in its place; replaced at once, as an editor does."""
        new = self.path.with_suffix(".new")
        new.write_text(yaml.safe_dump(self.settings, sort_keys=False) if text is None else text)
        new.rename(self.path)
        return self

    def compile(self, *feeds, check=0):
        feeds = feeds or (paths.EMDIVI_FEED, *paths.NEVER_BLOCK)
        return run([paths.SINKZONE, "compile", "-o", self.database, *feeds], check=check)

    def feed(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path

    def certificate(self):
        """A key and a certificate that no client trusts."""
        key, certificate = self.directory / "key.pem", self.directory / "cert.pem"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=resolver.test", "-keyout", key, "-out", certificate], check=0)
        return key, certificate

    # Programs

    def resolver(self, **options):
        daemon = Unbound(self.directory, self.authority, settings=self.path, environment=self.environment, **options)
        self.daemons.append(daemon)
        return daemon

    def sinkhole(self, *before, **env):
        """before: the words that start it, if it is not to be started as it is (setpriv and its options)."""
        daemon = Daemon("sinkholed", [*before, paths.SINKHOLED, "-c", self.path], self.directory, **self.environment, **env)
        self.daemons.append(daemon)
        # Its ports are open before it has given up its rights and opened its log.
        return daemon.wait_ready(lambda: daemon.has_said("listening sockets"))

    def stop(self):
        errors = []
        for daemon in reversed(self.daemons):
            try:
                daemon.stop()
            except AssertionError as error:
                errors.append(str(error))
        self.daemons.clear()
        assert not errors, "\n".join(errors)

    def sinkctl(self, *words, check=0, **env):
        return run([paths.SINKCTL, words[0], "-c", self.path, *words[1:]], check=check, **self.environment, **env).stdout

    def sinkzone(self, *words, check=0):
        return run([paths.SINKZONE, *words], check=check)

    # Logs

    def dns_events(self, action=None, source=None, name=None):
        wanted = {"event.dataset": "sinkhole.dns", "event.action": action, "source.ip": source,
                  "dns.question.name": name}
        return events(self.dns_log, wanted)

    def contacts(self, action=None, source=None):
        wanted = {"event.dataset": "sinkhole.contact", "event.action": action, "source.ip": source}
        return events(self.contact_log, wanted)

    def states(self, log=None):
        return events(log or self.dns_log, {"event.dataset": "sinkhole.state"})

    def await_dns(self, count=1, seconds=5, **wanted):
        """Waits until there are `count` such events and returns them."""
        return wait_for(lambda: at_least(count, self.dns_events(**wanted)),
                        f"{count} DNS events with {wanted}\n{tail(self.dns_log)}", seconds)

    def await_contacts(self, count=1, seconds=5, **wanted):
        return wait_for(lambda: at_least(count, self.contacts(**wanted)),
                        f"{count} contacts with {wanted}\n{tail(self.contact_log)}", seconds)

    def lists_taken(self):
        """How many lists the resolver has put in force so far."""
        resolver = next(d for d in self.daemons if isinstance(d, Unbound))
        return sum("in force: list" in line for line in resolver.log().splitlines())

    def await_list(self, after=0, seconds=15):
        """Waits until the resolver has taken more than `after` lists."""
        wait_for(lambda: self.lists_taken() > after, "the list to be in force", seconds)

    def replace_list(self, *feeds):
        """Compiles and waits until the resolver acts on it."""
        taken = self.lists_taken()
        self.compile(*feeds)
        self.await_list(after=taken)


def let_everybody_through(directory):
    """pytest makes directories for the owner alone."""
    for path in (directory, *directory.parents):
        path.chmod(path.stat().st_mode | 0o055)


def field(event, dotted):
    """field(event, "source.ip"); None if it is not there."""
    for key in dotted.split("."):
        if not isinstance(event, dict) or key not in event:
            return None
        event = event[key]
    return event


def events(path, wanted):
    """The events of a log that have these fields; None matches anything."""
    found = [json.loads(line) for line in whole_lines(path)]
    return [e for e in found if all(v is None or field(e, k) == v for k, v in wanted.items())]


def whole_lines(path):
    """The complete lines of a log; a line that is being written is not one yet."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return []
    return text[: text.rfind(b"\n") + 1].decode().splitlines()


def at_least(count, found):
    return found if len(found) >= count else None


def tail(path):
    return "\n".join(whole_lines(path)[-5:]) if os.path.exists(path) else f"no {path}"
