# SPDX-License-Identifier: BSD-3-Clause
"""Lists written in every odd way that the formats allow, read by sinkzone and by a second reader in Python, which was
written from the formats' descriptions alone. Both must block the same names, and the same names below them."""

import csv
import io
import random
import re

import pytest

from harness import paths
from harness.daemon import run

LINES = 800
WORDS = ("evil", "ads", "xn--wgv71a", "a", "9", "x_y", "cdn-7", "t" * 63)
TOPS = ("example.com", "example.co.jp", "example.org", "evil.example.net")


# The second reader: what a list says, as (name, itself?, below?).

def host_of(url):
    rest = re.sub(r"^[a-z][a-z0-9+.-]*://", "", url, flags=re.I)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return authority.rsplit("@", 1)[-1].rsplit(":", 1)[0] if ":" in authority else authority.rsplit("@", 1)[-1]


def plain(name):
    """As written defanged, in any case, with the dot of the root."""
    name = re.sub(r"\[\.\]|\(\.\)|\[dot\]|\(dot\)", ".", name, flags=re.I)
    if any(ord(c) > 127 for c in name):
        name = name.encode("idna").decode()
    return name.lower().rstrip(".")


def without_comment(line):
    line = line.strip(" \t\r")
    return "" if line[:1] in "#;" else re.split(r"[ \t]#", line)[0].strip(" \t")


def read_domains(line):
    line = without_comment(line)
    star = re.match(r"\*?\.(?=.)", line)
    return [(plain(line[star.end():] if star else line), True, True)] if line else []


def read_hosts(line):
    address, *names = without_comment(line).split() or [""]
    if address not in ("0.0.0.0", "127.0.0.1", "::", "::1"):
        return []
    return [(plain(name), True, False) for name in names if name not in ("localhost", "ip6-localhost")]


def read_urls(line):
    line = without_comment(line)
    return [(plain(host_of(re.sub(r"^hxxp", "http", line, flags=re.I).replace("[:]", ":"))), True, False)] if line else []


def read_adblock(line):
    line = line.strip(" \t\r")
    match = re.fullmatch(r"\|\|([a-z0-9_.-]+)\^?\|?(?:\$(?:important|all|document)(?:,(?:important|all|document))*)?", line, re.I)
    return [(plain(match[1]), True, True)] if match else []


# The writer: one name in a way that the format allows.

def spell(dice, name):
    name = "".join(c.upper() if dice.random() < 0.2 else c for c in name)
    return name + dice.choice(("", "", "."))


def defang(dice, name):
    return name.replace(".", dice.choice(("[.]", "(.)", "[dot]", ".")))


def write_domains(dice, name):
    name = dice.choice((spell(dice, name), defang(dice, name), "*." + name, "." + name))
    return dice.choice(("", " ", "\t ")) + name + dice.choice(("", " ", "\t# a comment", " # x.example.com"))


def write_hosts(dice, name):
    address = dice.choice(("0.0.0.0", "127.0.0.1", "::", "::1", "192.0.2.77"))
    names = [spell(dice, name), *(["localhost"] if dice.random() < 0.1 else [])]
    dice.shuffle(names)
    return address + dice.choice((" ", "\t", "  \t")) + dice.choice((" ", "\t")).join(names) + dice.choice(("", "\t", " # why"))


def write_urls(dice, name):
    scheme = dice.choice(("http://", "https://", "hxxp://", "hxxps[:]//", ""))
    user = dice.choice(("", "", "u@")) if scheme in ("http://", "https://") else ""
    host = spell(dice, name) if not scheme.startswith("hx") else defang(dice, name)
    return scheme + user + host + dice.choice(("", ":8080")) + dice.choice(("/", "/a/b.php?c=d,e", "/x#y"))


def write_adblock(dice, name):
    return dice.choice(("||{}^", "||{}^$important", "||{}^$all,important", "||{}^$third-party", "##.{}", "||{}^|", "{}##.ad")).format(
        spell(dice, name).rstrip("."))


NOISE = {
    "domains": ("", "# x.example.com", "; y.example.com", "192.0.2.1", "no name here", "com", "co.jp", "a..example.com", "x" * 64 + ".com"),
    "hosts": ("", "# 0.0.0.0 x.example.com", "127.0.0.1 localhost", "0.0.0.0 0.0.0.0", "fe80::1%lo0 localhost", "0.0.0.0 com"),
    "urls": ("", "# http://x.example.com/", "http://", "http://192.0.2.1/x", "/only/a/path", "ftp//x"),
    "adblock": ("", "! ||x.example.com^", "[Adblock Plus 2.0]", "example.com##.banner", "/banner/*", "||com^", "||example.com/path^"),
}
READERS = {"domains": read_domains, "hosts": read_hosts, "urls": read_urls, "adblock": read_adblock}
WRITERS = {"domains": write_domains, "hosts": write_hosts, "urls": write_urls, "adblock": write_adblock}


def blocked(entries):
    """What the entries block: itself and below are those of a name or of one above it."""
    own = {name for name, itself, _ in entries if itself}
    wide = {name for name, _, below in entries if below}

    def ancestors(name):
        labels = name.split(".")
        return {".".join(labels[i:]) for i in range(len(labels))}

    return {("name", n) for n, _, _ in entries if n in own or ancestors(n) & wide} | {("below", n) for n, _, _ in entries if ancestors(n) & wide}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", READERS)
def test_two_readers_find_the_same_names(tmp_path, kind, seed):
    dice = random.Random(f"{kind} {seed}")
    names = [".".join((*dice.choices(WORDS, k=dice.randint(1, 3)), dice.choice(TOPS))) for _ in range(LINES)]
    names = [name for name in names if len(name) < 250]
    lines = [WRITERS[kind](dice, name) if dice.random() < 0.9 else dice.choice(NOISE[kind]) for name in names]
    if kind == "domains":
        lines += ["\u65e5\u672c.example.com", "\u65e5\u672c\u8a9e.example.jp # IDN"]
    newline = dice.choice(("\n", "\r\n"))
    feed = tmp_path / "list.txt"
    feed.write_bytes((dice.choice(("", "\ufeff")) + newline.join(lines) + dice.choice(("", newline))).encode())
    run([paths.SINKZONE, "compile", "-q", "--force", "-o", tmp_path / "db", "--format", kind, feed], check=0)
    table = run([paths.SINKZONE, "export", "-q", tmp_path / "db", "--format", "csv"], check=0).stdout
    ours = {(row["kind"], row["indicator"]) for row in csv.DictReader(io.StringIO(table)) if row["kind"] in ("name", "below")}
    theirs = blocked([entry for line in lines for entry in READERS[kind](line) if is_good(entry[0])])
    assert len(theirs) > 100
    assert {"only sinkzone": sorted(ours - theirs)[:5], "only the other": sorted(theirs - ours)[:5]} == {
        "only sinkzone": [], "only the other": []}


def is_good(name):
    """Of what these lists have, no rule is made for suffixes, addresses and what is no name."""
    labels = name.split(".")
    return (len(labels) > 1 and name not in ("co.jp",) and not re.fullmatch(r"[0-9.]+", name) and all(
        re.fullmatch(r"[a-z0-9_-]{1,63}", label) for label in labels))
