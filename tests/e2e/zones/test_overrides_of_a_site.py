# SPDX-License-Identifier: BSD-3-Clause
"""Overrides in the settings that name nothing on the list: a misspelled name must not pass unseen."""

import pytest

from harness import paths
from harness.daemon import run

SETTINGS = """module: {database: db, event-log: dns.jsonl, sinkhole-addresses: ["198.51.100.0/24"]}
campaigns:
  emdvi: {action: off}
feeds:
  seed-report: {action: monitor}
"""
WARNING = ("sinkhole.yaml:3: warning: campaigns: emdvi: the list has no campaign of this name, so this has no effect; "
           "did you mean emdivi?\n")


@pytest.fixture
def site_files(tmp_path):
    feed, settings = tmp_path / "feed.yaml", tmp_path / "sinkhole.yaml"
    feed.write_text("feed: seed-report\ncampaign: emdivi\nindicators:\n  - {type: domain, value: c2.example.com}\n")
    settings.write_text(SETTINGS)
    run([paths.SINKZONE, "compile", "-q", "-o", tmp_path / "db", feed], check=0)
    return tmp_path, settings, feed


@pytest.mark.parametrize("words", [["compile", "-o", "db", "feed.yaml"], ["lookup", "db", "c2.example.com"],
                                   ["export", "--format", "domains", "db"]])
def test_an_override_of_an_unknown_campaign_is_a_warning_with_a_suggestion(site_files, words):
    directory, settings, feed = site_files
    command = [paths.SINKZONE, words[0], "-c", settings, *words[1:]]
    assert run(command, cwd=directory).stderr.count(WARNING) == 1
    settings.write_text(SETTINGS.replace("emdvi", "emdivi"))
    assert "did you mean" not in run(command, cwd=directory).stderr


def test_check_module_warns_of_an_override_of_an_unknown_campaign(site_files):
    directory, settings, feed = site_files
    result = run([paths.SINKZONE, "check-module", "--user", "root", "-c", settings], cwd=directory)
    assert ("warn  " + str(settings) + ":3: campaigns: emdvi: the list has no campaign of this name, so this has no effect; "
            "did you mean emdivi?\n") in result.stdout
