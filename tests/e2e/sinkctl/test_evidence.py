# SPDX-License-Identifier: BSD-3-Clause
"""What sinkctl evidence hands on: whole, as it stands in the logs, and checked by programs of others."""

import csv
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import tarfile

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


def link_a_folder(copy):
    (copy / "events").rename(copy.parent / "elsewhere")
    os.symlink(copy.parent / "elsewhere", copy / "events")
    return "events/1-dns.jsonl: is missing, or no file"


def point_deeper(copy):
    os.symlink("/proc", copy / "p")
    with open(copy / "SHA256SUMS", "a") as sums:
        sums.write("0" * 64 + "  p/self/pagemap\n")
    return "SHA256SUMS: has a line that is no sum and name"


def point(copy, name):
    with open(copy / "SHA256SUMS", "a") as sums:
        sums.write(hashlib.sha256((copy / "host.json").read_bytes()).hexdigest() + f"  {name}\n")
    return "SHA256SUMS: has a line that is no sum and name"


def point_twice(copy):
    return point(copy, "./host.json")


def point_outside(copy):
    with open(copy / "SHA256SUMS", "a") as sums:
        sums.write("0" * 64 + "  ../../etc/passwd\n")
    return "SHA256SUMS: has a line that is no sum and name"


def hide(copy):
    (copy / "more").mkdir(mode=0)
    return "more: cannot be looked into"


@pytest.mark.parametrize("damage", [change, add, remove, link, link_a_folder, point_outside, point_deeper, point_twice, hide], ids=lambda f: f.__name__)
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
    assert "link.tar: has something else than files and folders" in verify(tmp_path / "link.tar").stderr
    (tmp_path / "case").unlink()
    (tmp_path / "case").touch()
    assert "does not hold one folder" in verify(pack(tmp_path, "file.tar")).stderr


def entry(name, data=b"", kind=tarfile.REGTYPE, size=None):
    """One of an archive, as any program could write it."""
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(data) if size is None else size
    return info.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512)


def with_field(header, at, field):
    """The last header with other bytes, and the sum that fits."""
    head, block = header[:-512], bytearray(header[-512:])
    block[at:at + len(field)] = field
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return head + bytes(block)


GOOD = entry("case/", kind=tarfile.DIRTYPE)
LINKS = "has something else than files and folders"
DEEP = "has folders in folders of the bundle"
LONG = "has a name of more than 512 bytes"
BAD_ARCHIVES = {
    "link": (GOOD + entry("case/p", kind=tarfile.SYMTYPE), LINKS),
    "same-file": (GOOD + entry("case/p", kind=tarfile.LNKTYPE), LINKS),
    "device": (GOOD + entry("case/p", kind=tarfile.CHRTYPE), LINKS),
    "long-link": (GOOD + entry("x", b"y\0", kind=tarfile.GNUTYPE_LONGLINK), LINKS),
    "pax": (GOOD + entry("x", b"20 path=case/a/b/c/d\n", kind=tarfile.XHDTYPE), LINKS),
    "deep": (GOOD + entry("case/a/b/c"), DEEP),
    "deep-folder": (GOOD + entry("case/a/b/c/", kind=tarfile.DIRTYPE), DEEP),
    "deep-long": (GOOD + entry("case/" + "a/" * 200), DEEP),
    "deep-prefix": (GOOD + with_field(with_field(entry("a/b"), 257, b"ustar\x0000"), 345, b"case/x"), DEEP),
    "long": (GOOD + entry("case/" + "x" * 508), LONG),
    "longer": (GOOD + entry("case/" + "x" * 5000), LONG),
    "nameless": (GOOD + entry("x", b"\0", kind=tarfile.GNUTYPE_LONGNAME) + entry("case/a"), "has an entry without a name"),
    "folder-data": (GOOD + entry("case/d/", bytes(512), kind=tarfile.DIRTYPE), "has a folder with data"),
    "folder-data-by-name": (GOOD + entry("case/d/", bytes(512)), "has a folder with data"),
    "wrong-sum": (GOOD + entry("case/a")[:148] + b"000000" + entry("case/a")[154:], "is no tar archive"),
    "cut": (GOOD + entry("case/a", size=1 << 40), "is cut short"),
    "cut-binary": (GOOD + with_field(entry("case/a"), 124, b"\x80" + b"\xff" * 11), "is cut short"),
    "cut-header": (GOOD + b"x" * 100, "is cut short"),
    "behind": (GOOD + bytes(512) + entry("case/a"), "goes on behind its end"),
    "many": (GOOD + entry("case/a") * 100000, "has more than 100000 files"),
}


@pytest.mark.parametrize("name", BAD_ARCHIVES)
def test_what_no_bundle_has_is_not_unpacked(tmp_path, name):
    archive, complaint = BAD_ARCHIVES[name]
    (tmp_path / "bad.tar").write_bytes(archive + bytes(0 if "cut" in name else 1024))
    # tar cannot even be called
    result = run([paths.SINKCTL, "verify", tmp_path / "bad.tar"], PATH="/nonexistent")
    assert result.returncode == 1 and f"bad.tar: {complaint}" in result.stderr


@pytest.mark.parametrize("prefix", ["", "./"])
def test_long_names_and_other_ends_are_read(tmp_path, prefix):
    name, data = "x" * 200, os.urandom(1000)
    archive = entry(f"{prefix}case/", kind=tarfile.DIRTYPE) + entry(f"{prefix}case/raw/", kind=tarfile.DIRTYPE)
    archive += entry(f"{prefix}case/raw/{name}", data)
    archive += entry(f"{prefix}case/SHA256SUMS", f"{hashlib.sha256(data).hexdigest()}  raw/{name}\n".encode())
    (tmp_path / "case.tar").write_bytes(archive)
    assert "1 files are as they were, 0 problems" in verify(tmp_path / "case.tar").stdout


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
    # not even if it looks like one, of one long file
    polyglot = packed.read_bytes()[10:] + bytes(512)
    polyglot = polyglot[:len(polyglot) // 512 * 512]
    header = bytearray(b"\x1f\x8b\x08\x08x\0\0\0\0\x03" + b"x" * 501 + b"\0")
    header[124:136], header[156:157], header[257:265] = b"%011o " % len(polyglot), b"0", b"ustar  x"
    header[148:156] = b" " * 8
    header[148:156] = b"%07o " % sum(header)
    packed.write_bytes(header + polyglot)
    assert len(gzip.decompress(packed.read_bytes())) > 10 << 20
    result = verify(packed)
    assert result.returncode == 1 and "Archive is compressed" in result.stderr


def test_holes_and_links_are_not_unpacked(tmp_path):
    noise = os.urandom(1 << 20)
    case = bundle_of(tmp_path, events=noise)
    os.link(case / "events", case / "link")
    result = verify(pack(tmp_path, "links.tar"))
    assert result.returncode == 1 and f"links.tar: {LINKS}" in result.stderr
    (case / "link").unlink()
    with open(case / "hole", "wb") as hole:
        hole.truncate(1 << 40)
    result = run(["timeout", "20", paths.SINKCTL, "verify", pack(tmp_path, "holes.tar", "--sparse")])
    assert result.returncode == 1 and f"holes.tar: {LINKS}" in result.stderr


def test_a_file_without_a_size_is_not_read(tmp_path):
    """Such as those of the kernel, which have no end. The folder is one in /proc itself."""
    empty = hashlib.sha256(b"").hexdigest()
    case = bundle_of(tmp_path, one=b"1")
    with open(case / "SHA256SUMS", "a") as sums:
        sums.write(f"{empty}  pagemap\n")
    (case / "pagemap").touch()
    result = run(["unshare", "--mount", "sh", "-c", 'mount --bind /proc/$$/pagemap "$1" && timeout 20 "$2" verify "$3"',
                  "sh", case / "pagemap", paths.SINKCTL, case])
    assert result.returncode == 0 and "2 files are as they were, 0 problems" in result.stdout, result.stderr


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
