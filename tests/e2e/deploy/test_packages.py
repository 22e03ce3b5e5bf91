# SPDX-License-Identifier: BSD-3-Clause
"""deploy/packages: the packages of this tree, built once, checked with lintian and used from where they are unpacked."""

import re
import subprocess

import pytest
import yaml

from harness import paths
from harness.daemon import run

NAMES = {"sinkzone", "sinkholed", "sinkctl", "sinkwatch", "unbound-sinkhole-common"}
# The maintainer of a local build need not have a public mail address.
LOCAL = "bogus-mail-host,bogus-mail-host-in-debian-changelog,root-in-contact"


def control(package, field):
    return run(["dpkg-deb", "--field", package, field], check=0).stdout.strip()


@pytest.fixture(scope="module")
def packages():
    run([paths.SOURCE / "deploy/packages"], check=0, timeout=1500)
    found = {control(p, "Package"): p for p in (paths.SOURCE / "build/packages").glob("*.deb") if "-dbgsym_" not in p.name}
    assert set(found) == NAMES
    return found


@pytest.fixture(scope="module")
def root(packages, tmp_path_factory):
    """All of them unpacked below one directory."""
    root = tmp_path_factory.mktemp("root")
    for package in packages.values():
        run(["dpkg-deb", "--extract", package, root], check=0)
    return root


def test_lintian_has_nothing_to_say(packages):
    changes, = (paths.SOURCE / "build/packages").glob("*.changes")
    result = run(["lintian", "--allow-root", "--suppress-tags", LOCAL, changes], timeout=300)
    assert (result.returncode, result.stdout) == (0, ""), result.stdout + result.stderr


def test_an_unreleased_version_sorts_before_its_release(packages):
    version = control(packages["sinkzone"], "Version")
    released = re.search(r"VERSION ([\d.]+)", (paths.SOURCE / "CMakeLists.txt").read_text())[1]
    assert version == released or run(["dpkg", "--compare-versions", version, "lt", released]).returncode == 0
    assert {control(p, "Version") for p in packages.values()} == {version}


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
    unit = (root / "lib/systemd/system/sinkholed.service").read_text()
    assert re.search(r"^ExecStart=/usr/sbin/sinkholed$", unit, re.M) and (root / "usr/sbin/sinkholed").exists()
    writable = re.search(r"^ReadWritePaths=(\S+)$", unit, re.M)[1]
    assert f"d {writable} 2750 sinkhole adm -" in (root / "usr/lib/tmpfiles.d/sinkholed.conf").read_text()
    assert (root / "usr/lib/sysusers.d/sinkholed.conf").read_text().startswith("u sinkhole ")
    ingest = (root / "lib/systemd/system/sinkctl-ingest.service").read_text()
    assert re.search(r"^ExecStart=/usr/bin/sinkctl ingest$", ingest, re.M)
    assert (root / "lib/systemd/system/sinkctl-ingest.timer").exists()
    rotated = (root / "etc/logrotate.d/sinkholed").read_text()
    assert f"\n{writable}/contacts.jsonl\n" in rotated and "\tsu sinkhole adm\n" in rotated


def test_nothing_is_enabled_by_the_first_installation(packages):
    """Without settings there is nothing to start. What was enabled stays so in an upgrade."""
    scripts = subprocess.run(["dpkg-deb", "--ctrl-tarfile", packages["sinkholed"]], check=True, capture_output=True).stdout
    postinst = subprocess.run(["tar", "-xO", "./postinst"], input=scripts, check=True, capture_output=True).stdout.decode()
    assert postinst.index("systemd-sysusers") < postinst.index("systemd-tmpfiles"), "directories belong to the new user"
    for before in postinst.split("deb-systemd-helper enable")[:-1]:
        assert "if deb-systemd-helper debian-installed" in before.split("# Automatically added")[-1]
    assert "deb-systemd-invoke start" not in postinst and "invoke-rc.d" not in postinst
