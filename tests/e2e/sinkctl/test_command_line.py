# SPDX-License-Identifier: BSD-3-Clause
"""Wrong command lines are refused with their reason and exit status 2, before any file is opened."""

import pytest

from harness import paths
from harness.daemon import run

WRONG = {
    "hosts --call nonsense": "nonsense: is no call",
    "hosts --since nonsense": "nonsense: is no time",
    "events --host nonsense": "nonsense: is no IP address",
    "nonsense": "nonsense: is no command",
    "hosts 192.0.2.1": "hosts: takes no argument",
    "host": "host: wants one HOST",
    "host 192.0.2.1 192.0.2.2": "host: wants one HOST",
    "hosts --host 192.0.2.1": "hosts: does not take one of these options",
    "host 192.0.2.1 --new 2h": "host: does not take one of these options",
    "hosts --since 2h --until 3h": "3h: is not after --since",
    "hosts --new 2h --since 3h": "--new: what is new is not known of a window",
    "hosts --csv --json": "--csv: not with --json",
    "hosts --fail-if nonsense": "nonsense: is no call",
    "events --call INFECTED": "events: does not take one of these options",
    "status --campaign emdivi": "status: does not take one of these options",
    "status --force": "status: does not take one of these options",
    "ingest --no-store": "ingest: does not take one of these options",
    "rebuild --wide": "rebuild: does not take one of these options",
    "mark 192.0.2.1": "mark: wants HOST and STATE",
    "mark 192.0.2.1 nonsense": "nonsense: is no state",
    "mark 192.0.2.1 cleaned --as-of 2099-01-01": "2099-01-01: has not come yet",
    "host 192.0.2.1 --note x": "host: does not take one of these options",
    "hosts --bogus": "unrecognized option '--bogus'",
}


@pytest.mark.parametrize("line", WRONG)
def test_wrong_usage_is_refused_with_its_reason(line):
    result = run([paths.SINKCTL, *line.split(), "-c", "/nonexistent"], check=2)
    assert WRONG[line] in result.stderr
    assert result.stdout == ""


def test_no_command_prints_the_help_as_an_error():
    result = run([paths.SINKCTL], check=2)
    assert result.stdout == ""
    assert result.stderr == run([paths.SINKCTL, "--help"], check=0).stdout


@pytest.mark.parametrize("line", ["-c /nonexistent hosts --since 2h", "host --wide -c /nonexistent -- 192.0.2.1",
                                  "hosts --call likely --camp x -c/nonexistent", "rebuild --force --no-store -c /nonexistent"])
def test_options_stand_before_and_after_the_command(line):
    assert "/nonexistent: cannot open it" in run([paths.SINKCTL, *line.split()], check=1).stderr
