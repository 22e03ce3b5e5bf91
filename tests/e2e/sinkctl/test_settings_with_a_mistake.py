# SPDX-License-Identifier: BSD-3-Clause
"""A mistake in the settings does not take the answer away."""

import json

import pytest

from harness import paths
from harness.ask import ask
from harness.daemon import run

SCANNER, HOST = paths.client(950), paths.client(951)
ROLES = [{"networks": [SCANNER + "/32"], "role": "scanner"}]


@pytest.fixture
def seen(site):
    """A scanner and a host in the logs; the settings are known to be good."""
    site.settings["roles"] = ROLES
    site.write().compile()
    site.resolver()
    site.await_list()
    for host in (SCANNER, HOST):
        ask("www.kaerunote.com", source=host)
        site.await_dns(source=host)
    assert calls(site) == {SCANNER: "SCANNER", HOST: "POSSIBLE"}
    return site


def sinkctl(site, *words, check=0):
    return run([paths.SINKCTL, *words, "-c", site.path], check=check)


def calls(site):
    return {row["host"]: row["call"] for row in json.loads(sinkctl(site, "hosts", "--json").stdout)["hosts"]}


MISTAKES = {
    "an unknown key": ("rols: []\n", 'unknown key "rols"'),
    "a tab": ("campaigns:\n\temdivi: {}\n", "a tab stands at the start of the line"),
    "a bracket that is not closed": ("feeds: {a: {action: off}\n", "not valid YAML"),
    "a misspelled part": ("stor: {path: x}\n", "unknown key \"stor\""),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_answer_comes_with_the_last_good_settings(seen, mistake):
    text, complaint = MISTAKES[mistake]
    seen.write(seen.path.read_text().replace("scanner", "scaner") + text)
    result = sinkctl(seen, "hosts")
    assert f"sinkctl: {seen.path}:" in result.stderr and complaint.split()[0] in result.stderr
    assert "going on with the last good settings, of 20" in result.stderr
    assert "SETTINGS:" in result.stdout and "used instead: the last good ones." in " ".join(result.stdout.split())
    assert calls(seen) == {SCANNER: "SCANNER", HOST: "POSSIBLE"}, "with the role that was good"
    answer = json.loads(sinkctl(seen, "hosts", "--json").stdout)
    assert answer["settings_mistake"].startswith(f"{seen.path}:")
    for command in ("status", "events", "ingest"):
        assert "going on with the last good settings" in sinkctl(seen, command).stderr

    seen.settings["roles"] = []
    seen.write()
    assert "going on" not in sinkctl(seen, "hosts").stderr
    assert calls(seen)[SCANNER] == "POSSIBLE", "new good settings are taken"


def test_without_settings_that_were_good_it_is_what_can_be_read(seen):
    (seen.directory / "store.db.settings").unlink()
    seen.write(seen.path.read_text().replace("scanner", "scaner"))
    result = sinkctl(seen, "hosts")
    assert '"role" must be' in result.stderr and "going on with what can be read of them" in result.stderr
    assert "used instead: what can be read of them." in " ".join(result.stdout.split())
    assert calls(seen) == {SCANNER: "POSSIBLE", HOST: "POSSIBLE"}, "the part with the mistake has its defaults"


def test_nothing_is_kept_with_no_store(seen):
    kept = seen.directory / "store.db.settings"
    kept.unlink()
    sinkctl(seen, "hosts", "--no-store")
    assert not kept.exists()
    sinkctl(seen, "hosts")
    assert kept.stat().st_mode & 0o777 == 0o640
    before = kept.stat().st_mtime_ns
    sinkctl(seen, "hosts")
    assert kept.stat().st_mtime_ns == before, "written only when they have changed"


def test_a_settings_file_that_is_not_there_is_an_error(seen):
    seen.path.unlink()
    assert "cannot open it" in sinkctl(seen, "hosts", check=1).stderr


def test_an_override_that_names_nothing_is_a_warning(site):
    site.settings["campaigns"] = {"emdvi": {"action": "monitor"}}
    site.settings["feeds"] = {"emdivi": {"action": "monitor"}}
    site.write().compile()
    warning = "campaigns: emdvi: the list has no campaign of this name, so this has no effect; did you mean emdivi?"
    line = site.path.read_text().splitlines().index("  emdvi:") + 1
    checked = run([paths.SINKHOLED, "-c", site.path, "--check-config"], check=0)
    assert f"{site.path}:{line}: {warning}" in checked.stderr
    assert f"Warning: {site.path}:{line}: {warning}" in sinkctl(site, "status", "--wide").stdout
    site.settings["campaigns"] = {"emdivi": {"action": "monitor"}}
    site.write()
    assert "did you mean" not in run([paths.SINKHOLED, "-c", site.path, "--check-config"], check=0).stderr
    assert "did you mean" not in sinkctl(site, "status").stdout


def test_a_listener_outside_of_the_pool_is_a_warning(site):
    site.settings["sinkhole"]["listen"].append({"address": "10.9.9.9", "tcp": [80]})
    site.settings["sinkhole"]["listen"].append({"address": "10.9.9.8", "tcp": [8090], "proxy-protocol": True})
    site.write().compile()
    stderr = run([paths.SINKHOLED, "-c", site.path, "--check-config"], check=0).stderr
    assert "10.9.9.9/32 is outside sinkhole-addresses: no answer for a listed name leads there" in stderr
    assert stderr.count("is outside") == 1
    assert "not this machine's own" not in stderr


def test_a_listener_on_addresses_of_another_machine_is_a_warning(site):
    site.settings["module"]["sinkhole-addresses"] = ["203.0.113.0/24"]
    site.settings["sinkhole"]["listen"] = [{"address": "203.0.113.0/24", "tcp": [80]}, {"address": "0.0.0.0/0", "tcp": [8081]}]
    site.write().compile()
    line = 1 + next(i for i, text in enumerate(site.path.read_text().splitlines()) if "address: 203.0.113.0/24" in text)
    stderr = run([paths.SINKHOLED, "-c", site.path, "--check-config"], check=0).stderr
    assert (f"{site.path}:{line}: 203.0.113.0/24 is not this machine's own, so nothing arrives there: "
            "ip route add local 203.0.113.0/24 dev lo") in stderr
    assert stderr.count("not this machine's own") == 1
