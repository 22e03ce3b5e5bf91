# SPDX-License-Identifier: BSD-3-Clause
"""This machine seen through other files: programs run in a mount namespace where a test has laid its own files and
directories over those of the machine. What they change there is gone with them."""

import shutil
import subprocess
from pathlib import Path

from harness.daemon import environment

MOUNTS = """
set -e
while [ "$1" != -- ]; do
    mount --bind "$1" "$2"
    shift 2
done
shift
exec "$@"
"""

PACKAGE = """Package: {name}
Version: 99
Architecture: all
Maintainer: a test <root@localhost>
Description: stands in for the real one
"""


class Machine:
    def __init__(self, directory):
        self.directory = Path(directory)
        self.over = {}  # path of the machine: what lies over it

    def lay(self, path, text):
        """A file of the machine with this text."""
        mine = self.directory / path.strip("/").replace("/", "-")
        mine.write_text(text)
        self.over[path] = mine

    def start(self, argv, **popen):
        mounts = [word for path, mine in self.over.items() for word in (mine, path)]
        return subprocess.Popen(["unshare", "--mount", "bash", "-c", MOUNTS, "mounts", *map(str, mounts), "--", *map(str, argv)],
                                text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=environment(), **popen)

    def run(self, argv, **popen):
        """Exit status, stdout, stderr."""
        process = self.start(argv, **popen)
        out, errors = process.communicate(timeout=120)
        return process.returncode, out, errors


class Apt:
    """apt and dpkg of the machine with a state of their own: `missing` is not installed, and a local repository
    offers it. Nothing else can be installed."""

    def __init__(self, machine, missing):
        self.machine = machine
        self.root = machine.directory / "apt"
        self.installed = self.root / "cache/installed"
        for name in ("lists/partial", "cache/archives/partial", "etc/apt.conf.d", "log", "repository", "package/DEBIAN",
                     "package/var/cache/apt"):
            (self.root / name).mkdir(parents=True)
        shutil.copytree("/var/lib/dpkg", self.root / "dpkg", symlinks=True)
        status = self.root / "dpkg/status"
        paragraphs = status.read_text().split("\n\n")
        kept = [p for p in paragraphs if not p.startswith(f"Package: {missing}\n")]
        assert len(kept) == len(paragraphs) - 1
        status.write_text("\n\n".join(kept))
        self._repository(missing)
        machine.over |= {"/var/lib/dpkg": self.root / "dpkg", "/var/lib/apt": self.root, "/var/cache/apt": self.root / "cache",
                         "/etc/apt": self.root / "etc", "/var/log": self.root / "log"}
        self.locks = [self.root / "lists/lock", self.root / "dpkg/lock-frontend", self.root / "cache/archives/lock"]
        for lock in self.locks:
            lock.touch()

    def _repository(self, name):
        package, repository = self.root / "package", self.root / "repository"
        (package / "DEBIAN/control").write_text(PACKAGE.format(name=name))
        (package / "var/cache/apt/installed").write_text("yes\n")
        subprocess.run(["dpkg-deb", "--build", package, repository / f"{name}.deb"], check=True, capture_output=True)
        index = subprocess.run(["dpkg-scanpackages", "."], cwd=repository, check=True, capture_output=True, text=True).stdout
        (repository / "Packages").write_text(index)
        self.sources(f"deb [trusted=yes] file:{repository} ./\n")

    def sources(self, text):
        (self.root / "etc/sources.list").write_text(text)
