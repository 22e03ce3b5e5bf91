# SPDX-License-Identifier: BSD-3-Clause
"""sinkzone extract: reports in several styles become drafts that a person confirms; nothing is blocked by extraction."""

import re

import pytest
import yaml

from harness import paths
from harness.daemon import run

REPORTS = paths.SOURCE / "tests/data/reports"
NEVER = paths.SOURCE / "zones/feeds/never-block.yaml"

HASH = "8c3df4e4549db3ce57fc1f7b1b2dfeedb7ba079f654861ca0b608cbfa1df0f6b"

# Of each report: its entries, and what must be there only as a comment.
EXPECTED = {
    "vendor-blog.txt": ({
        "domain": {"update-cdn.net", "backup.update-cdn.net", "ship-track.org", "cdn.ship-track.org", "dyn-beacon.top"},
        "url": {"https://files.update-cdn.net/stage2.bin", "http://203.0.113.9/gate.php"},
        "ip": {"198.51.100.23"},
        "ip-port": {"203.0.113.77:4444"},
        "sha256": {"0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"},
        "sha1": {"da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        "md5": {"d41d8cd98f00b204e9800998ecf8427e"},
        "filename": {"Invoice_2025.docm", "svc_update.exe", "stage2.bin"},
    }, {
        "billing@post-invoices.com": "mail address",
        "https://www.example-research.com/blog/2024/earlier-campaign": "live link",
        "https://www.virustotal.com/gui/file/aaaa": "never-block",
        "https://nvd.nist.gov/vuln/detail/CVE-2024-12345": "reports refer to",
        "https://github.com/foo/bar": "very many people",
        "cmd.exe": "genuine program",
        "hxxps://www.dhl[.]com/en/": "genuine",
        "www.victim-shop[.]example": "malformed",
        "xxx.redacted-customer.com": "redacted",
        "https://www.mandiant.com/resources/blog/greyheron": "reports refer to",
        "hxxps://attack.mitre[.]org/techniques/T1059/": "reports refer to",
        "https://some-other-vendor.com/blog/greyheron": "heading of references",
    }),
    "columns.txt": ({
        "domain": {"lantern-news.com", "www.slow-light.net", "mail.lantern-mail.info"},
        "url": {"lantern-news.com/api/v2/check.php", "http://mirror-update.org/img/",
                "https://lantern-news.com/very/long/path/that/goes/on/and/on/index.php?id=1"},
        "ip": {"192.0.2.51", "192.0.2.52", "2001:db8:5::9"},
        "sha256": {HASH, "4a2a9b6a5fedd8de12a963effb7b800b7953c017c8a73a8ef353d661c879d137"},
        "filename": {"wuauclt.dll", "setup.exe"},
    }, {
        "www.example-cert.org": "running text",
        "time.windows.com": "never-block",
        "www.google.com": "never-block",
        "7.0.8.1": "running text",
        "https://vendor-blog.io/lantern": "heading of references",
        "www.passive-dns-provider.com": "heading of references",
    }),
    "japanese.txt": ({
        "domain": {"evil-host.com", "bad-zero.net", "news.fake-portal.biz", "例え.jp", "www.inline-c2.com"},
        "url": {"http://dl.mal-site.jp/a/b.php", "https://cdn.drop-files.xyz/"},
        "ip-port": {"203.0.113.200:443"},
        "filename": {"請求書.docx.exe", "資料.zip"},
    }, {
        "https://www.jpcert.or.jp/at/2023/at230099.html": "never-block",
        "example-sakura●●●.co.jp": "redacted",
        "https://www.city.example-shi.jp/": "genuine",
        "https://blogs.jpcert.or.jp/ja/2023/04/x.html": "never-block",
        "www.lac.co.jp": "reports refer to",
        "info@jpcert.or.jp": "mail address",
    }),
    "rows.txt": ({
        "domain": {"evil-loader.com", "login.partner-bank.support"},
        "url": {"http://evil-loader.com/gate?id=1"},
        "ip": {"198.51.100.9"},
        "ip-port": {"198.51.100.10:8443"},
        "sha256": {"00112233445566778899aabbccddeeff" * 2},
        "md5": {"00112233445566778899aabbccddeeff"},
        "filename": {"loader.dll", "invoice.zip"},
    }, {
        "soc@partner-bank.com": "mail address",
        "boss@evil-loader.com": "mail address",
        "www.partner-bank.com": "running text",
        "1.2.3.4": "running text",
    }),
    "pages.txt": ({
        "domain": {"ns1.saltmarsh-dns.com", "cdn.saltmarsh-dns.com", "very-long-name-of-a-server.saltmarsh-dns.com",
                   "static.jquery-cdn-lib.com", "mail.partner-org.de"},
        "url": {"http://landing.salt-marsh.info/kit/index.php?id=4"},
        "ip": {"203.0.113.15", "203.0.113.16", "203.0.113.19", "192.0.2.22"},
    }, {
        "www.acme-cdc.org": "running text",
        "www.daily-herald-news.com": "running text",
        "tucows.com": "running text",
        "198.51.100.7": "running text",
        "microsoft.com": "very many people",
        "apple.com": "very many people",
        "9.9.9.9": "share this address",
        "quad9.net": "heading of references or advice",
        "sensor.acme-cdc.org": "heading of references or advice",
        "soc@acme-cdc.org": "mail address",
    }),
    "incident.txt": ({
        "domain": {"stat.dl-telemetry.xyz", "stat2.dl-telemetry.xyz", "invoices-example-corp.com"},
        "url": {"https://files-share-box.com/dl/8841.ps1"},
        "ip": {"192.0.2.17"},
        "sha1": {"da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    }, {
        "https://jira.corp.example.net/browse/IR-118": "live link",
        "billing@invoices-example-corp.com": "mail address",
        "wazuh.corp.example.net": "running text",
        "10.4.2.11": "private",
        "mx1.corp.example.net": "running text",
        "files-share-box.com": "running text",
        "10.4.8.31": "private",
        "resolver1.corp.example.net": "running text",
        "198.51.100.7:443": "running text",
        "https://falcon.crowdstrike.com": "reports refer to",
        "deb.debian.org": "running text",
        "example-hosting.com": "running text",
        "example-corp.com": "running text",
        "update.googleapis.com": "harmless programs",
        "crl.digicert.com": "harmless programs",
        "cdn.vendor-updates.com": "genuine",
        "ns1.example-names.com": "name server",
        "fin.example-bank.com": "heading of references",
        "pastebin.com/raw/Ab12": "very many people",
        "fw1.corp.example.net": "running text",
        "https://www.virustotal.com/gui/file/da39": "never-block",
        "any.run": "reports refer to",
        "abuse@example-registrar.com": "mail address",
        "https://github.com/SigmaHQ/sigma": "very many people",
        "wiki.corp.example.net/ir/118": "running text",
    }),
    "patterns.txt": ({
        "domain": {"stix-c2.com", "json-c2.org"},
        "url": {"http://stix-dl.net/x.bin"},
        "ip": {"198.51.100.77"},
        "sha256": {"aaaabbbbccccddddeeeeffff00001111" * 2},
    }, {"http://docs.oasis-open.org/x": "reports refer to"}),
    "list.txt": ({
        "domain": {"evil-one.com"},
        "url": {"www.evil-two.net/path/x.php", "http://evil-three.org/"},
        "ip": {"198.51.100.5"},
        "filename": {"evil.sh", "payload.zip"},
    }, {}),
}


def extract(report, *options, check=0):
    return run([paths.SINKZONE, "extract", "--never-block", NEVER, *options, report], check=check)


def comments(draft):
    """What was not taken: value and reason."""
    return {value: why for why, value in re.findall(r"^  # line \d+, not taken \((.*?)\): \S+ (.+)$", draft, re.M)}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_report_becomes_a_draft(name):
    entries, doubts = EXPECTED[name]
    draft = extract(REPORTS / name).stdout
    lines = (REPORTS / name).read_text().splitlines()
    found = {}
    for entry in yaml.safe_load(draft)["indicators"]:
        found.setdefault(entry["type"], set()).add(entry["value"])
        assert 1 <= entry["source-line"] <= len(lines)
    assert found == entries
    said = comments(draft)
    assert {value: why in said.get(value, "") for value, why in doubts.items()} == dict.fromkeys(doubts, True), said
    assert set(said) == set(doubts)
    assert draft.count("\n  # line ") == len(yaml.safe_load(draft)["indicators"]) + len(doubts)


def test_each_entry_has_its_line_and_what_it_is(tmp_path):
    draft = extract(REPORTS / "vendor-blog.txt").stdout
    entries = {entry["value"]: entry for entry in yaml.safe_load(draft)["indicators"]}
    assert entries["ship-track.org"] == {"type": "domain", "value": "ship-track.org", "raw": "ship-track[.]org", "source-line": 29,
                                         "remark": "C2"}
    assert entries["dyn-beacon.top"]["scope"] == "subdomains"
    assert "  # line 29: | **ship-track(.)org** | domain | C2 |\n  - type: domain\n" in draft
    report = tmp_path / "r.txt"
    report.write_text("Dropper:\n- dl.example-a.com\nC2 server:\n- c2.example-a.com (192.0.2.7)\n- /wp-content/gate.php\n- /tmp/x.sh\n"
                      "Decoy document:\n- www.example-b.com\nReferences:\n- www.example-c.com\n")
    entries = {entry["value"]: entry for entry in yaml.safe_load(extract(report).stdout)["indicators"]}
    assert entries["dl.example-a.com"]["remark"] == "delivery" and entries["c2.example-a.com"]["remark"] == "C2"
    assert entries["192.0.2.7"]["context"] is True
    assert entries["/wp-content/gate.php"]["hosts"] == ["c2.example-a.com"]
    assert set(entries) == {"dl.example-a.com", "c2.example-a.com", "192.0.2.7", "/wp-content/gate.php", "x.sh"}


@pytest.mark.parametrize("written", [
    "hxxp://c2.example-a.com/x", "hXXp://c2.example-a.com/x", "http[:]//c2.example-a.com/x", "http[://]c2.example-a.com/x",
    "h**p://c2.example-a.com/x", "hxxp : // c2.example-a.com/x", "ttp://c2.example-a.com/x", "meow://c2.example-a.com/x",
    "hxxp:\\\\c2.example-a.com/x", "http://c2[.]example-a(.)com/x", "http://c2{.}example-a[dot]com/x", "http://c2 [.] example-a [.] com/x",
    "http://c2(dot)example-a{dot}com/x", "http://c2 dot example-a dot com/x", "http://c2[.example-a[.com/x", "http://c2.]example-a.com/x",
    "[http://]c2.example-a.com/x", "http://c2\\.example-a\\.com/x", "http://c2．example-a．com/x", "ｈｔｔｐ：／／ｃ２[.]ｅｘａｍｐｌｅ－ａ.com/x", "http://c2[。]example-a[.]com/x",
    "ht\u200btp://c2.exam\u00adple-a[.]c\u2060om/x", "`hxxp://c2.example-a.com/x`", "<hxxp://c2.example-a.com/x>",
    "“hxxp://c2.example-a.com/x”。", "[hxxp://c2.example-a.com/x](hxxp://c2.example-a.com/x)", "接続先「hxxp://c2.example-a.com/x」です",
])
def test_every_usual_way_to_defang(tmp_path, written):
    report = tmp_path / "r.txt"
    report.write_text(f"It was seen here: {written} by us.\n")
    found = [entry["value"] for entry in yaml.safe_load(extract(report).stdout)["indicators"]]
    assert found == ["http://c2.example-a.com/x"]


def test_live_links_count_in_lists_that_are_not_defanged(tmp_path):
    report = tmp_path / "r.txt"
    text = "It called hxxp://a.example-a.com/ first.\n\nINDICATORS\n{}http://b.example-b.com/x\nSee http://c.example-c.com/ for more.\n"
    for first, expected in (("", {"http://a.example-a.com/"}),
                            ("d.example-d.com\n", {"http://a.example-a.com/", "d.example-d.com", "http://b.example-b.com/x"})):
        report.write_text(text.format(first))
        assert {entry["value"] for entry in yaml.safe_load(extract(report).stdout)["indicators"]} == expected


def test_what_is_left_out_is_no_indicator(tmp_path):
    report = tmp_path / "r.txt"
    written = ["www.example-a.com/ab[REMOVED]", "www.example***.com/x", "[redacted].example-a[.]com", "xxx.example-a.com", "192.0.2.xx",
               "198.51.100[.]x", "bank.example-[a-z]*.com", "www.example-a…com", "●●●.example-a.com", "hxxp://example-<name>.com/x"]
    report.write_text("C2 servers:\n" + "".join(f"- {text}\n" for text in written))
    draft = extract(report).stdout
    assert yaml.safe_load(draft)["indicators"] == []
    assert len(re.findall(r"not taken \((?:redacted|malformed.*?)\)", draft)) >= 8


@pytest.mark.parametrize("text", [
    "C2 servers:\n- cdn.example-\n  sync.com\n", "C2サーバはexample-\nsync[.]comです。\n",
    "The group used    and also\nthe name example-  nothing of\nsync[.]com as C2    interest.\n",
])
def test_the_rest_of_a_name_that_is_broken_at_a_hyphen_is_no_entry(tmp_path, text):
    report = tmp_path / "r.txt"
    report.write_text(text)
    draft = extract(report).stdout
    assert yaml.safe_load(draft)["indicators"] == [] and "behind a hyphen at the end of the line before" in draft


def test_what_stands_among_indicators_and_is_none(tmp_path):
    report = tmp_path / "r.txt"
    report.write_text("LEGITIMATE DOMAINS USED FOR CONNECTIVITY CHECKS DURING C2 TRAFFIC:\n\n- www.example-a.com\n- www.example-b[.]com\n\n"
                      "Cobalt Strike traffic:\n- c2.example-c[.]com\n\nC2 SERVER WITH A CERTIFICATE SPOOFING WWW.EXAMPLE-D.COM:\n"
                      "- 192.0.2.7\n- id-at-commonName=www.example-e.com\n- File name: Invoice.2025.11.zip\n"
                      "- form.example-f[.]com: not inherently malicious\n- old.example-g[.]com: legitimate domain, compromised\n")
    assert {entry["value"] for entry in yaml.safe_load(extract(report).stdout)["indicators"]} == {
        "c2.example-c.com", "192.0.2.7", "Invoice.2025.11.zip", "old.example-g.com"}


def test_names_of_another_section_accuse_nobody(tmp_path):
    report = tmp_path / "r.txt"
    unclear, victims = "below what may be a heading that does not say what they are", "below a heading of victims"
    report.write_text("C2 servers:\n- a.example-a.com\n- 192.0.2.7\n- /wp/gate.php\n\nCustomers\n\n- b.example-b.com\n- 198.51.100.8\n"
                      "- /wp/shop.php\n- tool.exe\n\nC2 servers\n\n- c.example-c.com\nOur partners:\n- d.example-d.com\n- e.example-e[.]com\n"
                      "- f.example-f.com | domain | C2\n\nVictims\n\n- g.example-g.com\n- 198.51.100.9\n"
                      "- h[.]example-h.com which talked to a C2 server\n\n通信先\ni.example-i.com\n被害組織\nj.example-j.com\n\n"
                      "References:\n\nVendor:\n- k.example-k.com\n")
    draft = extract(report).stdout
    entries = {entry["value"]: entry.get("remark") for entry in yaml.safe_load(draft)["indicators"]}
    assert entries == {"a.example-a.com": "C2", "192.0.2.7": "C2", "/wp/gate.php": "C2", "tool.exe": None, "c.example-c.com": "C2",
                       "e.example-e.com": None, "f.example-f.com": "C2", "i.example-i.com": "C2"}
    assert comments(draft) == {
        "b.example-b.com": unclear, "198.51.100.8": unclear, "/wp/shop.php": unclear, "d.example-d.com": unclear, "g.example-g.com": victims,
        "198.51.100.9": victims, "h[.]example-h.com": victims, "j.example-j.com": victims,
        "k.example-k.com": "below a heading of references or advice"}


@pytest.mark.parametrize("heading, has_entries", [
    ("Victims and Indicators of Compromise", True), ("APT-X targets banks: indicators", True), ("被害組織と痕跡情報", True),
    ("Victim domains", False), ("Targets", False)])
def test_a_heading_of_victims_and_indicators_hides_no_indicators(tmp_path, heading, has_entries):
    report = tmp_path / "r.txt"
    report.write_text(f"C2 servers:\n- a.example-a.com\n\n{heading}\n\n- b.example-b.com\n- h[.]example-h.com\n")
    values = {entry["value"] for entry in yaml.safe_load(extract(report).stdout)["indicators"]}
    assert values == {"a.example-a.com"} | ({"b.example-b.com", "h.example-h.com"} if has_entries else set())


def test_a_line_of_each_page_names_the_author(tmp_path):
    report = tmp_path / "r.txt"
    pages = [f"Lab report    page {number}\nwww.example-lab.com\nC2 servers:\n" +
             "".join(f"- c{number}{i}.example-a.com\n" for i in range(8)) for number in range(1, 4)]
    report.write_text("".join(pages))
    draft = extract(report).stdout
    assert comments(draft) == {"www.example-lab.com": "on a line that each page has"}
    assert len(yaml.safe_load(draft)["indicators"]) == 24
    report.write_text("".join(pages[:2]))  # twice may be a list and its summary
    assert "www.example-lab.com" in [entry["value"] for entry in yaml.safe_load(extract(report).stdout)["indicators"]]


def test_a_draft_blocks_nothing_until_it_is_confirmed(tmp_path):
    draft, database = tmp_path / "draft.yaml", tmp_path / "list.db"
    extract(REPORTS / "rows.txt", "-o", draft)
    assert "must not exist yet" in extract(REPORTS / "rows.txt", "-o", draft, check=1).stderr
    run([paths.SINKZONE, "check", draft], check=0)
    for force in ([], ["--force"]):
        assert "is a draft" in run([paths.SINKZONE, "compile", "-o", database, *force, draft], check=1).stderr
    settings = tmp_path / "sinkhole.yaml"
    settings.write_text(yaml.safe_dump({"module": {"database": "list.db"}, "update": {
        "directory": "feeds", "feeds": [{"name": "rows", "file": str(draft)}]}}))
    assert "is a draft" in run([paths.SINKZONE, "update", "-c", settings, "--force=rows"], check=1).stderr
    assert not database.exists()
    draft.write_text(draft.read_text().replace("draft: yes\n", ""))
    run([paths.SINKZONE, "compile", "-o", database, draft], check=0)
    run([paths.SINKZONE, "lookup", "-q", database, "evil-loader.com"], check=0)


def test_compare_names_the_differences_to_a_feed(tmp_path):
    feed = tmp_path / "feed.yaml"
    feed.write_text("feed: f\nindicators:\n  - {type: domain, value: evil-loader.com}\n  - {type: url, value: evil-loader.com/gate?id=1}\n"
                    "  - {type: ip, value: 198.51.100.9}\n  - {type: ip-port, value: '198.51.100.10:8443/tcp', context: true}\n"
                    "  - {type: domain, value: www.partner-bank.com}\n  - {type: domain, value: other.example.com}\n")
    said = extract(REPORTS / "rows.txt", "--compare", feed, check=1).stdout
    assert "~ domain www.partner-bank.com: line 11, not taken" in said
    assert "- domain other.example.com: line 8 of the feed" in said
    assert "+ domain login.partner-bank.support: line 10" in said
    assert "4 are the same, 7 differ" in said
    report = tmp_path / "r.txt"
    report.write_text("C2:\n- a.example-a.com\n")
    feed.write_text("feed: f\nindicators: [{type: domain, value: a.example-a.com}]\n")
    assert extract(report, "--compare", feed).stdout == "1 are the same, 0 differ\n"
    extract(report, "--compare", tmp_path / "missing", check=2)


def test_a_report_cannot_write_into_the_draft(tmp_path):
    report = tmp_path / "r\n- x: y.txt"
    report.write_bytes("C2:\n- a[.]com\u2028draft: no\u0085indicators: []\n- b[.]com \"\\ {x: y}\r- c[.]com \ufffe\u202e\x1b[2J\x07 d[.]com\n".encode())
    draft = extract(report).stdout
    document = yaml.safe_load(draft)
    assert document["draft"] is True
    assert [entry["value"] for entry in document["indicators"]] == ["a.com", "b.com", "c.com", "d.com"]
    assert set(document) == {"draft", "feed", "confidence", "scope", "action", "indicators"}
    saved = tmp_path / "d.yaml"
    saved.write_text(draft)
    run([paths.SINKZONE, "check", saved], check=0)


def test_what_is_no_report_is_said(tmp_path):
    report = tmp_path / "r.txt"
    report.write_bytes("C2: a[.]com".encode("utf-16"))
    assert "no text in UTF-8" in extract(report, check=1).stderr
    report.write_text("Nothing to see.\n")
    assert yaml.safe_load(extract(report).stdout)["indicators"] == []
    assert "own" in extract_with_own_domain(tmp_path)


def test_a_report_of_hardly_anything_but_blank_lines_costs_little(tmp_path):
    report, draft = tmp_path / "r.txt", tmp_path / "d.yaml"
    blank = (4 << 20) - 100
    report.write_text("C2 servers:\na.example-a[.]com\n" + "\n" * blank + "b.example-b[.]com\n")
    # From a small process: a child starts with the memory of the one that makes it.
    measure = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
               "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    used = run(["/usr/bin/python3", "-c", measure, paths.SINKZONE, "extract", "--never-block", NEVER, report, "-o", draft], check=0)
    assert [(entry["value"], entry["source-line"]) for entry in yaml.safe_load(draft.read_text())["indicators"]] == [
        ("a.example-a.com", 2), ("b.example-b.com", 3 + blank)]
    assert int(used.stdout) < 192 << 10, f"{used.stdout} KiB"
    report.write_text("a\n" * (2 << 20))
    assert "r.txt:524289: is no report: it has more than 524288 lines" in extract(report, check=1).stderr


def extract_with_own_domain(tmp_path):
    settings, report = tmp_path / "s.yaml", tmp_path / "own.txt"
    settings.write_text("own-domains: [example-a.com]\n")
    report.write_text("C2:\n- www.example-a[.]com\n")
    return extract(report, "-c", settings).stdout.split("indicators:", 1)[1]
