# SPDX-License-Identifier: BSD-3-Clause
"""deploy/install-packages with the real apt and dpkg, whose state is a copy: what is installed here is gone with the test."""

import fcntl
import shutil
import tempfile
from pathlib import Path

import pytest

from harness import paths
from harness.machine import Apt, Machine

INSTALL = paths.SOURCE / "deploy/install-packages"
MISSING = "wrk"  # no other package needs it


@pytest.fixture
def machine(tmp_path):
    machine = Machine(tmp_path)
    machine.apt = Apt(machine, MISSING)
    return machine


def test_a_missing_package_is_installed(machine):
    status, out, errors = machine.run([INSTALL, "test"])
    assert status == 0, out + errors
    assert f"installing 1 packages: {MISSING}" in out
    assert machine.apt.installed.exists()


def test_missing_packages_are_listed_and_not_installed(machine):
    assert machine.run([INSTALL, "--missing", "test"]) == (0, f"{MISSING}\n", "")
    assert not machine.apt.installed.exists()


@pytest.mark.parametrize("lock", [0, 1, 2], ids=["package-lists", "dpkg", "archives"])
def test_a_busy_apt_is_waited_for(machine, lock):
    """A new cloud machine holds these locks for minutes after its first boot."""
    lock = machine.apt.locks[lock]
    with open(lock, "r+") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        process = machine.start([INSTALL, "test"])
        for line in process.stdout:
            if "waiting for it" in line:
                break
        assert "waiting for it" in line, f"it did not wait: {process.stderr.read()}"
        assert process.poll() is None and not machine.apt.installed.exists()
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert machine.apt.installed.exists()


def test_no_repository_can_be_reached(machine):
    """The namespace of the tests has no way out."""
    machine.apt.sources("deb [trusted=yes] http://192.0.2.1:8000/debian bookworm main\n")
    status, out, errors = machine.run([INSTALL, "test"])
    assert status == 1 and out == ""
    assert errors == (f"install-packages: needs the network to install {MISSING}, and cannot reach the Debian repository "
                      "at 192.0.2.1, port 8000\n")


def test_installing_without_root_is_refused(machine):
    """From a copy that every user may read."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "deploy"
        shutil.copytree(INSTALL.parent, copy)
        copy.parent.chmod(0o755)
        status, out, errors = machine.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                           copy / INSTALL.name, "test"])
    assert status == 1 and out == ""
    assert errors == f"install-packages: must be run as root: it installs {MISSING}\n"
