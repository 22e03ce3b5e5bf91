# SPDX-License-Identifier: BSD-3-Clause
"""What sinkctl evidence hands on: whole, as it stands in the logs, and checked by programs of others."""

import csv
import gzip
import hashlib
import json
import os
import shutil
import subprocess

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.clients import PROFILE, beacon, curl, emdivi
from harness.daemon import run

C2 = "http://www.toko-ton.com/koushi/detail/index.php"
HOST, OTHER = paths.client(580), paths.client(581)


@pytest.fixture(scope="module")
def story(sensor):
    sink = addresses(ask("www.toko-ton.com", source=HOST))[0]
    ask("www.toko-ton.com", source=OTHER)
    beacon(C2, sink, HOST, emdivi([("id", "HOST01"), ("x", PROFILE)]))
    curl("http://www.toko-ton.com/x", sink, HOST, headers=["User-Agent: <script>document.title='x'</script><b>"])
    sensor.await_contacts(2, source=HOST)
    sensor.await_dns(source=OTHER)
    return sensor


@pytest.fixture(scope="module")
def folder(story, tmp_path_factory):
    path = tmp_path_factory.mktemp("evidence") / "case"
    story.sinkctl("mark", HOST, "acknowledged", "--case", "INC-9")
    answer = json.loads(story.sinkctl("evidence", HOST, "--json", "--output", path))
    assert answer["seal"] == hashlib.sha256((path / "SHA256SUMS").read_bytes()).hexdigest()
    return path


@pytest.fixture
def copy(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")


def verify(path, **env):
    return run([paths.SINKCTL, "verify", path], **env)


def test_sha256sum_agrees_and_no_file_is_without_a_sum(folder):
    run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=0)
    listed = {line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    assert listed == {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {"SHA256SUMS"}


def test_the_lines_are_those_of_the_logs_octet_for_octet(story, folder):
    want = {story.dns_log: [], story.contact_log: []}
    for log, lines in want.items():
        lines += [line for line in log.read_bytes().splitlines() if json.loads(line).get("source", {}).get("ip") == HOST]
    assert (folder / "events/1-dns.jsonl").read_bytes().splitlines() == want[story.dns_log]
    assert (folder / "events/2-contacts.jsonl").read_bytes().splitlines() == want[story.contact_log]
    with open(folder / "events.csv", newline="") as file:
        index = list(csv.DictReader(file))
    assert len(index) == sum(map(len, want.values())) >= 3
    for entry in index:
        with open(entry["log"], "rb") as log:
            log.seek(int(entry["offset"]))
            line = log.read(int(entry["bytes"]))
        assert hashlib.sha256(line).hexdigest() == entry["sha256"] and json.loads(line)["event"]["id"] == entry["event_id"]


def test_the_bytes_that_the_host_sent_are_files(story, folder):
    raws = {e["event"]["id"]: e["sinkhole"]["raw"] for e in story.contacts(source=HOST) if "data" in e["sinkhole"].get("raw", {})}
    assert raws and {p.stem for p in (folder / "raw").iterdir()} == set(raws)
    for name, raw in raws.items():
        data = (folder / f"raw/{name}.bin").read_bytes()
        assert len(data) == raw["kept"]
        if raw["kept"] == raw["bytes"]:
            assert hashlib.sha256(data).hexdigest() == raw["sha256"]


def test_host_settings_list_and_versions_are_there(story, folder):
    host = json.loads((folder / "host.json").read_text())
    assert host["calls"][0]["call"] == "INFECTED" and host["marks"][0]["number"] == "INC-9"
    assert host["rules"][0]["listed"]["line"] > 0 and host["sensors"][0]["version"]
    about = json.loads((folder / "about.json").read_text())
    assert about["list"]["sha256"] == hashlib.sha256(story.database.read_bytes()).hexdigest()
    assert about["list"]["serial"] and about["sinkctl"] and about["by"] and about["made"].endswith("Z")
    assert run([paths.SINKHOLED, "--check-config", "-c", folder / "settings.yaml"]).returncode == 0


def test_the_report_is_one_page_in_which_nothing_of_the_network_is_markup(folder):
    text = (folder / "report.html").read_text()
    assert "INFECTED" in text and "emdivi.yaml" in text and "INC-9" in text and "t20.09" in text
    assert "<script" not in text and "&lt;script&gt;document.title" in text and "http-equiv" in text
    shot = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", f"file://{folder}/report.html"],
                          capture_output=True, text=True, timeout=60)
    assert "<title>Evidence</title>" in shot.stdout, shot.stderr


def test_each_log_file_is_named_with_a_sum_that_stays_true(story, tmp_path):
    """Through a rotation, compression and what is written later."""
    rotated = story.dns_log.with_name("dns.jsonl.1")
    rotated.write_bytes(story.dns_log.read_bytes().replace(b'"id":"', b'"id":"0'))
    story.sinkctl("evidence", HOST, "--no-store", "--output", tmp_path / "before")
    packed = story.dns_log.with_name("dns.jsonl.2.gz")
    run(["gzip", "-n", rotated], check=0)
    rotated.with_suffix(".1.gz").rename(packed)
    try:
        story.sinkctl("evidence", HOST, "--no-store", "--output", tmp_path / "after")
    finally:
        packed.unlink()

    def sums(folder):
        with open(folder / "logs.csv", newline="") as file:
            return {entry["log"]: entry for entry in csv.DictReader(file)}

    before, after = sums(tmp_path / "before"), sums(tmp_path / "after")
    assert set(before) == {str(rotated), str(story.dns_log), str(story.contact_log)}
    assert before[str(rotated)]["sha256"] == after[str(packed)]["sha256"] and after[str(packed)]["compressed"] == "yes"
    for log in (story.dns_log, story.contact_log):
        octets = log.read_bytes()[:int(before[str(log)]["bytes"])]
        assert hashlib.sha256(octets).hexdigest() == before[str(log)]["sha256"]


def test_the_report_can_be_read_in_japanese(folder):
    text = (folder / "report.ja.html").read_text()
    assert '<html lang="ja">' in text and "プロファイルとして復号できた" in text and "INC-9" in text
    assert "<script" not in text and "&lt;script&gt;document.title" in text


def test_the_report_has_a_form_for_its_custody(folder):
    text = (folder / "report.html").read_text()
    form = text[text.index("<h2>Custody</h2>"):]
    assert json.loads((folder / "about.json").read_text())["by"] in form and form.count("<tr>") == 7


def test_the_report_says_what_a_call_must_not_be_read_without(story, tmp_path):
    claimed, proxy = "10.20.3.12", paths.client(582)
    beacon(C2, addresses(ask("www.toko-ton.com", source=proxy))[0], proxy, emdivi([("id", "HOST02"), ("x", PROFILE)]),
           headers=["Via: 1.1 proxy (squid/5.7)", f"X-Forwarded-For: {claimed}"])
    story.await_contacts(source=proxy)
    story.sinkctl("evidence", claimed, "--no-store", "--output", tmp_path / "claimed")
    assert f"Claimed, not proved; so says {proxy}." in (tmp_path / "claimed/report.html").read_text()
    story.settings["roles"] = [{"networks": [HOST + "/32"], "role": "proxy"}]
    try:
        story.write().sinkctl("evidence", HOST, "--no-store", "--output", tmp_path / "proxy")
    finally:
        del story.settings["roles"]
        story.write()
    text = (tmp_path / "proxy/report.html").read_text()
    assert "<b>RELAY</b>: " in text and "is <b>INFECTED</b>: " in text and "Role in the settings: proxy." in text


def test_verify_needs_nothing_but_the_folder(folder):
    result = verify(folder, UNBOUND_SINKHOLE_CONF="/nonexistent")
    assert result.returncode == 0 and "0 problems" in result.stdout
    assert hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest() in result.stdout


def test_a_tar_is_the_same_and_can_be_verified_as_it_is(story, tmp_path):
    archive = tmp_path / "case.tar"
    seal = json.loads(story.sinkctl("evidence", HOST, "--json", "--output", archive))["seal"]
    names = run(["tar", "--list", "--file", archive], check=0).stdout.splitlines()
    assert "case/report.html" in names and "case/SHA256SUMS" in names
    result = verify(archive)
    assert result.returncode == 0 and seal in result.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["case.tar"]


def change(copy):
    path = copy / "events/1-dns.jsonl"
    path.write_bytes(path.read_bytes().replace(b"dns-sinkhole", b"dns-sinkhold", 1))
    return "events/1-dns.jsonl: was changed"


def add(copy):
    (copy / "events/extra.jsonl").touch()
    return "events/extra.jsonl: was added"


def remove(copy):
    (copy / "host.json").unlink()
    return "host.json: is missing"


def link(copy):
    (copy / "host.json").rename(copy.parent / "elsewhere.json")
    os.symlink(copy.parent / "elsewhere.json", copy / "host.json")
    return "host.json: is missing, or no file"


def point_outside(copy):
    with open(copy / "SHA256SUMS", "a") as sums:
        sums.write("0" * 64 + "  ../../etc/passwd\n")
    return "SHA256SUMS: has a line that is no sum and name"


def hide(copy):
    (copy / "more").mkdir(mode=0)
    return "more: cannot be looked into"


@pytest.mark.parametrize("damage", [change, add, remove, link, point_outside, hide], ids=lambda f: f.__name__)
def test_whatever_was_done_to_it_is_found(copy, damage):
    complaint = damage(copy)
    # Without the right of root to look into everything.
    result = run(["setpriv", "--bounding-set=-dac_override,-dac_read_search", paths.SINKCTL, "verify", copy])
    assert result.returncode == 1 and complaint in result.stderr


def test_sums_of_no_file_are_a_problem(tmp_path):
    (tmp_path / "SHA256SUMS").touch()
    result = verify(tmp_path)
    assert result.returncode == 1 and "SHA256SUMS: has no sum of any file" in result.stderr
    assert "0 files are as they were, 1 problems" in result.stdout


def test_a_name_that_is_no_text_is_a_problem_for_programs_too(copy):
    os.close(os.open(bytes(copy) + b"/\xff", os.O_CREAT))
    result = run([paths.SINKCTL, "verify", "--json", copy], check=1)
    assert json.loads(result.stdout)["problems"] == ["\\xff: was added"]


def test_an_archive_that_leads_elsewhere_is_refused(folder, tmp_path):
    os.symlink(folder, tmp_path / "case")
    run(["tar", "--create", "--file", tmp_path / "link.tar", "--directory", tmp_path, "case"], check=0)
    assert "does not hold one folder" in verify(tmp_path / "link.tar").stderr


def pack(directory, name, *words):
    path = directory / name
    run(["tar", "--create", "--file", path, *words, "--directory", directory, "case"], check=0)
    return path


def bundle_of(directory, **files):
    """A folder with right sums."""
    case = directory / "case"
    case.mkdir()
    for name, text in files.items():
        (case / name).write_bytes(text)
    (case / "SHA256SUMS").write_text("".join(f"{hashlib.sha256(text).hexdigest()}  {name}\n" for name, text in files.items()))
    return case


def test_a_compressed_archive_is_not_expanded(tmp_path):
    bundle_of(tmp_path, events=bytes(10 << 20))
    packed = pack(tmp_path, "case.tar", "--gzip")
    assert packed.stat().st_size < 1 << 20
    result = verify(packed)
    assert result.returncode == 1 and "case.tar: is no tar archive; expand it first if it is compressed" in result.stderr
    # not even if it looks like one
    polyglot = bytearray(packed.read_bytes()[10:])
    name = bytearray(b"x" * 300)
    name[247:252] = b"ustar"
    packed.write_bytes(b"\x1f\x8b\x08\x08\0\0\0\0\0\x03" + name + b"\0" + polyglot)
    assert len(gzip.decompress(packed.read_bytes())) > 10 << 20
    result = verify(packed)
    assert result.returncode == 1 and "Archive is compressed" in result.stderr


def test_files_that_are_larger_than_their_archive_are_not_read(tmp_path):
    """Holes, and many names of one file."""
    noise = os.urandom(1 << 20)
    case = bundle_of(tmp_path, events=noise)
    with open(case / "hole", "wb") as hole:
        hole.truncate(1 << 40)
    for number in range(20):
        os.link(case / "events", case / f"link{number}")
    sum_of_it = hashlib.sha256(noise).hexdigest()
    with open(case / "SHA256SUMS", "a") as sums:
        sums.write("0" * 64 + "  hole\n")
        sums.writelines(f"{sum_of_it}  link{number}\n" for number in range(20))
    result = run(["timeout", "20", paths.SINKCTL, "verify", pack(tmp_path, "case.tar", "--sparse")])
    assert result.returncode == 1 and "hole: is larger than the archive" in result.stderr
    assert "link19: is larger than the archive" in result.stderr


def test_sums_without_end_are_not_kept(tmp_path):
    case = bundle_of(tmp_path, one=b"1", two=b"2")
    good = (case / "SHA256SUMS").read_text()
    (case / "SHA256SUMS").write_text(good + good + "x" * (20 << 20))
    result = verify(case)
    assert result.returncode == 1 and "one: has two sums" in result.stderr and len(result.stderr.splitlines()) == 1000
    with open(case / "SHA256SUMS", "wb") as sums:
        sums.truncate(1 << 40)
    result = run(["timeout", "20", paths.SINKCTL, "verify", case])
    assert result.returncode == 1 and "SHA256SUMS: has more than 25600000 bytes" in result.stderr
    assert "is no folder and no archive" in verify("/dev/zero").stderr


def test_a_tar_may_be_called_by_an_ipv6_address(story, tmp_path):
    """Which tar would take for a file of another machine."""
    name = "2001:db8::23.tar"
    run([paths.SINKCTL, "evidence", HOST, "-c", story.path, "--output", name], cwd=tmp_path, check=0)
    assert run([paths.SINKCTL, "verify", name], cwd=tmp_path).returncode == 0


def test_of_an_archive_that_cannot_be_written_nothing_is_left(story, folder, tmp_path):
    largest = max(path.stat().st_size for path in folder.rglob("*"))
    result = run(["prlimit", f"--fsize={largest + 1024}", paths.SINKCTL, "evidence", HOST, "-c", story.path, "--no-store",
                  "--output", tmp_path / "case.tar"])
    assert result.returncode == 1 and "tar: has failed" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_is_being_copied_does_not_keep_the_evidence_back(story, folder, tmp_path):
    copied = story.contact_log.with_name("contacts.jsonl.1")
    shutil.copy(story.contact_log, copied)
    try:
        story.sinkctl("evidence", HOST, "--no-store", "--output", tmp_path / "case")
    finally:
        copied.unlink()
    assert {p.name for p in (tmp_path / "case/raw").iterdir()} == {p.name for p in (folder / "raw").iterdir()}


def test_nothing_is_overwritten_and_nothing_half_is_left(story, folder):
    before = sorted(p.name for p in folder.parent.iterdir())
    assert "is there already" in run([paths.SINKCTL, "evidence", HOST, "-c", story.path, "--output", folder], check=1).stderr
    unseen = run([paths.SINKCTL, "evidence", "192.0.2.9", "-c", story.path, "--output", folder.parent / "new"], check=1)
    assert "192.0.2.9: has not been seen" in unseen.stderr
    assert sorted(p.name for p in folder.parent.iterdir()) == before
