# SPDX-License-Identifier: BSD-3-Clause
"""sinkzone: one clear line for every mistake, and what was good stays."""

import gzip
import json
import os
import pty
import re
import shutil
import stat
import subprocess
import time

import pytest

from harness import paths, report
from harness.daemon import environment, run, wait_for

ALL = (paths.EMDIVI_FEED, *paths.NEVER_BLOCK)


def compile_list(tmp_path, *feeds, check=None):
    return run([paths.SINKZONE, "compile", "-o", tmp_path / "db", *feeds], check=check)


def lookup(tmp_path, what, status=0):
    return run([paths.SINKZONE, "lookup", tmp_path / "db", what], check=status).stdout


def one_line_about(result, text):
    lines = [line for line in result.stderr.splitlines() if line.startswith("sinkzone:")]
    assert lines and text in result.stderr, result.stderr


def test_compile_says_how_much_of_what_it_wrote(tmp_path):
    feed = tmp_path / "feed.txt"
    feed.write_text("a.example.com\nb.example.com\nc.example.com\nco.jp\n")
    printed = compile_list(tmp_path, feed, check=0).stdout
    assert re.search(r"^feed +domains +3 +1 ", printed, re.M), "of four lines three are indicators, one is refused"
    size = (tmp_path / "db").stat().st_size
    assert re.search(rf"^{tmp_path / 'db'}: serial \d+, 3 names, 0 networks, 0 URLs .*, {size} bytes$", printed, re.M)
    assert re.search(r"^3 indicators in \d+\.\d\d s$", printed, re.M)


def test_a_new_list_can_be_read_by_the_daemons(tmp_path):
    compile_list(tmp_path, *ALL, check=0)
    assert stat.S_IMODE((tmp_path / "db").stat().st_mode) == 0o644


def test_the_old_files_mode_is_kept(tmp_path):
    compile_list(tmp_path, *ALL, check=0)
    (tmp_path / "db").chmod(0o640)
    compile_list(tmp_path, *ALL, check=0)
    assert stat.S_IMODE((tmp_path / "db").stat().st_mode) == 0o640
    assert sorted(os.listdir(tmp_path)) == ["db"], "no temporary file is left"


def test_a_user_who_cannot_keep_the_group_is_warned(tmp_path):
    feed, directory = tmp_path / "feed.txt", tmp_path / "lists"
    feed.write_text("c2.example.com\n")
    directory.mkdir()
    for parent in (*list(tmp_path.parents)[:-2], tmp_path):
        parent.chmod(parent.stat().st_mode | 0o011)
    os.chown(directory, 12345, 12345)
    program = shutil.copy(paths.SINKZONE, tmp_path / "sinkzone")  # the build may lie where only root comes

    def warnings(group, words):
        database = directory / words[words.index("-o") + 1]
        database.touch()
        os.chown(database, 0, group)
        database.chmod(0o640)
        as_user = ["setpriv", "--reuid=12345", "--regid=12345", "--groups=23456"]
        result = run([*as_user, program, *words], cwd=directory, check=0)
        assert (database.stat().st_gid == group) == (result.stderr == "")
        return result.stderr

    for words in (["compile", "-q", "--force", "-o", "db", feed], ["export", "-q", "--format", "domains", "-o", "zone", "db"]):
        assert warnings(23456, words) == ""
        assert "warning: its group could not be kept" in warnings(34567, words)


def test_the_shipped_feeds_are_read_without_a_complaint(tmp_path):
    for result in (run([paths.SINKZONE, "check", *ALL], check=0), compile_list(tmp_path, *ALL, check=0)):
        assert result.stderr == "" and "refused " not in result.stdout.replace("indicators   refused   notes", "")
        assert "notes: 2 blacked out in the report, kept for people\n" in result.stdout
    found = run([paths.SINKZONE, "lookup", "--json", tmp_path / "db", "c2.example.com"]).stdout
    assert json.loads(found)["listed"] is False


@pytest.mark.parametrize("text, complaint", [
    ("com\n", "top-level"), ("co.jp\n", "public suffix"), (".\n", ""), ("a" * 64 + ".example.com\n", "63"),
    (".".join(["a" * 50] * 6) + ".com\n", "253"), ('"1","http://x.com/","y.com"\n', "CSV, which is not read"), ("www.sakurano***.com\n", "redacted"),
])
def test_what_is_never_compiled_is_reported_and_the_rest_goes_on(tmp_path, text, complaint):
    feed = tmp_path / "feed.txt"
    feed.write_text("good.example.com\n" * 1 + "good2.example.com\ngood3.example.com\n" + text)
    result = compile_list(tmp_path, feed, check=0)
    assert f"{feed}:4: " in result.stdout + result.stderr
    assert complaint.lower() in (result.stdout + result.stderr).lower()
    assert lookup(tmp_path, "good.example.com").startswith("good.example.com: listed\n")
    if complaint in ("public suffix", "top-level"):
        below = "x." + text.strip()
        assert lookup(tmp_path, below, status=1).startswith(f"{below}: not listed")


@pytest.mark.parametrize("name, text", [
    ("missing.txt", None), ("broken.yaml", "feed: [\n"), ("empty.txt", ""), ("unknown.yaml", "no-such-key: 1\n"),
    ("error.txt", "<!DOCTYPE html>\n<html><head><title>503</title></head>\n<body>unavailable</body></html>\n" * 5),
])
def test_a_bad_feed_leaves_the_good_list(tmp_path, name, text):
    compile_list(tmp_path, *ALL, check=0)
    before = (tmp_path / "db").read_bytes()
    feed = tmp_path / name
    if text is not None:
        feed.write_text(text)
    result = compile_list(tmp_path, feed)
    assert result.returncode == 1
    assert name != "empty.txt" or "empty.txt: read as domains (--format says otherwise), it has no good indicator" in result.stderr
    one_line_about(result, name)
    assert (tmp_path / "db").read_bytes() == before


@pytest.mark.parametrize("options", [[], ["--format", "urls"], ["--format", "hosts"], ["--force"]])
def test_an_error_page_adds_no_names(tmp_path, options):
    page = tmp_path / "urls.txt"
    page.write_text('<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
                    '<link href="https://fonts.googleapis.com/css">\n<a href="https://www.cloudflare.com/5xx-error">error</a>\n')
    result = run([paths.SINKZONE, "compile", *options, "-o", tmp_path / "db", page])
    assert result.returncode == 1 and not (tmp_path / "db").exists()
    one_line_about(result, "urls.txt: is a web page, probably an error page")
    page.write_text("".join(page.read_text().splitlines(True)[1:]) + "http://c2.example.com/\nhttp://c3.example.com/\n")
    run([paths.SINKZONE, "compile", "--format", "urls", "-o", tmp_path / "db", page], check=0)
    for name, status in (("c2.example.com", 0), ("www.cloudflare.com", 1), ("fonts.googleapis.com", 1)):
        run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", name], check=status)


def test_defanged_names_are_taken_and_remembered_as_written(tmp_path):
    feed = tmp_path / "feed.txt"
    feed.write_text("c2[.]example[.]com\nhxxp://c3[.]example[.]com/gate\nc4.example.com\n")
    compile_list(tmp_path, feed, check=0)
    shown = run([paths.SINKZONE, "lookup", tmp_path / "db", "x.c2.example.com"], check=0).stdout
    assert "c2[.]example[.]com" in shown
    run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", "c3.example.com/gate"], check=0)
    run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", "x.c3.example.com"], check=1)
    assert "written" not in run([paths.SINKZONE, "lookup", tmp_path / "db", "c4.example.com"], check=0).stdout


def test_the_hosts_of_a_site_are_no_listings(tmp_path):
    feed = tmp_path / "hosts"
    feed.write_text("127.0.0.1 localhost\n192.168.1.11 nas.corp.example nas\n0.0.0.0 c2.example.com\n")
    result = compile_list(tmp_path, feed, check=0)
    assert "hosts:2: 192.168.1.11 nas.corp.example nas: says where the name is" in result.stderr
    run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", "nas.corp.example"], check=1)
    run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", "c2.example.com"], check=0)


def test_scope_is_for_lists_that_do_not_say_it(tmp_path):
    stars = tmp_path / "stars.txt"
    stars.write_text("*.c2.example.com\n*.c3.example.com\n")
    run([paths.SINKZONE, "compile", "-o", tmp_path / "db", "--scope", "exact", stars], check=0)
    run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", "c2.example.com"], check=0)
    run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", "x.c2.example.com"], check=1)
    words = [paths.SINKZONE, "compile", "-o", tmp_path / "db", "--scope", "exact", stars]
    result = run([*words, paths.EMDIVI_FEED], check=1)
    one_line_about(result, "emdivi.yaml: says itself how far its names go, as yaml does")
    run([*words, "--scope", "auto", paths.EMDIVI_FEED], check=0)
    run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", "x.kaerunote.com"], check=0)


@pytest.mark.parametrize("options", [[], ["--format", "networks"]])
def test_a_list_of_addresses_is_about_answers(tmp_path, options):
    feed = tmp_path / "drop.txt"
    feed.write_text("; Spamhaus\n198.51.100.0/24 ; SBL1\n2001:db8:66::/48 ; SBL2\n203.0.113.9\n203.0.113.1/24\nc2.example.com\n")
    result = run([paths.SINKZONE, "compile", *options, "-o", tmp_path / "db", feed], check=0)
    assert "0 names, 3 networks" in result.stdout
    for value in ("203.0.113.1/24", "c2.example.com"):
        assert f"{value}: no indicator" in result.stderr
    for address, status in (("198.51.100.77", 0), ("2001:db8:66::1", 0), ("203.0.113.9", 0), ("203.0.113.10", 1)):
        run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", address], check=status)
    zone = run([paths.SINKZONE, "export", tmp_path / "db", "--format", "rpz"], check=0).stdout
    assert "24.0.100.51.198.rpz-ip" in zone and "48.zz.66.db8.2001.rpz-ip" in zone


def test_a_private_network_is_taken_with_a_word(tmp_path):
    feed = tmp_path / "feed.yaml"
    feed.write_text("feed: f\nindicators:\n  - {type: ip, value: 192.168.0.0/16}\n  - {type: ip, value: 0.0.0.0}\n")
    result = compile_list(tmp_path, feed, check=0)
    assert "feed.yaml:3: 192.168.0.0/16: taken, but is a private network" in result.stderr
    assert "feed.yaml:4: 0.0.0.0: loopback, link-local or unspecified" in result.stderr
    assert "taken 1 that may be mistakes" in result.stdout
    run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", "192.168.7.7"], check=0)
    run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", "0.0.0.0"], check=1)


def test_a_feed_that_shrinks_needs_force(tmp_path):
    feed = tmp_path / "feed.txt"
    feed.write_text("".join(f"host{i}.example.com\n" for i in range(1000)))
    compile_list(tmp_path, feed, check=0)
    feed.write_text("host1.example.com\n")
    assert compile_list(tmp_path, feed).returncode == 1
    assert run([paths.SINKZONE, "compile", "--force", "-o", tmp_path / "db", feed]).returncode == 0


@pytest.mark.parametrize("spoil, why", [
    (lambda feed: feed.write_text(""), "has no good indicator"),
    (lambda feed: feed.write_text("host1.example.com\n"), "has 1 indicators where it had 10"),
    (lambda feed: feed.write_text("<p>\n" * 20 + "host1.example.com\n" * 9), "is mostly lines that are no indicators"),
    (lambda feed: feed.write_bytes(gzip.compress("".join(f"{os.urandom(20).hex()}.example.com\n" for _ in range(20000)).encode())[:-3]),
     "cannot be read to its end"),
])
def test_a_bad_feed_keeps_its_rules_and_the_others_go_on(tmp_path, spoil, why):
    bad, good = tmp_path / "bad.txt", tmp_path / "good.txt"
    bad.write_text("".join(f"host{i}.example.com\n" for i in range(10)))
    good.write_text("good.example.com\n")
    compile_list(tmp_path, bad, good, check=0)
    spoil(bad)
    good.write_text("good.example.com\nnew.example.com\n")
    for words in ([], ["-q"]):
        result = compile_list(tmp_path, *words, bad, good, check=1)
        one_line_about(result, why)
        assert "its 10 rules of the list before stay" in result.stderr
    for name in ("host1", "host9", "good", "new"):
        run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", f"{name}.example.com"], check=0)
    if why.startswith("cannot"):
        assert "--force" not in result.stderr
        return
    assert "(--force=bad takes it anyway)" in result.stderr
    compile_list(tmp_path, "--force=bad", bad, good, check=0)
    run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", "host8.example.com"], check=1)


def test_a_feed_that_is_no_longer_given_is_named(tmp_path):
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text("a.example.com\nb.example.com\n")
    two.write_text("c.example.com\n")
    assert compile_list(tmp_path, one, two, check=0).stderr == ""
    assert compile_list(tmp_path, two, one, check=0).stderr == ""
    result = compile_list(tmp_path, "-q", two, check=0)
    one_line_about(result, "warning: feed one is no longer given: its 2 indicators have left the list")
    assert compile_list(tmp_path, two, check=0).stderr == ""
    two.rename(tmp_path / "three.txt")
    assert "feed two is no longer given: its 1 indicators" in compile_list(tmp_path, tmp_path / "three.txt", check=0).stderr
    run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", "a.example.com"], check=1)


def test_never_block_wins_whatever_the_order(tmp_path):
    hostile = tmp_path / "hostile.txt"
    hostile.write_text("".join(f"{name}\n" for name in report.NEVER_BLOCK) + "other.example.com\n")
    for feeds in ((hostile, *paths.NEVER_BLOCK), (*paths.NEVER_BLOCK, hostile)):
        run([paths.SINKZONE, "compile", "--force", "-o", tmp_path / "db", *feeds], check=0)
        for name in report.NEVER_BLOCK:
            text = run([paths.SINKZONE, "lookup", tmp_path / "db", name]).stdout
            assert "never-block" in text, text
        assert "hostile" in run([paths.SINKZONE, "lookup", tmp_path / "db", "other.example.com"]).stdout


SUMMARY_FEEDS = {
    "one.txt": "c2.example.com\nc2.example.com\nC2.EXAMPLE.com.\nco.jp\ncom\n.\n192.0.2.1\nwww.sakurano***.com\n" + "a" * 64 + ".com\nother.example.com\n",
    "two.yaml": """feed: two
campaign: spring
software: Bud
reference: "https://example.org/report"
indicators:
  - {type: domain, value: c2.example.com, action: nodata}
  - {type: url, value: www.example.jp/x.php, path: planted, confidence: high, raw: "www[.]example[.]jp/x.php", source-line: 77}
  - {type: url, value: www.example.jp/y.php}
  - {type: ip, value: 192.0.2.0/24}
  - {type: ip, value: 192.0.2.0/24}
  - {type: domain, value: old.example.com, expires: 2015-01-26}
  - {type: sha256, value: abc}
  - {type: domain, value: "x***.example.com", redacted: true}
""",
}


def test_the_summary_counts_exactly(tmp_path):
    for name, text in SUMMARY_FEEDS.items():
        (tmp_path / name).write_text(text)
    lines = compile_list(tmp_path, *(tmp_path / name for name in SUMMARY_FEEDS), check=0).stdout.splitlines()
    assert lines[:-2] == [
        "feed                 format    indicators   refused   notes     saved",
        "one                  domains            4         6       0         0",
        "  refused 1: redacted, so it names nothing",
        "  refused 1: an address where a name belongs",
        "  refused 1: a label has more than 63 bytes",
        "  refused 1: the root: it would block everything",
        "  refused 1: a top-level domain: it would block all below it",
        "  refused 1: a public suffix: it would block unrelated owners",
        "two                  yaml               5         1       2         0",
        "  refused 1: expired",
        "  notes: 1 blacked out in the report, kept for people",
        "warning: no never-block feed is among these; give the shipped one too: --never-block never-block.yaml",
    ]
    size = (tmp_path / "db").stat().st_size
    assert re.fullmatch(rf"{tmp_path}/db: serial \d+, 4 names, 1 networks, 2 URLs \(4 listed twice\), {size} bytes", lines[-2])
    assert re.fullmatch(r"9 indicators in \d+\.\d\d s", lines[-1])


def test_lookup_json_has_every_field(tmp_path):
    for name, text in SUMMARY_FEEDS.items():
        (tmp_path / name).write_text(text)
    settings = tmp_path / "sinkhole.yaml"
    settings.write_text('module: {sinkhole-addresses: ["198.51.100.0/24", "2001:db8:83::/64"]}\ncampaigns: {one: {action: off}}\n')
    compile_list(tmp_path, *(tmp_path / name for name in SUMMARY_FEEDS), check=0)
    questions = ["www.example.jp/x.php", "c2.example.com", "192.0.2.9", "abc", "example.net"]
    result = run([paths.SINKZONE, "lookup", "--json", "-c", settings, tmp_path / "db", *questions], check=1)
    url, both, network, note, nothing = [json.loads(line) for line in result.stdout.splitlines()]
    source = {"feed": "two", "file": "two.yaml", "line": 7, "report_line": 77, "reference": "https://example.org/report",
              "confidence": "high", "raw": "www[.]example[.]jp/x.php"}
    addresses = url["rules"][0]["addresses"]
    assert [address.rsplit(*s)[0] for address, s in zip(addresses, ((".", 1), ("::", 1)))] == ["198.51.100", "2001:db8:83"]
    rule = {"fires": True, "action": "sinkhole", "compiled_action": "sinkhole", "never_block": False, "campaign": "spring",
            "software": "Bud", "addresses": addresses, **source}
    assert url == {"query": "www.example.jp/x.php", "listed": True, "never_block": False, "mode": "enforce", "canary": False, "notes": [], "rules": [
        {"kind": "url", "trigger": "www.example.jp/x.php", "path": "planted", "host_known": True, **rule},
        {"kind": "name", "trigger": "www.example.jp", "scope": "exact", **rule}]}
    assert [(r["feed"], r["fires"], r.get("lost"), r["action"], r["compiled_action"], r["scope"], r["line"]) for r in both["rules"]] == [
        ("one", False, "the settings say off", "off", "sinkhole", "subdomains", 1),
        ("two", True, None, "nodata", "nodata", "exact", 6)]
    assert [(r["kind"], r["trigger"], r["line"]) for r in network["rules"]] == [("network", "192.0.2.0/24", 9)]
    assert (note["listed"], note["rules"], note["notes"]) == (False, [], [
        {"type": "sha256", "value": "abc", "feed": "two", "file": "two.yaml", "line": 12, "reference": "https://example.org/report"}])
    assert nothing == {"query": "example.net", "listed": False, "never_block": False, "mode": "enforce", "canary": False, "rules": [], "notes": []}


def test_compile_warns_of_popular_names_and_own_domains(tmp_path):
    feed, settings = tmp_path / "feed.txt", tmp_path / "sinkhole.yaml"
    feed.write_text("c2.example.com\nmicrosoft.com\nmail.corp.example.jp\n")
    settings.write_text("own-domains: [Corp.Example.jp]\n")
    for words in (["compile", "-o", tmp_path / "db"], ["check"]):
        result = run([paths.SINKZONE, *words, "-c", settings, feed], check=0)
        assert result.stderr.splitlines() == [
            f"sinkzone: {feed}:2: microsoft.com: warning: covers microsoft.com, which very many people use",
            f"sinkzone: {feed}:3: mail.corp.example.jp: warning: touches your own domain corp.example.jp"]
        assert "  warning: 2 rules cover very popular names or domains of your own\n" in result.stdout
    run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", "microsoft.com"], check=0)


def test_a_url_on_a_popular_host_lists_the_url_alone(tmp_path):
    """As URLhaus has it: with the host sinkholed, every user of the code host would be cut off."""
    feed = tmp_path / "urlhaus.csv"
    feed.write_text(
        "# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\n" + "".join(
            f'"{i}","2026-01-02 03:04:05","{url}","online","","malware_download","exe","https://urlhaus.abuse.ch/url/{i}/","r"\n'
            for i, url in enumerate(["https://github.com/someone/x.exe", "http://evil.example.net/x.exe"], 1)))
    result = compile_list(tmp_path, feed, check=0)
    assert result.stderr.splitlines() == [
        f"sinkzone: {feed}:2: https://github.com/someone/x.exe: warning: covers github.com, which very many people use: "
        "the URL alone is listed"]
    assert "  warning: 1 URLs on very popular names or domains of your own: listed without their hosts\n" in result.stdout
    for asked, status in (("github.com", 1), ("www.github.com", 1), ("https://github.com/someone/x.exe", 0), ("evil.example.net", 0)):
        run([paths.SINKZONE, "lookup", "-q", tmp_path / "db", asked], check=status)
    exported = run([paths.SINKZONE, "export", tmp_path / "db", "--format", "squid"], check=0).stdout
    assert "github\\.com\\.?(:[0-9]+)?/someone/x\\.exe" in exported
    assert "github" not in run([paths.SINKZONE, "export", tmp_path / "db", "--format", "domains"], check=0).stdout


def test_the_summary_names_what_never_block_saves(tmp_path):
    never, feed = tmp_path / "never.txt", tmp_path / "feed.txt"
    never.write_text("".join(f"n{i}.example.com\n" for i in range(25)))
    feed.write_text("example.com\nother.example.net\n" + "".join(f"x.n{i}.example.com\n" for i in range(25)))
    lines = compile_list(tmp_path, feed, "--never-block", never, check=0).stdout.splitlines()
    assert [line for line in lines if line.startswith("saved:")] == [
        *(f"saved: x.n{i}.example.com by never.txt:{i + 1}" for i in range(20)), "saved: and 5 more"]
    assert "saved:" not in compile_list(tmp_path, "--name", "feed2", feed, "--name", "feed", never, check=0).stdout


@pytest.mark.parametrize("words", [["lookup"], ["compile"], ["export"], ["no-such-command"], ["export", "x", "--format", "no"],
                                   ["--no-such-option"], []])
def test_wrong_usage_is_status_2(words):
    result = run([paths.SINKZONE, *words])
    assert result.returncode == 2
    assert "sinkzone" in result.stderr and result.stdout == ""


@pytest.mark.parametrize("words, complaint", [
    (["compile", "-o", "x", "--format", "no", "feed"], "no feed format no"),
    (["compile", "-o", "x", "--action", "no", "feed"], "no action"), (["compile", "-o", "x", "--action", "off", "feed"], "no action"),
    (["compile", "-o", "x", "--scope", "no", "feed"], "--scope is exact, subdomains or auto"),
    (["compile", "-o", "x", "--shrink", "101", "feed"], "0 to 100"), (["compile", "-o", "x", "--wait", "x", "feed"], "0 to 86400"), (["compile", "-o", "x", "--name", "", "feed"], "empty"),
    (["compile", "-o", "x", "feed", "--action", "nxdomain"], "none follows"), (["compile", "feed"], "-o DB is missing"),
    (["check", "-o", "x", "feed"], "check writes nothing"), (["check", "--no-such-option", "feed"], "--no-such-option"),
    (["export", "x", "--format", "no"], "no export format no"), (["export", "x", "--format", "rpz", "--origin", "a..b"], "no name"),
    (["export", "x", "--format", "rpz", "--ttl", "-1"], "0 to 86400"), (["export", "x", "--format", "rpz", "--sinkhole-v4", "::1"], "IPv4"),
    (["export", "x", "y", "--format", "rpz"], "one database"), (["lookup", "x"], "what to look up"), (["diff", "x"], "two databases"), (["check-module", "x"], "too much"),
])
def test_a_wrong_option_is_named(words, complaint):
    result = run([paths.SINKZONE, *words])
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.startswith("sinkzone: ") and complaint in result.stderr.splitlines()[0], result.stderr
    assert f"usage: sinkzone {words[0]} " in result.stderr


@pytest.mark.parametrize("words", [[], ["check"], ["compile"], ["lookup"], ["export"], ["diff"], ["check-module"]])
def test_help_fits_a_terminal(words):
    text = run([paths.SINKZONE, *words, "--help"], check=0).stdout
    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert not words or "-q" in text


def test_quiet_leaves_only_errors(tmp_path):
    feed = tmp_path / "feed.txt"
    feed.write_text("c2.example.com\nother.example.com\nco.jp\n")
    database = tmp_path / "db"
    for words, status in ((["compile", "-o", database, feed], 0), (["check", feed], 0), (["lookup", database, "c2.example.com"], 0),
                          (["lookup", database, "c3.example.com"], 1), (["export", database, "--format", "hosts", "-o", tmp_path / "x"], 0)):
        loud = run([paths.SINKZONE, *words], check=status)
        assert loud.stdout + loud.stderr != ""
        for option in ("-q", "--quiet"):
            quiet = run([paths.SINKZONE, words[0], option, *words[1:]], check=status)
            assert (quiet.stdout, quiet.stderr) == ("", "")
    assert "missing" in run([paths.SINKZONE, "compile", "-q", "-o", database, tmp_path / "missing"], check=1).stderr


def test_addresses_for_campaigns_run_short(tmp_path):
    feeds, settings = [tmp_path / f"f{i}.txt" for i in range(5)], tmp_path / "sinkhole.yaml"
    for feed in feeds:
        feed.write_text("c2.example.com\n")
    settings.write_text('module: {sinkhole-addresses: ["198.51.100.0/29"]}\n')  # slots 2 to 6

    def compiled(count, *options):
        words = [paths.SINKZONE, "compile", "-c", settings, "-o", tmp_path / "db", *options, *feeds[:count]]
        return run(words, check=0).stdout

    assert "sinkhole addresses" not in compiled(5, "--action", "nxdomain")
    assert "sinkhole addresses" not in compiled(3)
    assert "warning: 4 of the 5 sinkhole addresses" in compiled(4)
    assert "warning: 5 of the 5 sinkhole addresses for campaigns are taken for good; merge feeds with --campaign\n" in compiled(5)


def test_a_pool_that_shrank_has_no_address_for_all(tmp_path):
    feeds, settings = [tmp_path / f"f{i}.txt" for i in range(5)], tmp_path / "sinkhole.yaml"
    for feed in feeds:
        feed.write_text("c2.example.com\n")

    def compiled(pool, *options, campaigns=""):
        settings.write_text(f'module: {{sinkhole-addresses: ["{pool}"]}}\n{campaigns}')
        return run([paths.SINKZONE, "compile", "-c", settings, "-o", tmp_path / "db", *options, *feeds], check=0).stdout

    assert "the pool is smaller" not in compiled("198.51.100.0/29")
    found = re.search(r"warning: campaign (f\d) and 3 more: the pool is smaller than when it got its slot", compiled("198.51.100.0/30"))
    assert found, "of slots 2 to 6 there is one"
    addresses = "campaigns:\n" + "".join(f"  f{i}: {{address: 203.0.113.{i + 1}}}\n" for i in range(5))
    assert "the pool is smaller" not in compiled("198.51.100.0/30", campaigns=addresses)
    assert "the pool is smaller" not in compiled("198.51.100.0/30", "--action", "monitor")


@pytest.mark.parametrize("question", ["c2[.]example[.]com", "hxxp://c2[.]example[.]com", "c2.example.com:8080", "c2.example.com ",
                                      "192.0.2.1:8080", "http://192.0.2.1/x", "192.0.2.0/30"])
def test_lookup_understands_what_people_paste(tmp_path, question):
    feed = tmp_path / "feed.yaml"
    feed.write_text("feed: f\nindicators:\n  - {type: domain, value: c2.example.com}\n  - {type: ip, value: 192.0.2.0/30}\n")
    compile_list(tmp_path, feed, check=0)
    assert run([paths.SINKZONE, "lookup", tmp_path / "db", question], check=0).stdout.startswith(f"{question}: listed\n")
    for unclear in ("c2,example,com", "192.0.2", "c2.example.com:http", "*.example.com"):
        result = run([paths.SINKZONE, "lookup", tmp_path / "db", unclear, question])
        assert result.returncode == 2 and result.stdout.startswith(question) and f"{unclear} is not understood" in result.stderr


def test_lookup_shows_what_the_site_makes_of_the_list(tmp_path):
    never, feed, settings = tmp_path / "never.txt", tmp_path / "feed.txt", tmp_path / "sinkhole.yaml"
    never.write_text("shared.example.com\n")
    feed.write_text("http://shared.example.com/bad.php\nhttp://c2.example.com/bad.php\n")
    run([paths.SINKZONE, "compile", "-q", "-o", tmp_path / "db", feed, "--never-block", never], check=0)

    def lookup(mode, *words, status=0):
        settings.write_text(f'mode: {mode}\nmodule: {{sinkhole-addresses: ["198.51.100.0/24"], canary: canary.example.net}}\n')
        return run([paths.SINKZONE, "lookup", "-c", settings, *words[:-1], tmp_path / "db", words[-1]], check=status).stdout

    for question in ("shared.example.com", "http://shared.example.com/bad.php"):
        text = lookup("enforce", question, status=1)
        assert text.startswith(f"{question}: never blocked\n  mode        enforce\n")
    assert "lost        sinkhole: its host is never blocked\n  rule        URL" in text
    assert re.search(r"mode        enforce\n  action      sinkhole 198\.51\.100\.\d+\n", lookup("enforce", "c2.example.com"))
    monitored = lookup("monitor", "c2.example.com")
    assert "mode        monitor: nothing is blocked" in monitored and "action      monitor (compiled as sinkhole)" in monitored
    assert "mode        off: no rule fires" in lookup("off", "c2.example.com")
    assert lookup("monitor", "canary.example.net") == ("canary.example.net: the canary\n  mode        monitor: nothing is blocked, it is only recorded\n"
                                                       "  canary      sinkhole 198.51.100.1 always, and marked as a drill\n")
    lookup("off", "canary.example.net", status=1)
    answer = json.loads(lookup("monitor", "--json", "canary.example.net"))
    assert (answer["mode"], answer["canary"], answer["listed"]) == ("monitor", True, False)
    settings.write_text("no-such-key: 1\n")
    assert run([paths.SINKZONE, "lookup", "-c", settings, tmp_path / "db", "c2.example.com"]).returncode == 2


def test_json_loses_no_field_that_is_not_utf8(tmp_path):
    feed = tmp_path / "feed.txt"
    feed.write_bytes(b"http://c2[.]example[.]com/\xe9t\xe9\n")
    for name, campaign in (("old", b"caf\xe9"), ("new", b"th\xe9")):
        run(["sh", "-c", '"$0" compile -q -o "$1" --campaign "$(printf "$2")" "$3"', paths.SINKZONE, tmp_path / name,
             campaign.decode("latin-1").replace("\xe9", "\\351"), feed], check=0)

    def lines(*words, status):
        result = subprocess.run([paths.SINKZONE, *words], stdout=subprocess.PIPE)
        assert result.returncode == status
        return [json.loads(line) for line in result.stdout.decode("utf-8", "strict").splitlines()]

    question = b"c2.example.com/\xe9t\xe9"
    answer, = lines("lookup", "--json", tmp_path / "old", question, status=0)
    assert answer["query"] == "c2.example.com/\ufffdt\ufffd"
    assert {rule["campaign"] for rule in answer["rules"]} == {"caf\ufffd"}
    assert answer["rules"][0]["raw"] == "http://c2[.]example[.]com/\ufffdt\ufffd"
    changes = lines("diff", "--json", tmp_path / "old", tmp_path / "new", status=1)
    assert [(c["before"]["campaign"], c["after"]["campaign"]) for c in changes] == [("caf\ufffd", "th\ufffd")] * 2
    assert all(c["trigger"].startswith("c2.example.com") for c in changes)


def compile_slowly(tmp_path, *options, terminal=True):
    """A feed that comes in two halves, more than the time between two looks apart. Returns what was said on standard error."""
    parent, child = pty.openpty() if terminal else os.pipe()
    program = subprocess.Popen([paths.SINKZONE, "compile", *options, "-o", tmp_path / "db", "-"], stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, stderr=child, env=environment(TERM="xterm"))
    os.close(child)
    for part in range(2):
        program.stdin.write("".join(f"h{i}.p{part}.example.com\n" for i in range(30000)).encode() + b"co.jp\n" * part)
        program.stdin.flush()
        time.sleep(0 if part else 0.4)
    program.stdin.close()
    said = b""
    try:
        while piece := os.read(parent, 65536):
            said += piece
    except OSError:  # how a terminal says that nobody is left
        pass
    os.close(parent)
    assert program.wait(30) == 0, said
    return said.decode()


def test_two_compiles_at_once_take_turns(tmp_path):
    slow = subprocess.Popen([paths.SINKZONE, "compile", "-q", "-o", tmp_path / "db", "--name", "slow", "-"], stdin=subprocess.PIPE)
    wait_for(lambda: (tmp_path / "db.lock").exists(), "the lock")
    feed = tmp_path / "feed.txt"
    feed.write_text("c2.example.com\n")
    in_the_way = f"process {slow.pid} is compiling"
    assert in_the_way in compile_list(tmp_path, "-q", "--wait", "0", feed, check=1).stderr
    second = subprocess.Popen([paths.SINKZONE, "compile", "-o", tmp_path / "db", feed], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert in_the_way.encode() in second.stderr.readline()
    slow.communicate(b"slow.example.com\n", 30)
    assert "feed slow is no longer given" in second.communicate(timeout=30)[1].decode(), "it has read what the first one wrote"
    assert (slow.returncode, second.returncode) == (0, 0)
    assert sorted(os.listdir(tmp_path)) == ["db", "feed.txt"]

    killed = subprocess.Popen([paths.SINKZONE, "compile", "-q", "-o", tmp_path / "db", "-"], stdin=subprocess.PIPE)
    wait_for(lambda: (tmp_path / "db.lock").exists(), "the lock")
    killed.kill()
    killed.wait()
    compile_list(tmp_path, "--wait", "0", feed, check=0)
    assert sorted(os.listdir(tmp_path)) == ["db", "feed.txt"]


def test_progress_is_for_terminals(tmp_path):
    clear = "\r\x1b[K"
    said = compile_slowly(tmp_path)
    assert re.search(re.escape(clear) + r"stdin: \d+ entries" + re.escape(clear), said), said
    refusal = "sinkzone: stdin:60001: co.jp: a public suffix: it would block unrelated owners\r\n"
    assert clear + refusal in said, "it makes room for messages"
    assert said.endswith(clear) or said.endswith(refusal), "nothing of it is left"
    assert compile_slowly(tmp_path, terminal=False) == refusal.replace("\r", "")
    assert compile_slowly(tmp_path, "-q") == ""


def test_no_feed_speaks_to_the_terminal(tmp_path):
    feed = tmp_path / "feed.yaml"
    feed.write_text('feed: "f\\e[1m\\nf"\nsoftware: "s\\e[2m"\nindicators:\n'
                    '  - {type: domain, value: c2.example.com, remark: "r\\e[3m\\nlisted", raw: "\\u202e\\u009b"}\n'
                    '  - {type: domain, value: "bad\\e]0;x\\a\\u009b.example.com"}\n')
    said = compile_list(tmp_path, feed, check=0)
    assert "\\x1b]0;x\\x07\\u009b" in said.stderr
    shown = run([paths.SINKZONE, "lookup", tmp_path / "db", "c2.example.com"], check=0).stdout
    assert "f\\x1b[1m\\x0af" in shown and "r\\x1b[3m\\x0alisted" in shown and "\\u202e\\u009b" in shown
    broken = tmp_path / "broken.yaml"
    broken.write_text('feed: x\n"key\\e[1m\\u009b": 1\n')
    texts = [said.stdout, said.stderr, shown, compile_list(tmp_path, broken, check=1).stderr,
             run([paths.SINKZONE, "lookup", tmp_path / "db", "a\x1b[31m.example.com"], check=2).stderr,
             run([paths.SINKZONE, "export", tmp_path / "db", "--format", "rpz"], check=0).stdout]
    for text in texts:
        assert not [c for c in text if c not in "\n\t" and (c < " " or "\x7f" <= c <= "\x9f" or c == "\u202e")], text


def test_diff_says_what_changed(tmp_path):
    def compiled(name, text):
        feed = tmp_path / "feed.txt"
        feed.write_text(text)
        run([paths.SINKZONE, "compile", "-q", "-o", tmp_path / name, "--action", "nodata" if name == "other" else "sinkhole", feed], check=0)
        return tmp_path / name

    old = compiled("old", "".join(f"h{i}.example.com\n" for i in range(150)) + "kept.example.com\n")
    same = compiled("same", "kept.example.com\n" + "".join(f"h{i}.example.com\n" for i in range(150)))
    new = compiled("new", "kept.example.com\nnew.example.com\n")
    other = compiled("other", "kept.example.com\nnew.example.com\n")

    def diff(*words, status):
        result = run([paths.SINKZONE, "diff", *words], check=status)
        return result.stdout.splitlines()

    assert diff(old, same, status=0) == ["151 rules are the same"]
    lines = diff(old, new, status=1)
    assert lines[0] == "- name h0.example.com: scope subdomains, action sinkhole, campaign feed, feed feed"
    assert lines[100:] == ["and 51 more (--all shows them)", "names: 1 added, 150 removed, 0 changed", "1 rules are the same"]
    lines = diff("--all", old, new, status=1)
    assert lines[150] == "+ name new.example.com: scope subdomains, action sinkhole, campaign feed, feed feed" and len(lines) == 153
    assert diff(new, other, status=1)[0] == "~ name kept.example.com: action sinkhole -> nodata"
    assert diff("-q", old, new, status=1) == diff("-q", old, same, status=0) == []
    entry = json.loads(diff("--json", new, other, status=1)[1])
    assert entry["change"] == "changed" and entry["trigger"] == "new.example.com" and entry["after"]["action"] == "nodata"
    assert len(diff("--json", old, new, status=1)) == 151
    for words in ((old, tmp_path / "missing"), (tmp_path / "feed.txt", old)):
        assert diff(*words, status=2) == []


@pytest.mark.parametrize("kind", ["rpz", "hosts", "domains", "unbound"])
def test_an_export_says_what_it_leaves_out(tmp_path, kind):
    feed = tmp_path / "feed.yaml"
    feed.write_text("feed: f\nindicators:\n  - {type: domain, value: c2.example.com}\n  - {type: ip, value: 192.0.2.1}\n"
                    "  - {type: domain, value: watched.example.com, action: monitor}\n"
                    "  - {type: ip, value: 192.0.2.2, action: monitor}\n")
    compile_list(tmp_path, feed, check=0)
    result = run([paths.SINKZONE, "export", tmp_path / "db", "--format", kind], check=0)
    assert "watched" not in result.stdout
    assert "2 left out as only monitored" in result.stderr
    assert ("1 left out as the format has no networks" in result.stderr) == (kind != "rpz")


@pytest.mark.parametrize("program", [paths.SINKZONE, paths.SINKHOLED, paths.SINKCTL])
def test_every_program_prints_its_usage_and_version(program):
    assert "usage" in run([program, "--help"], check=0).stdout.lower()
    version = re.search(r"VERSION (\d+\.\d+\.\d+) LANGUAGES", (paths.SOURCE / "CMakeLists.txt").read_text())[1]
    assert version in run([program, "--version"], check=0).stdout


@pytest.mark.parametrize("damage", [lambda d: d[:100], lambda d: b"x" * 1000, lambda d: d[:-1], lambda d: b""])
def test_a_damaged_database_is_refused_by_lookup_and_export(tmp_path, damage):
    compile_list(tmp_path, *ALL, check=0)
    (tmp_path / "db").write_bytes(damage((tmp_path / "db").read_bytes()))
    for words, status in ((["lookup", tmp_path / "db", "a.example.com"], 2), (["export", tmp_path / "db", "--format", "rpz"], 1)):
        result = run([paths.SINKZONE, *words])
        assert result.returncode == status
        one_line_about(result, "db")


def test_every_flipped_byte_is_noticed(tmp_path):
    compile_list(tmp_path, *ALL, check=0)
    data = (tmp_path / "db").read_bytes()
    step = max(1, len(data) // 60)
    for at in range(0, len(data), step):
        (tmp_path / "db").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        assert run([paths.SINKZONE, "lookup", tmp_path / "db", "www.kaerunote.com"]).returncode == 2, f"byte {at}"


@pytest.mark.parametrize("text, line", [
    ("mode: maybe\n", 1), ("mode: enforce\nmodule:\n  ttl: -1\n", 3), ("no-such-key: 1\n", 1),
    ("sinkhole:\n  listen:\n    - {address: 198.51.100.1, tcp: [70000]}\n", 3),
    ("module:\n  sinkhole-addresses: [\"198.51.100.300/24\"]\n", 2), ("roles:\n  - {networks: [x], role: y}\n", 2),
    ("mode: enforce\nmode: off\n", 2), ("a: [\n", None),
])
def test_a_bad_setting_is_named_by_line(tmp_path, text, line):
    settings = tmp_path / "sinkhole.yaml"
    settings.write_text(text)
    named = f"sinkhole.yaml:{line}" if line else "sinkhole.yaml:"
    for argv in ([paths.SINKHOLED, "-c", settings, "--check-config"], [paths.SINKHOLED, "-c", settings]):
        result = run(argv)
        assert result.returncode == 1, argv
        assert named in result.stderr and len(result.stderr.splitlines()) == 1
    assert named in run([paths.SINKCTL, "hosts", "--no-store", "-c", settings]).stderr.splitlines()[0], "it goes on"


def test_a_taken_port_is_one_clear_line(site):
    import socket

    site.settings["sinkhole"]["listen"] = [{"address": "198.51.100.9", "tcp": [8088]}]
    site.write().compile()
    with socket.create_server(("198.51.100.9", 8088)):
        result = run([paths.SINKHOLED, "-c", site.path])
    assert result.returncode == 1
    assert "8088" in result.stderr and "sinkhole.yaml:" in result.stderr


@pytest.mark.parametrize("program, ending", [("gzip", ".gz"), ("zstd", ".zst")])
@pytest.mark.parametrize("name, text", [
    ("plain.txt", "c2.example.com\n"),
    ("own.yaml", "feed: plain\nindicators:\n  - {type: domain, value: c2.example.com, source-line: 1}\n"),
    ("zone.rpz", "@ SOA ns.own. host.own. 1 60 60 60 60\n@ NS ns.own.\nc2.example.com CNAME .\n"),
])
def test_compressed_feeds_are_read_as_they_are(tmp_path, name, text, program, ending):
    feed = tmp_path / name
    feed.write_text(text)
    run([program, "-q", feed], check=0)
    packed = tmp_path / (name + ending)
    compile_list(tmp_path, packed, check=0)
    plain = run([paths.SINKZONE, "lookup", tmp_path / "db", "c2.example.com"], check=0).stdout
    assert "not listed" not in plain and name.split(".")[0] in plain
    run(["sh", "-c", '"$1" compile -o "$2" - <"$3"', "sh", paths.SINKZONE, tmp_path / "db2", packed], check=0)
    assert "not listed" not in run([paths.SINKZONE, "lookup", tmp_path / "db2", "c2.example.com"], check=0).stdout

    before = (tmp_path / "db").read_bytes()
    packed.write_bytes(packed.read_bytes()[:-3])
    result = compile_list(tmp_path, packed, check=1)
    one_line_about(result, f"{name}{ending}: cannot be read to its end: is cut short")
    assert (tmp_path / "db").read_bytes() == before
