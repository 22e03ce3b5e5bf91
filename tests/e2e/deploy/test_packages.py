# SPDX-License-Identifier: BSD-3-Clause
"""deploy/packages: the packages of this tree, built once, checked with lintian and used from where they are unpacked.
tests/play-upgrade installs them on a machine of its own."""

import gzip
import re
import shutil
import subprocess

import pytest
import yaml

from harness import paths
from harness.daemon import run

BUILD_ID = (paths.UNBOUND_TREE / "build-id").read_text().strip()
MODULE = f"unbound-module-sinkhole-{BUILD_ID[:12]}"
NAMES = {"sinkzone", "sinkholed", "sinkctl", "sinkwatch", "unbound-sinkhole-common", "unbound-sinkhole",
         "unbound-sinkhole-resolver", "unbound-sinkhole-source", MODULE}
LIST = "var/lib/unbound-sinkhole/list/blocklist.db"
COMPLETIONS = "usr/share/bash-completion/completions"
RELEASED = re.search(r"^project\(.* VERSION ([\d.]+)", (paths.SOURCE / "CMakeLists.txt").read_text(), re.M)[1]
SETUP = ["unbound-sinkhole", "setup", "--organisation", 'Play \\ "Ltd"', "--contact", "the desk: & </desk>"]
# The maintainer of a local build need not have a public mail address.
LOCAL = "bogus-mail-host,bogus-mail-host-in-debian-changelog,root-in-contact"


def control(package, field):
    return run(["dpkg-deb", "--field", package, field], check=0).stdout.strip()


def maintainer_script(package, name):
    """One of the package's maintainer scripts."""
    scripts = subprocess.run(["dpkg-deb", "--ctrl-tarfile", package], check=True, capture_output=True).stdout
    return subprocess.run(["tar", "-xO", f"./{name}"], input=scripts, check=True, capture_output=True).stdout.decode()


@pytest.fixture(scope="module")
def packages():
    run([paths.SOURCE / "deploy/packages", "--for", paths.UNBOUND_TREE], check=0, timeout=1500)
    found = {control(p, "Package"): p for p in (paths.SOURCE / "build/packages").glob("*.deb") if "-dbgsym_" not in p.name}
    assert set(found) == NAMES
    return found


@pytest.fixture(scope="module")
def root(packages, tmp_path_factory):
    """All of them unpacked below one directory."""
    root = tmp_path_factory.mktemp("root")
    unpack(packages, root)
    return root


def unpack(packages, directory):
    """As on a machine, where /lib is a link: packages of Debian 12 have units there."""
    for package in packages.values():
        run(["dpkg-deb", "--extract", package, directory], check=0)
    if (directory / "lib").exists():
        shutil.copytree(directory / "lib", directory / "usr/lib", dirs_exist_ok=True)
        shutil.rmtree(directory / "lib")


def test_lintian_has_nothing_to_say(packages):
    changes, = (paths.SOURCE / "build/packages").glob("*.changes")
    result = run(["lintian", "--allow-root", "--suppress-tags", LOCAL, changes], timeout=300)
    assert (result.returncode, result.stdout) == (0, ""), result.stdout + result.stderr


def test_an_unreleased_version_sorts_before_its_release(packages):
    version = control(packages["sinkzone"], "Version")
    assert version == RELEASED or run(["dpkg", "--compare-versions", version, "lt", RELEASED]).returncode == 0
    assert version.startswith(RELEASED)
    assert {control(p, "Version") for name, p in packages.items() if name != "unbound-sinkhole"} == {version}


@pytest.mark.parametrize("debian,update", [
    ("1.17.1-2+deb12u4", "1.17.1-2+deb12u5"), ("1.17.1-2+deb12u9", "1.17.1-2+deb12u10"), ("1.17.1-2", "1.17.1-2+deb12u1"),
    ("1.26.2-0+deb13u1", "1.26.2-0+deb13u2"), ("1.26.2-1", "1.26.2-2"), ("1.26.2-1", "1.26.2-1+deb14u1"),
    ("1.26.2-1~bpo13+1", "1.26.2-1~bpo13+2"), ("1.19.2-1ubuntu3.4", "1.19.2-1ubuntu3.5"),
])
def test_a_rebuilt_unbound_sorts_between_debians_and_its_next_update(debian, update):
    rebuilt = run(["bash", "-c", f'. {paths.SOURCE}/deploy/rebuild-version.sh; rebuild_version "$0"', debian], check=0).stdout
    for lower, higher in [(debian, rebuilt), (f"{debian}+b1", rebuilt), (rebuilt, update)]:
        run(["dpkg", "--compare-versions", lower, "lt", higher], check=0)


def test_the_module_is_for_one_build_and_holds_no_update_back(packages, root):
    module = packages[MODULE]
    assert (root / f"usr/lib/unbound-sinkhole/{BUILD_ID}/unbound-sinkhole.so").exists()
    assert control(module, "Recommends") == f"unbound-dynlib-abi-{BUILD_ID}"
    for package in packages.values():
        relations = [control(package, field) for field in ("Depends", "Pre-Depends", "Breaks", "Conflicts")]
        assert not re.search(r"\bunbound(-dynlib-abi-\w+)? \(|unbound-dynlib", ",".join(relations)), relations


def test_the_metapackage_is_another_one_for_each_unbound(packages):
    unbound = (paths.UNBOUND_TREE / "version").read_text().strip()
    assert control(packages["unbound-sinkhole"], "Version") == f"{control(packages['sinkzone'], 'Version')}+u{unbound}"
    assert MODULE in control(packages["unbound-sinkhole"], "Depends").split(", ")


def test_the_source_is_what_the_packages_were_built_from(root):
    names = run(["tar", "-tf", root / "usr/src/unbound-sinkhole.tar.xz"], check=0).stdout.split()
    assert {"./deploy/packages", "./deploy/debian/control", "./CMakeLists.txt"} <= set(names)
    assert not [n for n in names if n.startswith(("./build", "./.git/"))]


@pytest.mark.parametrize("words,found", [
    (["sinkzone", "che"], ["check", "check-module"]), (["sinkzone", "compile", "--never"], ["--never-block"]),
    (["sinkctl", "sta"], ["status"]), (["sinkctl", "hosts", "--cam"], ["--campaign"]), (["sinkholed", "--check"], ["--check-config"]),
    (["unbound-sinkhole", "se"], ["setup"]), (["unbound-sinkhole", "setup", "--net"], ["--network"]),
    (["unbound-sinkhole-watch", "--in"], ["--install"]), (["sinkzone", "lookup", "fi"], []),
])
def test_completion(root, words, found):
    script = ('. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _unbound_sinkhole "$1" "${!#}"; printf "%s\\n" "${COMPREPLY[@]}"')
    path = f"{root}/usr/bin:{root}/usr/sbin:/usr/bin:/bin"
    result = run(["env", f"PATH={path}", "bash", "-c", script, root / COMPLETIONS / words[0], *words], check=0)
    assert result.stdout.split() == found


def local_routes():
    """Networks whose every address is one of this machine, as setup makes them."""
    return {(version, line.split()[1]) for version in ("-4", "-6")
            for line in run(["ip", version, "route", "show", "table", "local", "type", "local"]).stdout.splitlines()}


class Installed:
    """This machine with the packages unpacked over it, for one test. It runs no systemd."""

    def __init__(self, packages, directory):
        self.merged = directory / "merged"
        self.routes = local_routes()
        # Not on the file system that lies below.
        disk = directory / "disk"
        for path in (self.merged, disk):
            path.mkdir()
        run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", disk], check=0)
        for name in ("upper", "work"):
            (disk / name).mkdir()
        unpack(packages, disk / "upper")
        run(["mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={disk}/upper,workdir={disk}/work", self.merged], check=0)
        run(["umount", "-l", disk], check=0)
        for name in ("proc", "dev"):
            run(["mount", "--rbind", f"/{name}", self.merged / name], check=0)
        self.run("systemd-sysusers", check=0)
        self.run("systemd-tmpfiles", "--create", "/usr/lib/tmpfiles.d/unbound-sinkhole-common.conf",
                 "/usr/lib/tmpfiles.d/sinkholed.conf", "/usr/lib/tmpfiles.d/sinkzone.conf", check=0)

        self.file("var/lib/unbound/root.key").write_text(  # Unbound's first start makes it
            ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n")

    def run(self, *words, check=None):
        return run(["chroot", self.merged, *words], check=check)

    def file(self, path):
        return self.merged / path

    def owner(self, path):
        return self.run("stat", "-c", "%U", f"/{path}", check=0).stdout.strip()

    def settings(self):
        return yaml.safe_load(self.file("etc/unbound-sinkhole/sinkhole.yaml").read_text())

    def close(self):
        for version, network in local_routes() - self.routes:
            run(["ip", version, "route", "del", "local", network, "dev", "lo"], check=0)
        run(["umount", "-R", "-l", self.merged], check=0)


@pytest.fixture
def machine(packages, tmp_path):
    machine = Installed(packages, tmp_path)
    yield machine
    machine.close()


def etc(machine):
    """What our programs may change outside of their own directories."""
    return {str(p): str(p.readlink()) if p.is_symlink() else p.read_bytes() for place in ("unbound", "systemd/system", "apparmor.d/local")
            for p in machine.file(f"etc/{place}").rglob("*") if not p.is_dir() and p.name != "sinkholed.service"}


def test_setup_writes_settings_that_work_and_disable_takes_the_module_out(machine):
    before = etc(machine)
    result = machine.run(*SETUP, "--network", "203.0.113.0/24", "--network", "2001:db8:99::/64")
    assert result.returncode == 1 and "no systemd runs here" in result.stdout, "what it could not do is said"
    settings = machine.settings()
    assert settings["mode"] == "monitor" and settings["module"]["canary"] == "canary.sinkhole.example"
    assert settings["module"]["sinkhole-addresses"] == ["203.0.113.0/24", "2001:db8:99::/64"]
    assert [listen["address"] for listen in settings["sinkhole"]["listen"]] == ["203.0.113.0/24", "2001:db8:99::/64"]
    assert (settings["sinkhole"]["organisation"], settings["sinkhole"]["contact"]) == (SETUP[3], SETUP[5])
    assert "CHANGE" not in machine.file("etc/unbound-sinkhole/sinkhole.yaml").read_text()
    machine.run("sinkholed", "--check-config", check=0)
    assert machine.owner(LIST) == "sinkzone"
    machine.run("sinkzone", "lookup", "-q", "/var/lib/unbound-sinkhole/list/blocklist.db", "www.kaerunote.com", check=0)
    assert "203.0.113.7 dev lo" in run(["ip", "route", "get", "203.0.113.7"]).stdout
    assert machine.file("etc/unbound/unbound.conf.d/zz-unbound-sinkhole.conf").exists()
    assert machine.file("etc/systemd/system/unbound.service.d/unbound-sinkhole.conf").is_symlink()
    machine.run("unbound-sinkhole", "disable", check=0)
    after = {path: text for path, text in etc(machine).items() if "sinkholed.service.d" not in path}
    assert after == before


def test_setup_never_overwrites_what_was_changed(machine):
    path = machine.file("etc/unbound-sinkhole/sinkhole.yaml")
    machine.run(*SETUP, "--network", "203.0.113.0/24")
    machine.run(*SETUP, "--network", "192.0.2.0/24")
    assert machine.settings()["module"]["sinkhole-addresses"] == ["192.0.2.0/24"], "what setup wrote itself it may write again"
    changed = path.read_text().replace("mode: monitor", "mode: enforce")
    path.write_text(changed)
    result = machine.run(*SETUP, "--network", "203.0.113.0/24")
    assert path.read_text() == changed and "stays as it is" in result.stdout


@pytest.mark.parametrize("words,status,reason", [
    (["--network", "127.0.0.0/8"], 1, "loopback"), (["--network", "224.1.0.0/16"], 1, "multicast"),
    (["--network", "sinkhole"], 1, "is no network"), (["--network", "198.51.100.0/99"], 1, "nothing was changed"),
    (["--network", "10.99.0.0/24"], 1, "is in use"), ([], 2, "--network"), (["--net"], 2, "--net"),
])
def test_setup_refuses(machine, words, status, reason):
    run(["ip", "route", "add", "10.99.0.0/24", "dev", "lo", "table", "50"], check=0)  # as if connected
    run(["ip", "rule", "add", "pref", "50", "lookup", "50"], check=0)
    try:
        result = machine.run(*SETUP, *words)
    finally:
        run(["ip", "rule", "del", "pref", "50"], check=0)
        run(["ip", "route", "flush", "table", "50"], check=0)
    assert result.returncode == status and reason in result.stderr
    assert not machine.file("etc/unbound-sinkhole/sinkhole.yaml").exists()
    assert not machine.file("etc/systemd/system/unbound.service.d").exists()


def test_an_upgrade_moves_the_list_of_root_to_where_its_user_writes(packages, machine):
    """Settings that name the former place find it there all the time."""
    former = machine.file("var/lib/unbound-sinkhole/blocklist.db")
    machine.run("sinkzone", "compile", "-o", "/var/lib/unbound-sinkhole/blocklist.db", "/usr/share/unbound-sinkhole/feeds/emdivi.yaml", check=0)
    before = former.read_bytes()
    planted = machine.file("tmp/planted")
    planted.write_text("as it was")
    (former.parent / "list/.blocklist.db").symlink_to("/tmp/planted")
    for _ in range(2):
        machine.run("sh", "-c", maintainer_script(packages["sinkzone"], "postinst"), "postinst", "configure", "0.1.0-1", check=0)
        assert former.is_symlink() and former.read_bytes() == machine.file(LIST).read_bytes() == before
        assert sorted(path.name for path in former.parent.iterdir()) == ["blocklist.db", "feeds", "list"]
        assert planted.read_text() == "as it was"
    feed = machine.file("tmp/feed.txt")
    feed.write_text("new.example.com\n")
    machine.file("etc/unbound-sinkhole/sinkhole.yaml").write_text(yaml.safe_dump({
        "module": {"database": "/var/lib/unbound-sinkhole/blocklist.db"}, "update": {"feeds": [{"name": "new", "file": "/tmp/feed.txt"}]}}))
    machine.run("runuser", "-u", "sinkzone", "sinkzone", "update", check=0)
    assert former.is_symlink() and machine.owner(LIST) == "sinkzone"
    machine.run("sinkzone", "lookup", "-q", "/var/lib/unbound-sinkhole/blocklist.db", "new.example.com", check=0)


def test_the_programs_work_on_the_shipped_feeds_and_settings(root, tmp_path):
    feeds = sorted((root / "usr/share/unbound-sinkhole/feeds").glob("*.yaml"))
    run([root / "usr/bin/sinkzone", "compile", "-o", tmp_path / "list.db", feeds[0], "--never-block", feeds[1]], check=0)
    assert run([root / "usr/bin/sinkzone", "lookup", "-q", tmp_path / "list.db", "www.kaerunote.com"]).returncode == 0
    settings = yaml.safe_load((root / "usr/share/doc/unbound-sinkhole-common/examples/sinkhole.yaml").read_text())
    settings["sinkhole"] |= {"database": str(tmp_path / "list.db"), "event-log": str(tmp_path / "contacts.jsonl"), "user": "root"}
    settings["store"]["path"] = str(tmp_path / "store.db")
    settings["module"]["event-log"] = str(tmp_path / "dns.jsonl")
    (tmp_path / "sinkhole.yaml").write_text(yaml.safe_dump(settings))
    run([root / "usr/sbin/sinkholed", "-c", tmp_path / "sinkhole.yaml", "--check-config"], check=0)
    run([root / "usr/bin/sinkctl", "hosts", "-c", tmp_path / "sinkhole.yaml"], check=0)


def test_users_directories_units_and_logrotate_fit_together(root):
    assert (root / "usr/lib/systemd/system/sinkzone-update.timer").exists()
    unit = (root / "usr/lib/systemd/system/sinkholed.service").read_text()
    assert re.search(r"^ExecStart=/usr/sbin/sinkholed$", unit, re.M) and (root / "usr/sbin/sinkholed").exists()
    writable = re.search(r"^ReadWritePaths=(\S+)$", unit, re.M)[1]
    assert f"d {writable} 2750 sinkhole adm -" in (root / "usr/lib/tmpfiles.d/sinkholed.conf").read_text()
    assert (root / "usr/lib/sysusers.d/sinkholed.conf").read_text().startswith("u sinkhole ")
    ingest = (root / "usr/lib/systemd/system/sinkctl-ingest.service").read_text()
    assert re.search(r"^ExecStart=/usr/bin/sinkctl ingest$", ingest, re.M)
    for timer in ("sinkctl-ingest", "sinkctl-metrics"):
        assert (root / f"usr/lib/systemd/system/{timer}.timer").exists()
    update = (root / "usr/lib/systemd/system/sinkzone-update.service").read_text()
    assert (root / "usr/lib/sysusers.d/sinkzone.conf").read_text().startswith("u sinkzone ") and "\nUser=sinkzone\n" in update
    directories = re.findall(r"^d (\S+) 0755 sinkzone ", (root / "usr/lib/tmpfiles.d/sinkzone.conf").read_text(), re.M)
    assert {f"/var/lib/{path}" for path in re.search(r"^StateDirectory=(.+)$", update, re.M)[1].split()} == set(directories)
    rotated = (root / "etc/logrotate.d/sinkholed").read_text()
    assert f"\n{writable}/contacts.jsonl\n" in rotated and "\tsu sinkhole adm\n" in rotated


def test_the_documents_that_shipped_files_name_are_shipped(root):
    places = ["usr/share/doc/unbound-sinkhole-common/examples", "usr/share/unbound-sinkhole", "usr/lib/systemd", "etc/logrotate.d",
              "usr/share/munin", "usr/sbin/unbound-sinkhole", "usr/sbin/unbound-sinkhole-watch", "usr/share/man"]
    files = [file for place in places for file in ([root / place] if (root / place).is_file() else (root / place).rglob("*"))]
    texts = [gzip.decompress(f.read_bytes()) if f.suffix == ".gz" else f.read_bytes() for f in files if f.is_file()]
    named = {name.decode() for text in texts for name in re.findall(rb"\bdocs/([a-z0-9-]+\.md)", text.replace(b"\\-", b"-"))}
    shipped = {file.name.removesuffix(".gz") for file in (root / "usr/share/doc/unbound-sinkhole-common").iterdir()}
    assert "passive.md" in named and named <= shipped, named - shipped


def test_nothing_is_enabled_by_the_first_installation(packages):
    """Without settings there is nothing to start. What was enabled stays so in an upgrade."""
    postinst = maintainer_script(packages["sinkholed"], "postinst")
    assert postinst.index("systemd-sysusers") < postinst.index("systemd-tmpfiles"), "directories belong to the new user"
    for before in postinst.split("deb-systemd-helper enable")[:-1]:
        assert "if deb-systemd-helper debian-installed" in before.split("# Automatically added")[-1]
    assert "deb-systemd-invoke start" not in postinst and "invoke-rc.d" not in postinst


def test_the_watch_is_not_enabled(packages):
    postinst = maintainer_script(packages["unbound-sinkhole-resolver"], "postinst")
    for before in postinst.split("deb-systemd-helper enable")[:-1]:
        assert "if deb-systemd-helper debian-installed" in before.split("# Automatically added")[-1]


@pytest.mark.parametrize("package,unit", [("sinkholed", "sinkholed.service"), ("sinkwatch", "sinkwatch.service"),
                                          ("sinkctl", "sinkctl-ingest.timer")])
def test_the_removal_stops_what_runs(packages, package, unit):
    prerm = maintainer_script(packages[package], "prerm")
    assert re.search(rf'"\$1" = remove .*\n\tdeb-systemd-invoke stop .*\b{re.escape(unit)}', prerm)


def test_the_fedora_spec_has_our_version():
    spec = (paths.SOURCE / "deploy/rpm/unbound-module-sinkhole.spec").read_text()
    assert re.search(r"^Version: +(\S+)$", spec, re.M)[1] == RELEASED
