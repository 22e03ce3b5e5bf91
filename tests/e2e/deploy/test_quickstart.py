# SPDX-License-Identifier: BSD-3-Clause
"""deploy/quickstart: what it refuses before it does anything, and the whole drill with the commands that it prints."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness import paths
from harness.daemon import environment, run
from harness.machine import Machine

QUICKSTART = paths.SOURCE / "deploy/quickstart"
UBUNTU = 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n'
TRIXIE = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_CODENAME=trixie\n'
BULLSEYE = 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nID=debian\nVERSION_CODENAME=bullseye\n'
ALPINE = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME="Alpine Linux v3.22"\n'
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


class Clone:
    """A clone where nothing has been built yet, readable by every user."""

    def __init__(self, name="clone"):
        self.parent = Path(tempfile.mkdtemp())
        self.parent.chmod(0o755)
        self.directory = self.parent / name
        self.build = self.directory / "build"
        shutil.copytree(paths.SOURCE / "deploy", self.directory / "deploy")
        self.machine = Machine(self.parent)

    def refuses(self, *before):
        """What it says: one line, and nothing has been done."""
        status, out, errors = self.machine.run([*before, self.directory / "deploy/quickstart"])
        assert status == 1 and out == "", out + errors
        assert errors.startswith("quickstart: ") and errors.count("\n") == 1, errors
        made = {p.name for p in self.build.iterdir()} if self.build.exists() else set()
        assert made <= {"quickstart.lock"}
        return errors.removeprefix("quickstart: ").strip()


@pytest.fixture
def clone():
    clone = Clone()
    yield clone
    shutil.rmtree(clone.parent)


@pytest.mark.parametrize("name,bad", [("my clone", "a blank"), ("a'b", "'"), ("r&d", "&")])
def test_a_path_that_the_build_does_not_support(name, bad):
    clone = Clone(name)
    said = clone.refuses()
    shutil.rmtree(clone.parent)
    assert said == f'cannot build in the path "{clone.directory}", which contains {bad}; move the clone to another directory'


@pytest.mark.parametrize("release,name", [(UBUNTU, "Ubuntu 24.04.3 LTS"), (ALPINE, "Alpine Linux v3.22"),
                                          (BULLSEYE, "Debian GNU/Linux 11 (bullseye)")], ids=["ubuntu", "alpine", "bullseye"])
def test_quickstart_refuses_another_distribution(clone, release, name):
    clone.machine.lay("/etc/os-release", release)
    assert clone.refuses() == f"needs Debian 12 (bookworm) or Debian 13 (trixie); this machine runs {name}"


def test_quickstart_accepts_the_other_release(clone):
    """It goes on to the next requirement, which fails."""
    clone.machine.lay("/etc/os-release", TRIXIE)
    assert clone.refuses(*NOBODY).startswith("must be run as root: ")


def test_quickstart_refuses_to_run_without_root(clone):
    assert clone.refuses(*NOBODY) == "must be run as root: it installs packages and uses port 80 of loopback addresses"


def test_quickstart_says_that_the_first_run_needs_the_network(clone):
    """The namespace of the tests has no way out, and this clone has no Unbound yet."""
    assert re.fullmatch(r"needs the network for the first run, and cannot reach the Debian repository at \S+, port \d+",
                        clone.refuses())


def test_quickstart_refuses_to_run_beside_another(clone):
    clone.build.mkdir()
    with subprocess.Popen(["flock", clone.build / "quickstart.lock", "sh", "-c", "echo locked; cat"], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == "locked\n"
        said = clone.refuses()
        other.stdin.close()
    assert said == "another quickstart is running in this clone; wait until it has finished"


@pytest.mark.parametrize("arguments,status", [(["--help"], 0), (["-h"], 0), (["--kept"], 2), (["--keep", "--stop"], 2)])
def test_help_and_wrong_usage(arguments, status):
    result = run([QUICKSTART, *arguments], check=status)
    usage = result.stdout if status == 0 else result.stderr
    assert usage.startswith("quickstart - ")
    assert {"--keep", "--stop"} <= set(re.findall(r"--\w+", usage))


def listening(port):
    return run(["ss", "-Htuln", f"sport = :{port}"], check=0).stdout


def test_the_commands_that_it_prints_work_as_typed(tmp_path):
    """The drill of this tree, with --keep. Lines that begin with "  $ " are commands."""
    drill = run([QUICKSTART, "--keep"], timeout=900)
    try:
        assert drill.returncode == 0, drill.stdout + drill.stderr
        *commands, stop = re.findall(r"^  \$ (.*)$", drill.stdout, re.M)
        assert stop == "deploy/quickstart --stop"
        assert {c.split()[0].split("/")[-1] for c in commands} == {"sinkctl", "sinkzone", "dig", "curl"}

        again = run([QUICKSTART], check=1)
        assert again.stderr == "quickstart: a drill is still running here (--keep); stop it with: deploy/quickstart --stop\n"

        said = {}
        for command in commands:
            result = subprocess.run(["bash", "-c", command], cwd=paths.SOURCE, text=True, capture_output=True, timeout=60,
                                    env=environment())
            assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
            said[command] = result.stdout
        asked = [text for command, text in said.items() if command.startswith("dig")]
        assert [text.strip() for text in asked] == ["127.66.0.10"]
        table = [text for command, text in said.items() if " hosts " in command][-1]
        assert re.search(r"^INFECTED\s.*\b127\.10\.0\.11\s", table, re.M)
        assert re.search(r"\b127\.10\.0\.20\s", table), "the host of the printed dig and curl"
        port = re.search(r"sinkholed +127\.66\.0\.10, port (\d+)", drill.stdout)[1]
        assert listening(port)
        page, = re.findall(r"^  The page of infected hosts +(http://127\.0\.0\.1:\d+/)$", drill.stdout, re.M)
        shown = run(["curl", "-sSf", page], check=0).stdout
        assert "DRILL: this installation is an exercise" in shown and "127.10.0.11" in shown and "INFECTED" in shown
        picture = tmp_path / "page.png"
        run([paths.SOURCE / "docs/make-page-picture", picture], check=0)
        assert picture.read_bytes().startswith(b"\x89PNG") and 20_000 < picture.stat().st_size < 200_000
    finally:
        stopped = run([QUICKSTART, "--stop"], check=0)
    assert stopped.stdout.startswith("stopped 6 programs")
    assert not listening(port)
    assert run([QUICKSTART, "--stop"], check=0).stdout == "nothing was running\n"
