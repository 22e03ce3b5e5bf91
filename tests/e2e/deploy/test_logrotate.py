# SPDX-License-Identifier: BSD-3-Clause
"""The shipped logrotate files with the real logrotate, directories and owners as the guide makes them. /var/log and the
users are laid over those of the machine."""

import os
import pwd
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from harness import paths
from harness.daemon import wait_for
from harness.machine import Machine

LOGS = {"dns": "unbound", "contacts": "sinkhole"}
UIDS = {"unbound": pwd.getpwnam("unbound").pw_uid, "sinkhole": 989}
LIMIT = 256 << 20


class Logs:
    def __init__(self, directory):
        self.machine = Machine(directory)
        self.top = directory / "var-log"
        self.state = directory / "state"
        self.machine.over["/var/log"] = self.top
        passwd = Path("/etc/passwd").read_text()
        self.machine.lay("/etc/passwd", passwd + f"sinkhole:x:{UIDS['sinkhole']}:65534::/nonexistent:/usr/sbin/nologin\n")
        for name, user in LOGS.items():
            folder = self.top / "unbound-sinkhole" / name
            folder.mkdir(parents=True)
            os.chown(folder, UIDS[user], 4)
            folder.chmod(0o2750)
        self.top.chmod(0o755)

    def live(self, name):
        return self.top / "unbound-sinkhole" / name / f"{name}.jsonl"

    def write(self, name, text):
        """As the writer does: its own file, mode 0640."""
        path = self.live(name)
        with open(path, "a") as log:
            log.write(text)
        os.chown(path, UIDS[LOGS[name]], 4)
        path.chmod(0o640)

    def call(self, name, *options):
        """logrotate for that file, installed as the guide says, as its service calls it."""
        installed = self.machine.directory / f"unbound-sinkhole-{name}"
        shutil.copyfile(paths.SOURCE / "deploy/logrotate" / installed.name, installed)
        installed.chmod(0o644)
        return self.machine.run(["logrotate", "--state", self.state, *options, installed])

    def rotate(self, name, *options):
        assert self.call(name, *options) == (0, "", "")

    def rotated(self, name):
        return sorted(self.live(name).parent.glob(f"{name}.jsonl-*"))


def unpacked(path):
    return subprocess.run(["zstdcat", path], check=True, capture_output=True).stdout


@pytest.fixture
def logs(tmp_path):
    return Logs(tmp_path)


@pytest.mark.parametrize("name", LOGS)
def test_rotated_files_belong_to_the_writer_and_hold_every_line(logs, name):
    for line in "first", "second", "third":
        logs.write(name, f"{line}\n")
        logs.rotate(name, "--force")
        assert not logs.live(name).exists(), "nocreate: the writer makes the new one"
        wait_for(lambda last=int(time.time()): int(time.time()) > last, "another second, and so another file name")
    *compressed, newest = logs.rotated(name)
    assert [unpacked(path) for path in compressed] == [b"first\n", b"second\n"]
    assert newest.read_text() == "third\n", "delaycompress: a reader has a day for it as it is"
    for path in logs.rotated(name):
        assert re.fullmatch(rf"{name}\.jsonl-\d{{8}}-\d{{6}}(\.zst)?", path.name)
        assert (path.stat().st_uid, path.stat().st_gid) == (UIDS[LOGS[name]], 4)
        assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", LOGS)
def test_a_compressed_file_keeps_the_time_of_its_last_line(logs, name):
    """By it sinkctl knows that nothing of today can be in it."""
    logs.write(name, "first\n")
    os.utime(logs.live(name), (1795000000, 1795000000))
    logs.rotate(name, "--force")
    logs.write(name, "second\n")
    wait_for(lambda last=int(time.time()): int(time.time()) > last, "another second, and so another file name")
    logs.rotate(name, "--force")
    oldest = logs.rotated(name)[0]
    assert oldest.suffix == ".zst" and int(oldest.stat().st_mtime) == 1795000000


@pytest.mark.parametrize("name", LOGS)
def test_a_log_is_rotated_before_its_day_is_over_only_if_it_is_large(logs, name):
    logs.write(name, "a line\n")
    logs.rotate(name, "--force")
    logs.write(name, "another\n")
    wait_for(lambda last=int(time.time()): int(time.time()) > last, "another second, and so another file name")
    logs.rotate(name)
    assert len(logs.rotated(name)) == 1 and logs.live(name).exists()
    os.truncate(logs.live(name), LIMIT + 1)
    logs.rotate(name)
    assert len(logs.rotated(name)) == 2 and not logs.live(name).exists()


@pytest.mark.parametrize("name", LOGS)
def test_only_the_rights_of_the_writers_user_are_used(logs, name):
    """A writer that was broken into could lead root elsewhere. Seen in a directory where that user may do nothing."""
    logs.write(name, "a line\n")
    folder = logs.live(name).parent
    os.chown(folder, 0, 0)
    folder.chmod(0o755)
    status, _, errors = logs.call(name, "--force")
    assert status == 1 and "Permission denied" in errors
    assert logs.live(name).read_text() == "a line\n" and logs.rotated(name) == []
