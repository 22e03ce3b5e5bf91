# SPDX-License-Identifier: BSD-3-Clause
"""sinkzone update: feeds that are directories and zones of other name servers, and what is left of feeds that went."""

import base64
import gzip
import hmac
import re
import socket
import struct
import threading

import pytest

from harness.bind import NO_LOCK_FILE
from harness.daemon import Daemon, run
from harness.feeds import Feeds, names

ADDRESS, BIND = "10.53.0.71", "10.53.0.3"  # BIND listens on configured addresses alone
ZONE = "rpz.partner"
SECRET, OTHER_SECRET = "c2lua2hvbGUgdGVzdCBzZWNyZXQ=", "YW5vdGhlciBzZWNyZXQgb2YgdGVzdHM="


@pytest.fixture
def feeds(tmp_path):
    return Feeds(tmp_path)


def key_file(directory, name="transfer.key", key="partner", secret=SECRET, algorithm="hmac-sha256"):
    path = directory / name
    path.write_text(f'key "{key}" {{\n\talgorithm {algorithm}; # as tsig-keygen writes it\n\tsecret "{secret}";\n}};\n')
    return path


class Server:
    """NSD or BIND with one response policy zone, given to who has the key."""

    def __init__(self, program, directory, algorithm):
        self.program, self.directory, self.algorithm = program, directory, algorithm
        self.address = BIND if program == "bind" else ADDRESS
        self.zone = directory / "partner.zone"
        self.config = directory / f"{program}.conf"
        self.daemon = None

    def write(self, serial, *owners):
        self.zone.write_text(f"$ORIGIN {ZONE}.\n@ 300 SOA ns.test. host.test. {serial} 3600 600 86400 60\n@ 300 NS ns.test.\n" +
                             "".join(f"{owner} 300 CNAME .\n" for owner in owners))

    def start(self):
        if self.program == "nsd":
            self.config.write_text(f"""
server:
    ip-address: {ADDRESS}
    username: ""
    chroot: ""
    database: ""
    zonelistfile: "{self.directory}/zone.list"
    pidfile: ""
    xfrdfile: "{self.directory}/xfrd.state"
    xfrdir: "{self.directory}"
    verbosity: 2
remote-control:
    control-enable: no
key:
    name: "partner"
    algorithm: {self.algorithm}
    secret: "{SECRET}"
zone:
    name: "{ZONE}"
    zonefile: "{self.zone}"
    provide-xfr: 0.0.0.0/0 partner
""")
            self.daemon = Daemon("nsd", ["nsd", "-d", "-c", self.config], self.directory)
            return self.wait()
        self.config.write_text(f"""options {{ directory "{self.directory}"; pid-file none; session-keyfile none; {NO_LOCK_FILE}
    listen-on {{ {BIND}; }}; listen-on-v6 {{ none; }}; recursion no; notify no; dnssec-validation no; allow-transfer {{ key partner; }}; }};
controls {{ }};
key partner {{ algorithm {self.algorithm}; secret "{SECRET}"; }};
zone "{ZONE}" {{ type primary; file "{self.zone}"; }};
""")
        self.daemon = Daemon("named", ["named", "-g", "-c", self.config, "-n", "1"], self.directory)
        return self.wait()

    def wait(self):
        self.daemon.wait_ready(
            lambda: len(run(["dig", "+short", "+tries=1", "+time=1", f"@{self.address}", ZONE, "SOA"]).stdout.split()) == 7)
        return self

    def restart(self, serial, *owners):
        self.daemon.stop()
        self.write(serial, *owners)
        return self.start()


@pytest.fixture(params=[("nsd", "hmac-sha256"), ("bind", "hmac-sha512")], ids=["nsd", "bind"])
def server(request, tmp_path):
    made = Server(*request.param[:1], tmp_path, request.param[1])
    yield made
    if made.daemon:
        made.daemon.stop()


def test_a_zone_is_transferred_when_its_serial_changes(feeds, server):
    many = [f"host{i}.example-{i % 97}.com" for i in range(600)]
    server.write(1, "first.example.com", "*.first.example.com", *many)
    server.start()
    key = key_file(feeds.directory, algorithm=server.algorithm)
    feeds.add("partner", zone={"from": f"{server.address}@53", "name": ZONE, "key-file": str(key)}, action="sinkhole")
    feeds.file("other", "other.example.net\n")
    assert "partner: 602 indicators, 0 before" in feeds.update().stdout
    assert feeds.lists("host599.example-17.com") and feeds.lists("x.first.example.com")
    copy = feeds.copies / "partner.feed"
    before = copy.stat()
    assert "partner: 602 indicators, unchanged" in feeds.update().stdout
    assert copy.stat().st_ino == before.st_ino  # nothing was transferred
    server.restart(2, "second.example.com", *many)
    assert "partner: 601 indicators, 602 before" in feeds.update().stdout
    assert feeds.lists("second.example.com") and not feeds.lists("first.example.com")

    # A wrong key, none, and a server that is gone cost nothing.
    server.restart(3, "third.example.com", *many)
    for wrong, why in ((key_file(feeds.directory, "a.key", secret=OTHER_SECRET, algorithm=server.algorithm), "BADSIG"),
                       (key_file(feeds.directory, "b.key", key="stranger", algorithm=server.algorithm), "BADKEY"),
                       (None, "the server refuses the zone")):
        zone = {"from": server.address, "name": ZONE}
        feeds.sources[0]["zone"] = {**zone, "key-file": str(wrong)} if wrong else zone
        said = feeds.update(check=1).stderr
        assert why in said and "the copy of 20" in said, said
        assert feeds.states() == {"partner": "failed", "other": "ok"}
        assert feeds.lists("second.example.com") and not feeds.lists("third.example.com")
    feeds.sources[0]["zone"] = {"from": server.address, "name": ZONE, "key-file": str(key)}
    feeds.sources[0]["max-bytes"] = 10000
    assert "has more than 10000 bytes" in feeds.update(check=1).stderr
    server.daemon.stop()
    assert "cannot connect to the server" in feeds.update(check=1).stderr
    assert feeds.lists("second.example.com")


class Meddler(threading.Thread):
    """A proxy on the way to the server, which changes the messages that come back."""

    def __init__(self, change):
        super().__init__(daemon=True)
        self.change, self.count = change, 0
        self.listener = socket.create_server((ADDRESS, 5353))

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client, socket.create_connection((ADDRESS, 53)) as upstream:
                threading.Thread(target=self.copy, args=(client, upstream), daemon=True).start()
                while (message := self.receive(upstream)) is not None:
                    changed = self.change(self.count, message)
                    self.count += 1
                    try:
                        client.sendall(struct.pack("!H", len(changed)) + changed)
                    except OSError:
                        break

    @staticmethod
    def receive(stream):
        def exactly(size):
            data = b""
            while len(data) < size and (more := stream.recv(size - len(data))):
                data += more
            return data

        prefix = exactly(2)
        return exactly(struct.unpack("!H", prefix)[0]) if len(prefix) == 2 else None

    @staticmethod
    def copy(source, to):
        try:
            while data := source.recv(65536):
                to.sendall(data)
        except OSError:
            pass

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def signature_at(message):
    return message.rindex(b"\x07partner\x00\x00\xfa")


def without_signature(message):
    """TSIG is the last record; its owner is a plain name."""
    return message[:10] + struct.pack("!H", struct.unpack("!H", message[10:12])[0] - 1) + message[12:signature_at(message)]


def without_data(message):
    """The first answer, and nothing behind it, with no data."""
    record = 12 + len(ZONE) + 2 + 4  # behind the question; its owner is a pointer
    return message[:6] + struct.pack("!HHH", 1, 0, 0) + message[12:record + 10] + b"\x00\x00"


CHANGES = {
    "a name": (lambda number, message: message.replace(b"\x06target", b"\x06tarGeX") if number else message, "signature .* wrong"),
    "the serial": (lambda number, message: message.replace(struct.pack("!I", 7), struct.pack("!I", 9)), "signature .* wrong"),
    "no signature": (lambda number, message: without_signature(message) if number else message, "not signed"),
    "no signature at once": (lambda number, message: without_signature(message), "not signed"),
    "cut": (lambda number, message: message[:-20] if number else message, "malformed|another key"),
    "another identifier": (lambda number, message: b"\x00\x00" + message[2:], "another question"),
    "no data": (lambda number, message: without_data(message), "malformed"),
    "noise": (lambda number, message: message[:12] + b"\xff" * (len(message) - 12), "malformed"),
}


class FewSignatures:
    """Takes the signatures from all messages of a transfer but the first and the last, as RFC 8945 allows, and signs that one
    anew. `flip` changes a bit of an unsigned one behind its signer's back."""

    def __init__(self, flip):
        self.flip, self.number, self.unsigned, self.mac, self.pending = flip, 0, 0, b"", b""

    def __call__(self, number, message):
        if number == 0:  # the SOA
            return message
        self.number += 1
        plain, at = without_signature(message), signature_at(message)
        mac_at = len(message) - 6 - 32
        if self.number == 1:
            self.mac = message[mac_at:mac_at + 32]
            return message
        if len(message) > 12000:
            self.unsigned += 1
            self.pending += plain
            return plain[:-4] + bytes([plain[-4] ^ 1]) + plain[-3:] if self.flip else plain  # of a TTL
        timers = message[mac_at - 10:mac_at - 2]
        self.mac = hmac.digest(base64.b64decode(SECRET), struct.pack("!H", 32) + self.mac + self.pending + plain + timers, "sha256")
        return message[:mac_at] + self.mac + message[mac_at + 32:]


@pytest.mark.parametrize("flip", [False, True])
def test_messages_between_signed_ones_are_checked_with_the_next(feeds, tmp_path, flip):
    server = Server("nsd", tmp_path, "hmac-sha256")
    server.write(7, *(f"host{i}.example.com" for i in range(4000)))
    server.start()
    change = FewSignatures(flip)
    meddler = Meddler(change)
    meddler.start()
    try:
        feeds.add("partner", zone={"from": f"{ADDRESS}@5353", "name": ZONE, "key-file": str(key_file(tmp_path))}, timeout=20)
        feeds.file("other", "other.example.net\n")
        said = feeds.update(check=1 if flip else 0)
        assert change.unsigned >= 2
        assert feeds.lists("host3999.example.com") is not flip
        assert not flip or "signature of the server's answer is wrong" in said.stderr
    finally:
        meddler.stop()
        server.daemon.stop()


@pytest.mark.parametrize("change", CHANGES)
def test_a_zone_that_was_changed_on_the_way_is_not_taken(feeds, tmp_path, change):
    server = Server("nsd", tmp_path, "hmac-sha256")
    server.write(7, "target.example.com")
    server.start()
    meddle, why = CHANGES[change]
    meddler = Meddler(meddle)
    meddler.start()
    try:
        feeds.add("partner", zone={"from": f"{ADDRESS}@5353", "name": ZONE, "key-file": str(key_file(tmp_path))}, timeout=10)
        feeds.file("other", "other.example.net\n")
        assert re.search(why, feeds.update(check=1).stderr)
        assert not feeds.lists("target.example.com") and not feeds.lists("tarGeX.example.com") and feeds.lists("other.example.net")
        assert meddler.count > 0
    finally:
        meddler.stop()
        server.daemon.stop()


def test_a_directory_is_one_feed(feeds):
    lists = feeds.directory / "lists"
    lists.mkdir()
    (lists / "a.txt").write_text("a.example.com")  # without a line end
    (lists / "b.txt").write_text("b.example.com\n")
    (lists / "c.txt.gz").write_bytes(gzip.compress(b"c.example.com\n"))
    (lists / ".hidden").write_text("hidden.example.com\n")
    (lists / "old.txt~").write_text("backup.example.com\n")
    (lists / "deeper").mkdir()
    feeds.add("folder", directory=str(lists), format="domains")
    feeds.update()
    assert [feeds.lists(f"{name}.example.com") for name in ("a", "b", "c", "hidden", "backup")] == [True, True, True, False, False]
    assert (feeds.copies / "folder.feed").read_text() == "# a.txt\na.example.com\n# b.txt\nb.example.com\n# c.txt.gz\nc.example.com\n"
    assert "unchanged" in feeds.update().stdout
    # A file that vanishes takes its names along; one that cannot be read costs nothing.
    (lists / "b.txt").unlink()
    feeds.update()
    assert feeds.lists("a.example.com") and not feeds.lists("b.example.com")
    (lists / "c.txt.gz").write_bytes(b"\x1f\x8b\x08cut")
    assert "cannot read c.txt.gz" in feeds.update(check=1).stderr
    assert feeds.lists("c.example.com")
    for i in range(1001):
        (lists / f"n{i}").touch()
    assert "more than 1000 files" in feeds.update(check=1).stderr
    feeds.sources[0]["directory"] = str(feeds.directory / "missing")
    assert "cannot read the directory" in feeds.update(check=1).stderr
    assert feeds.lists("a.example.com")


def test_a_directory_may_become_empty_where_that_is_said(feeds):
    lists = feeds.directory / "lists"
    lists.mkdir()
    (lists / "a.txt").write_text("a.example.com\n")
    feeds.add("folder", directory=str(lists), format="domains")
    feeds.file("other", "other.example.net\n")
    feeds.update()
    (lists / "a.txt").unlink()
    assert "folder: is empty" in feeds.update(check=1).stderr
    assert feeds.lists("a.example.com")
    feeds.sources[0]["may-be-empty"] = True
    feeds.update()
    assert not feeds.lists("a.example.com") and feeds.lists("other.example.net")


def test_a_feed_that_would_expire_wholly_stays(feeds):
    path = feeds.directory / "aged.yaml"
    text = "feed: aged\nexpires-after: 30\nindicators:\n  - {{type: domain, value: old.example.com, added: {}}}\n"
    path.write_text(text.format("2999-01-01"))
    feeds.add("aged", file=str(path))
    feeds.update()
    path.write_text(text.format("2014-01-01"))
    assert "aged: all of its 1 indicators were last seen longer ago than its expires-after" in feeds.update(check=1).stderr
    assert feeds.lists("old.example.com")
    feeds.update("--force=aged")
    assert not feeds.lists("old.example.com")


def test_the_copy_of_a_feed_that_left_the_settings_is_removed(feeds):
    feeds.file("stays", names(3, "stays"))
    feeds.file("goes", names(3, "goes"))
    feeds.update()
    (feeds.copies / "notes.txt").write_text("no copy")
    gone = feeds.sources.pop()
    said = feeds.update().stdout
    assert "goes: no longer in the settings; its 3 indicators have left the list" in said
    assert "goes: no longer in the settings; its copy was removed" in said
    assert sorted(path.name for path in feeds.copies.glob("*.*")) == ["notes.txt", "state.json", "stays.feed"]
    # Where the list cannot be made the copy stays.
    feeds.sources.append(gone)
    feeds.update()
    feeds.sources.pop()
    feeds.database.write_bytes(b"USHLIST\x1a" + bytes([99]) + bytes(2000))  # of a newer version
    feeds.update(check=1)
    assert (feeds.copies / "goes.feed").exists()


def test_what_compile_warns_of_is_said(feeds):
    feeds.file("urls", "http://www.google.com/a\nhttp://bad.example.com/x\n", format="urls")
    path = feeds.directory / "aged.yaml"
    path.write_text("feed: aged\nindicators:\n  - {type: domain, value: old.example.com, added: 2014-01-01}\n"
                    "  - {type: domain, value: sure.example.com, added: 2014-01-01, confidence: high}\n")
    feeds.add("aged", file=str(path), **{"expires-after": 90})
    said = feeds.update().stdout
    assert "urls: warning: 1 URLs on very popular names or domains of your own: listed without their hosts" in said
    assert "aged: 1 indicators have expired by its expires-after" in said
    assert feeds.lists("sure.example.com") and not feeds.lists("old.example.com")
