# SPDX-License-Identifier: BSD-3-Clause
"""deploy/build-unbound: what it refuses before it does anything, and which finished build it takes. tests/run has built an
Unbound with it already. deploy/install-packages: what another release of Debian calls otherwise."""

import shutil

import pytest

from harness import paths
from harness.daemon import run
from harness.machine import Machine

FLAGS = "suite: {}\narchitecture: {}\nconfigure: --with-dynlibmodule\nenvironment: DEB_BUILD_OPTIONS=\n"


@pytest.mark.parametrize("files", [[], ["configure"], ["dynlibmod/dynlibmod.c"]], ids=["empty", "no-dynlibmod", "no-configure"])
def test_a_source_that_is_not_unbound_is_refused(tmp_path, files):
    for name in files:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o755)
    result = run([paths.SOURCE / "deploy/build-unbound", "--source", tmp_path], check=1)
    assert result.stderr == ("build-unbound: --source wants an unpacked source of Unbound; "
                             f'there is no configure or no dynlibmod/ in "{tmp_path}"\n')


def finished_build(clone, version, suite):
    build = clone / "build/unbound" / version
    for name, text in {"sbin/unbound": "", "build-id": "0123\n", "build/config.h": "", "version": f"{version}\n",
                       "flags": FLAGS.format(suite, run(["dpkg", "--print-architecture"], check=0).stdout.strip())}.items():
        (build / name).parent.mkdir(parents=True, exist_ok=True)
        (build / name).write_text(text)
    (build / "sbin/unbound").chmod(0o755)
    (build.parent / suite).symlink_to(version)


def test_the_build_of_the_release_comes_before_that_of_a_source(tmp_path):
    """A machine whose repository has no source goes on with what --source made, without any network."""
    shutil.copytree(paths.SOURCE / "deploy", tmp_path / "deploy")
    machine = Machine(tmp_path)
    machine.lay("/etc/os-release", "ID=debian\nVERSION_CODENAME=trixie\n")
    finished_build(tmp_path, "1.26.0", "source")
    current = tmp_path / "build/unbound/current"
    for suite, version in ((None, "1.26.0"), ("trixie", "1.26.2"), ("bookworm", "1.26.2")):
        if suite:
            finished_build(tmp_path, "1.26.2" if suite == "trixie" else "1.17.1", suite)
        status, out, errors = machine.run([tmp_path / "deploy/build-unbound"])
        assert (status, out) == (0, f"  Unbound {version}: build/unbound/{version}\n"), errors
        assert current.readlink().name == version


@pytest.mark.parametrize("release,has_it", [("bookworm", True), ("trixie", False)])
def test_a_package_that_a_release_lacks_is_not_asked_for(tmp_path, release, has_it):
    machine = Machine(tmp_path)
    machine.lay("/etc/os-release", f"ID=debian\nVERSION_CODENAME={release}\n")
    machine.lay("/var/lib/dpkg/status", "")  # nothing is installed
    status, out, errors = machine.run([paths.SOURCE / "deploy/install-packages", "--missing", "all"])
    assert status == 0, errors
    missing = out.split()
    assert ("clang-format-14" in missing) == has_it and "cmake" in missing and "-" not in missing
