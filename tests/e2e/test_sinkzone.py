# SPDX-License-Identifier: BSD-3-Clause
"""sinkzone: one clear line for every mistake, and what was good stays."""

import os
import stat

import pytest

from harness import paths, report
from harness.daemon import run

ALL = (paths.EMDIVI_FEED, paths.NEVER_BLOCK_FEED)


def compile_list(tmp_path, *feeds, check=None):
    return run([paths.SINKZONE, "compile", "-o", tmp_path / "db", *feeds], check=check)


def one_line_about(result, text):
    lines = [line for line in result.stderr.splitlines() if line.startswith("sinkzone:")]
    assert lines and text in result.stderr, result.stderr


def test_compile_says_what_it_did(tmp_path):
    result = compile_list(tmp_path, *ALL, check=0)
    assert any(ch.isdigit() for ch in result.stdout + result.stderr)
    assert stat.S_IMODE((tmp_path / "db").stat().st_mode) == 0o644


def test_the_old_files_mode_is_kept(tmp_path):
    compile_list(tmp_path, *ALL, check=0)
    (tmp_path / "db").chmod(0o640)
    compile_list(tmp_path, *ALL, check=0)
    assert stat.S_IMODE((tmp_path / "db").stat().st_mode) == 0o640
    assert sorted(os.listdir(tmp_path)) == ["db"], "no temporary file is left"


def test_check_reports_the_redacted_name_by_line():
    result = run([paths.SINKZONE, "check", paths.EMDIVI_FEED])
    assert result.returncode == 0, result.stderr
    assert report.REDACTED in result.stdout + result.stderr
    assert "emdivi.yaml:" in result.stdout + result.stderr


@pytest.mark.parametrize("text, complaint", [
    ("com\n", "top-level"), ("co.jp\n", "public suffix"), (".\n", ""), ("a" * 64 + ".example.com\n", "63"),
    (".".join(["a" * 50] * 6) + ".com\n", "253"), ("www.sakurano***.com\n", "redacted"),
])
def test_what_is_never_compiled_is_reported_and_the_rest_goes_on(tmp_path, text, complaint):
    feed = tmp_path / "feed.txt"
    feed.write_text("good.example.com\n" * 1 + "good2.example.com\ngood3.example.com\n" + text)
    result = compile_list(tmp_path, feed, check=0)
    assert "feed.txt:4" in result.stdout + result.stderr
    assert complaint.lower() in (result.stdout + result.stderr).lower()
    assert "not listed" not in run([paths.SINKZONE, "lookup", tmp_path / "db", "good.example.com"]).stdout
    if complaint in ("public suffix", "top-level"):
        assert "not listed" in run([paths.SINKZONE, "lookup", tmp_path / "db", "x." + text.strip()]).stdout


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
    one_line_about(result, name)
    assert (tmp_path / "db").read_bytes() == before


def test_a_feed_that_shrinks_needs_force(tmp_path):
    feed = tmp_path / "feed.txt"
    feed.write_text("".join(f"host{i}.example.com\n" for i in range(1000)))
    compile_list(tmp_path, feed, check=0)
    feed.write_text("host1.example.com\n")
    assert compile_list(tmp_path, feed).returncode == 1
    assert run([paths.SINKZONE, "compile", "--force", "-o", tmp_path / "db", feed]).returncode == 0


def test_never_block_wins_whatever_the_order(tmp_path):
    hostile = tmp_path / "hostile.txt"
    hostile.write_text("".join(f"{name}\n" for name in report.NEVER_BLOCK) + "other.example.com\n")
    for feeds in ((hostile, paths.NEVER_BLOCK_FEED), (paths.NEVER_BLOCK_FEED, hostile)):
        run([paths.SINKZONE, "compile", "--force", "-o", tmp_path / "db", *feeds], check=0)
        for name in report.NEVER_BLOCK:
            text = run([paths.SINKZONE, "lookup", tmp_path / "db", name]).stdout
            assert "never-block" in text, text
        assert "hostile" in run([paths.SINKZONE, "lookup", tmp_path / "db", "other.example.com"]).stdout


@pytest.mark.parametrize("words", [["lookup"], ["compile"], ["export"], ["no-such-command"], ["export", "x", "--format", "no"],
                                   ["--no-such-option"], []])
def test_wrong_usage_is_status_2(words):
    result = run([paths.SINKZONE, *words])
    assert result.returncode == 2
    assert "sinkzone" in result.stderr and result.stdout == ""


@pytest.mark.parametrize("program", [paths.SINKZONE, paths.SINKHOLED, paths.SINKCTL])
def test_help_and_version(program):
    assert "usage" in run([program, "--help"], check=0).stdout.lower()
    version = run([program, "--version"], check=0).stdout
    assert "0.1.0" in version


@pytest.mark.parametrize("damage", [lambda d: d[:100], lambda d: b"x" * 1000, lambda d: d[:-1], lambda d: b""])
def test_a_damaged_database_is_refused_by_lookup_and_export(tmp_path, damage):
    compile_list(tmp_path, *ALL, check=0)
    (tmp_path / "db").write_bytes(damage((tmp_path / "db").read_bytes()))
    for words in (["lookup", tmp_path / "db", "a.example.com"], ["export", tmp_path / "db", "--format", "rpz"]):
        result = run([paths.SINKZONE, *words])
        assert result.returncode == 1
        one_line_about(result, "db")


def test_every_flipped_byte_is_noticed(tmp_path):
    compile_list(tmp_path, *ALL, check=0)
    data = (tmp_path / "db").read_bytes()
    step = max(1, len(data) // 60)
    for at in range(0, len(data), step):
        (tmp_path / "db").write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        assert run([paths.SINKZONE, "lookup", tmp_path / "db", "www.kaerunote.com"]).returncode == 1, f"byte {at}"


@pytest.mark.parametrize("text, line", [
    ("mode: maybe\n", 1), ("mode: enforce\nmodule:\n  ttl: -1\n", 3), ("no-such-key: 1\n", 1),
    ("sinkhole:\n  listen:\n    - {address: 198.51.100.1, tcp: [70000]}\n", 3),
    ("module:\n  sinkhole-addresses: [\"198.51.100.300/24\"]\n", 2), ("roles:\n  - {networks: [x], role: y}\n", 2),
    ("mode: enforce\nmode: off\n", 2), ("a: [\n", None),
])
def test_a_bad_setting_is_named_by_line(tmp_path, text, line):
    settings = tmp_path / "sinkhole.yaml"
    settings.write_text(text)
    for argv in ([paths.SINKHOLED, "-c", settings, "--check-config"], [paths.SINKHOLED, "-c", settings],
                 [paths.SINKCTL, "hosts", "-c", settings]):
        result = run(argv)
        assert result.returncode == 1, argv
        assert f"sinkhole.yaml:{line}" in result.stderr if line else "sinkhole.yaml:" in result.stderr
        assert len(result.stderr.splitlines()) == 1


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
