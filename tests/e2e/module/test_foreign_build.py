# SPDX-License-Identifier: BSD-3-Clause
"""A foreign ABI is the one thing that is refused, with a message that says what to do."""

import shutil

import pytest

from harness import paths
from harness.daemon import Daemon, run, wait_for


@pytest.fixture
def foreign(tmp_path):
    """The same Unbound with another build-id: what a rebuild with other flags looks like."""
    build_id = bytes.fromhex((paths.UNBOUND_TREE / "build-id").read_text().strip())
    data = paths.UNBOUND.read_bytes()
    assert data.count(build_id) == 1
    program = tmp_path / "unbound"
    program.write_bytes(data.replace(build_id, bytes(b ^ 0xFF for b in build_id)))
    shutil.copymode(paths.UNBOUND, program)
    return program


def test_a_foreign_unbound_is_refused(site, foreign):
    site.compile()
    ours = site.resolver()
    site.await_list()
    ours.stop()
    site.daemons.clear()
    stranger = Daemon("stranger", [foreign, "-d", "-c", ours.config], site.directory, expected_status=(1,),
                      UNBOUND_SINKHOLE_CONF=site.path)
    wait_for(lambda: not stranger.running(), "the foreign Unbound to end")
    log = stranger.log()
    assert "build-id" in log
    assert "check-module" in log or "build" in log.lower()
    assert "start of service" not in log


def check_module(site, unbound=paths.UNBOUND, chain="dynlib validator iterator", username=""):
    config = site.directory / "checked.conf"
    config.write_text(f'server:\n    module-config: "{chain}"\n    username: "{username}"\ndynlib:\n    dynlib-file: "{paths.MODULE}"\n')
    return run([paths.SINKZONE, "check-module", "-c", site.path, "--unbound", unbound, "--unbound-conf", config,
                "--module", paths.MODULE])


def test_check_module_says_so_beforehand(site, foreign):
    site.compile()
    good = check_module(site)
    assert good.returncode == 0, good.stdout + good.stderr
    bad = check_module(site, unbound=foreign)
    assert bad.returncode == 1
    assert "build-id" in bad.stdout + bad.stderr


@pytest.mark.parametrize("broken", ["settings", "list", "log", "chain", "order", "user", "unbound"])
def test_check_module_finds_what_would_go_wrong(site, broken):
    site.compile()
    options = {}
    if broken == "settings":
        site.write("mode: maybe\n")
    elif broken == "list":
        site.database.write_bytes(b"nothing")
    elif broken == "log":
        shutil.rmtree(site.dns_log.parent)
    elif broken == "chain":
        options["chain"] = "validator iterator"
    elif broken == "order":
        options["chain"] = "validator dynlib iterator"
    elif broken == "user":
        site.database.chmod(0o600)  # root may read it, the resolver's user may not
        options["username"] = "nobody"
    else:
        options["unbound"] = site.directory / "no-such-unbound"
    result = check_module(site, **options)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "FAIL" in result.stdout or result.stderr.startswith("sinkzone:")
