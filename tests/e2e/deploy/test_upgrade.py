# SPDX-License-Identifier: BSD-3-Clause
"""An upgrade of Unbound never leaves a site without a resolver: what systemd does at a start, played with the lines of the
shipped drop-in. Debian's own Unbound is the one that an upgrade brings back."""

import os
import re
import shlex
import shutil
import stat
import subprocess
import textwrap
from pathlib import Path

import pytest

from harness import paths
from harness.ask import addresses, ask, rcode
from harness.daemon import Daemon, environment, run, wait_for

DROP_IN = paths.SOURCE / "deploy/systemd/unbound.service.d/unbound-sinkhole.conf"
INCLUDE = "zz-unbound-sinkhole.conf"
LISTED = "www.kaerunote.com"
SOURCE = paths.client(60)
BUILD_ID = (paths.UNBOUND_TREE / "build-id").read_text().strip()


def stock():
    """Debian's Unbound, also where the guide has diverted it."""
    diverted = Path("/usr/sbin/unbound.debian")
    return diverted if diverted.exists() else Path("/usr/sbin/unbound")


def another_id():
    return bytes(b ^ 0xFF for b in bytes.fromhex(BUILD_ID))


def commands(key):
    """The lines of the drop-in, one list of words each; "-" says that systemd ignores how they end."""
    found = re.findall(rf"^{key}=(\S.*)$", DROP_IN.read_text().replace("\\\n", " "), re.M)
    assert found
    return [[word.replace("$$", "$") for word in shlex.split(line)] for line in found]


def replace(source, target):
    """As packages are unpacked: what is running keeps its file."""
    new = target.with_suffix(".new")
    shutil.copy(source, new)
    new.rename(target)


class Machine:
    """One resolver as the guide sets it up, its directories below one of ours."""

    def __init__(self, site):
        self.site = site
        self.conf_d = site.directory / "unbound.conf.d"
        self.include = self.conf_d / INCLUDE
        self.modules = site.directory / "modules"
        self.program = site.directory / "sbin-unbound"
        self.sinkzone = paths.SINKZONE
        self.alarms = ""
        self.starts = 0
        self.restarts = site.directory / "restarts"  # what systemd was asked for
        self.conf_d.mkdir()
        site.settings["module"]["modules-directory"] = str(self.modules)
        site.write()

    def install(self, program=paths.UNBOUND, module=paths.MODULE, build_id=BUILD_ID):
        """What stands on disk."""
        replace(program, self.program)
        if module:
            (self.modules / build_id).mkdir(parents=True, exist_ok=True)
            replace(module, self.module_file(build_id))
        return self

    def module_file(self, build_id=BUILD_ID):
        return self.modules / build_id / "unbound-sinkhole.so"

    def execute(self, key, config, pid=None):
        for words in commands(key):
            is_ignored = words[0].startswith("-")
            assert is_ignored or key == "ExecReload", "its failure must not keep Unbound from starting"
            words[0] = words[0].lstrip("-+")
            for ours, theirs in {
                "/etc/unbound/unbound.conf.d": self.conf_d, "${MAINPID}": pid, "$MAINPID": pid, "/run/": f"{self.site.directory}/",
                "unbound-checkconf -o": f"{paths.UNBOUND_CHECKCONF} {config} -o",
                "systemctl --no-block": f"echo >>{self.restarts}",
                "/usr/bin/sinkzone check-module --unbound ": f"{self.sinkzone} check-module --unbound-conf {config} --unbound ",
            }.items():
                words = [w.replace(ours, str(theirs)) for w in words]
            if "/usr/bin/sinkzone" in words:
                words[words.index("/usr/bin/sinkzone")] = str(self.sinkzone)
                words += ["--unbound-conf", config, "--unbound", self.program]
            result = subprocess.run([str(w) for w in words], capture_output=True, text=True, cwd="/",
                                    env=environment(UNBOUND_SINKHOLE_CONF=self.site.path))
            assert "Sanitizer" not in result.stderr, result.stderr
            self.alarms += result.stderr
            if result.returncode != 0 and not is_ignored:
                break

    def start(self, chain=None, extra="", pattern="{conf_d}/*.conf", **options):
        self.alarms = ""
        self.starts += 1
        return self.site.resolver(module=None, chain=chain, program=self.program, name=f"unbound{self.starts}",
                                  extra=f'include-toplevel: "{pattern.format(conf_d=self.conf_d)}"\n{textwrap.dedent(extra)}',
                                  before=lambda config: self.execute("ExecStartPre", config), **options)

    def restart(self, **options):
        self.site.stop()
        return self.start(**options)

    def written(self):
        assert stat.S_IMODE(self.include.stat().st_mode) == 0o644
        assert [f.name for f in self.conf_d.glob(f"{INCLUDE}*")] == [INCLUDE]
        return self.include.read_text()


@pytest.fixture
def machine(site):
    return Machine(site).install()


def resolves():
    return addresses(ask("www.example.test", source=SOURCE)) == ["192.0.2.12"]


def intercepted():
    found = addresses(ask(LISTED, source=SOURCE))
    return bool(found) and found[0].startswith("198.51.100.")


def is_without_us(machine, resolver, reason):
    text = machine.written()
    assert "dynlib-file" not in text and 'module-config: "dynlib' not in text
    assert "WITHOUT unbound-sinkhole" in text and reason in text
    assert "ALARM" in machine.alarms and reason in machine.alarms
    assert resolves()
    assert addresses(ask(LISTED, source=SOURCE)) == [paths.GENUINE4]
    assert "unbound-sinkhole" not in resolver.log()


def test_an_upgrade_and_back(machine):
    machine.site.compile()
    machine.start()
    machine.site.await_list()
    assert intercepted() and resolves()
    assert machine.alarms == ""
    assert re.search(r'^    module-config: "dynlib (subnetcache )?validator iterator"$', machine.written(), re.M)

    machine.install(program=stock(), module=None)
    resolver = machine.restart()
    is_without_us(machine, resolver, "without dynlib")
    assert "After an upgrade" in machine.alarms

    machine.install()
    machine.restart()
    machine.site.await_list()
    assert intercepted()


def other_program(machine):
    """Another build that can load modules; no module for it is there."""
    data = machine.program.read_bytes()
    machine.program.write_bytes(data.replace(bytes.fromhex(BUILD_ID), another_id()))
    return f"{another_id().hex()}/unbound-sinkhole.so is missing"


def other_module(machine):
    """A module of another build in the directory of this one."""
    path = machine.module_file()
    data = path.read_bytes()
    assert BUILD_ID.encode() in data
    path.write_bytes(data.replace(BUILD_ID.encode(), another_id().hex().encode()))
    return "is for another Unbound"


def cut_module(machine):
    os.truncate(machine.module_file(), 16384)
    return "cut short"


def no_module(machine):
    shutil.rmtree(machine.modules)
    return "is missing"


def text_for_a_module(machine):
    machine.module_file().write_text("404 Not Found\n")
    return "is no module of unbound-sinkhole"


@pytest.mark.parametrize("harm", [other_program, other_module, cut_module, no_module, text_for_a_module])
def test_what_would_stop_unbound(machine, harm):
    machine.site.compile()
    reason = harm(machine)
    resolver = machine.start()
    is_without_us(machine, resolver, reason)


def test_lines_of_ours_in_another_file(machine):
    """As the guide once had it: without the preflight this Unbound would not start."""
    (machine.conf_d / "unbound-sinkhole.conf").write_text(
        'server:\n    module-config: "dynlib validator iterator"\n'
        f'dynlib:\n    dynlib-file: "{machine.module_file()}"\n')
    machine.site.compile()
    machine.install(program=stock(), module=None)
    resolver = machine.start()
    is_without_us(machine, resolver, "without dynlib")
    assert 'module-config: "validator iterator"' in machine.written()


def let_everybody_in(*directories):
    """pytest makes directories for the owner alone."""
    for directory in directories:
        for path in (directory, *directory.parents):
            path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o055)


def test_a_user_who_may_not_read_the_module(machine):
    """dlopen() comes after Unbound has become its user. The directories of a test are for root alone."""
    machine.site.compile()
    machine.module_file().chmod(0o600)
    let_everybody_in(machine.site.directory, machine.site.authority.trust_anchor.parent)
    resolver = machine.start(username="unbound")
    is_without_us(machine, resolver, "Permission denied")


@pytest.mark.parametrize("how", ["gone", "crashes"])
def test_the_check_itself_is_broken(machine, how):
    """What an earlier start wrote must not be taken for today's word."""
    machine.site.compile()
    machine.start()
    machine.install(program=stock(), module=None)
    machine.sinkzone = "/nonexistent/sinkzone" if how == "gone" else "/bin/false"
    machine.restart()
    assert not machine.include.exists()
    assert resolves() and not intercepted()


def test_the_list_comes_later(machine):
    machine.start()
    assert "ALARM" in machine.alarms and "blocklist.db" in machine.alarms
    assert "dynlib-file" in machine.written(), "the module waits"
    assert resolves() and not intercepted()
    machine.site.compile()
    machine.site.await_list()
    assert intercepted() and resolves()


@pytest.mark.parametrize("settings", [None, "", "mode: maybe\n"])
def test_the_settings_come_later(machine, settings):
    """Without settings the module is looked for where it is installed by default: here --module says where."""
    good = machine.site.path.read_text()
    machine.site.compile()
    machine.site.write(settings) if settings is not None else machine.site.path.unlink()
    machine.sinkzone = machine.site.directory / "sinkzone"
    machine.sinkzone.write_text(f'#!/bin/sh\nexec {paths.SINKZONE} "$@" --module {machine.module_file()}\n')
    machine.sinkzone.chmod(0o755)
    machine.start()
    assert "ALARM" in machine.alarms and "sinkhole.yaml" in machine.alarms
    assert resolves() and not intercepted()
    machine.site.write(good)
    machine.site.await_list()
    assert intercepted() and resolves()


def test_the_operators_modules_stay(machine):
    """Without respip an RPZ stops the resolver."""
    zone = machine.site.directory / "own.rpz"
    zone.write_text("$TTL 60\n@ SOA ns.own. host.own. 1 60 60 60 60\n@ NS ns.own.\nalias.example.test CNAME .\n")
    own = {"chain": "respip validator iterator", "extra": f'rpz:\n    name: "own."\n    zonefile: "{zone}"\n'}
    machine.site.compile()
    for program, ours in (paths.UNBOUND, True), (stock(), False):
        machine.install(program=program)
        machine.restart(**own)
        if ours:
            machine.site.await_list()
            assert '"dynlib respip validator iterator"' in machine.written()
        assert rcode(ask("alias.example.test", source=SOURCE)) == "NXDOMAIN"
        assert resolves() and intercepted() == ours


@pytest.mark.parametrize("written", [
    'server:module-config: "respip validator iterator"', 'server:\n  module-config:\n    "respip validator iterator"',
    "server: module-config: # a note: module-config: 'x'\n  'respip validator iterator' # more",
    'server: identity: module-config: module-config:\t"respip validator iterator"verbosity:1'])
def test_the_operators_modules_stay_however_they_are_written(machine, written):
    zone = machine.site.directory / "own.rpz"
    zone.write_text("$TTL 60\n@ SOA ns.own. host.own. 1 60 60 60 60\n@ NS ns.own.\nalias.example.test CNAME .\n")
    (machine.conf_d / "own.conf").write_text(f'rpz:\n  name: "own."\n  zonefile: "{zone}"\n{written}\n')
    machine.site.compile()
    machine.start()
    machine.site.await_list()
    assert machine.alarms == "" and '"dynlib respip validator iterator"' in machine.written()
    assert rcode(ask("alias.example.test", source=SOURCE)) == "NXDOMAIN"
    assert resolves() and intercepted()


@pytest.mark.parametrize("pattern", ["{conf_d}//*.conf", "{conf_d}/../unbound.conf.d/*.conf", "unbound.conf.d/*.conf"])
def test_ours_is_known_by_any_name(machine, pattern):
    """A reload does not take what the start has written for the operator's lines."""
    machine.site.compile()
    resolver = machine.start(pattern=pattern)
    text = machine.written()
    assert "dynlib-file" in text
    machine.execute("ExecReload", resolver.config, resolver.pid)
    assert (machine.alarms, machine.written()) == ("", text)
    wait_for(lambda: reloaded(resolver), "the reload")


def test_another_file_has_the_last_word(machine):
    """Nothing stops, but the sensor is blind: that must be said."""
    own = machine.conf_d / "zzz.conf"
    own.write_text('server:\n    module-config: "validator iterator"\n')
    machine.site.compile()
    machine.start()
    assert "ALARM" in machine.alarms and "after every other file" in machine.alarms and f"{own}:2: " in machine.alarms
    assert resolves() and not intercepted()


def check(machine, config):
    return run([machine.sinkzone, "check-module", "-q", "-c", machine.site.path, "--unbound", machine.program, "--unbound-conf", config,
                "--write-include", machine.include], check=None)


def starts(machine, config):
    """Unbound itself, with what is written now."""
    started = Daemon("trial", [machine.program, "-d", "-c", config], machine.site.directory, expected_status=(0, 1),
                     UNBOUND_SINKHOLE_CONF=machine.site.path)
    wait_for(lambda: "start of service" in started.log() or not started.running(), "Unbound to start or to end")
    running = started.running()
    started.stop()
    return running


@pytest.mark.parametrize("harm", [no_module, other_program, "stock"])
def test_dynlib_behind_ours(machine, harm):
    """All is well until the module is missing: so it is said while all is well, and what then happens as well."""
    own = machine.conf_d / "zzz.conf"
    own.write_text('server:\n    # ours\n    module-config:\n      "dynlib validator iterator"\n')
    machine.site.compile()
    config = machine.start().config
    machine.site.await_list()
    assert intercepted()
    assert f"ALARM: unbound-sinkhole is not as it should be: {own}:3: module-config names dynlib" in machine.alarms
    assert "does not start with it when there is no module" in machine.alarms

    machine.site.stop()  # it has its program and its module open
    machine.install(program=stock(), module=None) if harm == "stock" else harm(machine)
    result = check(machine, config)
    assert result.returncode == 3, "no caller must take it for good"
    assert f"ALARM: Unbound will NOT start until {own}:3 is removed" in result.stderr
    assert not starts(machine, config)
    own.unlink()
    result = check(machine, config)
    assert result.returncode == 0 and "ALARM: Unbound starts WITHOUT" in result.stderr
    assert starts(machine, config)


def test_dynlib_before_ours_is_no_harm(machine):
    own = machine.conf_d / "own.conf"
    own.write_text('server:\n    module-config: "dynlib validator iterator"\n')
    machine.site.compile()
    config = machine.start().config
    assert machine.alarms == ""
    result = run([machine.sinkzone, "check-module", "--unbound-conf", config, "--unbound", machine.program, "-c", machine.site.path,
                  "--write-include", machine.include])
    assert f"warn  {own}:2: module-config names dynlib: remove that" in result.stdout and result.stderr == ""
    machine.site.stop()
    shutil.rmtree(machine.modules)
    result = check(machine, config)
    assert result.returncode == 0 and "ALARM: Unbound starts WITHOUT" in result.stderr
    assert starts(machine, config)


@pytest.mark.parametrize("other", ["ours", "of another build", "gone", "stock"])
def test_a_module_of_the_operators_own_behind_ours(machine, other):
    """Nothing of it is loaded by us, but Unbound starts if it can."""
    file = machine.module_file()
    (machine.conf_d / "zzz.conf").write_text(
        f'server:\n    module-config: "dynlib validator iterator"\ndynlib:\n    dynlib-file: "{file}"\n')
    machine.site.compile()
    config = machine.start().config
    assert f"ALARM: Unbound starts WITHOUT unbound-sinkhole: {machine.conf_d}/zzz.conf:4: dynlib-file is {file}" in machine.alarms
    machine.site.stop()
    if other == "of another build":
        other_module(machine)
    elif other == "gone":
        file.unlink()
    elif other == "stock":
        machine.install(program=stock(), module=None)
    result = check(machine, config)
    assert (result.returncode == 0) == ("NOT start" not in result.stderr) == (other == "ours")
    assert starts(machine, config) == (other == "ours")


def test_reload_while_another_program_lies_on_disk(machine):
    """The include must be for the program that runs, not for the one that an upgrade has put there."""
    machine.site.compile()
    resolver = machine.start()
    machine.site.await_list()
    machine.install(program=stock(), module=None)
    taken = machine.site.lists_taken()
    machine.execute("ExecReload", resolver.config, resolver.pid)
    machine.site.await_list(after=taken)
    wait_for(intercepted, "an intercepted answer after the reload")
    assert resolves()


def reloaded(resolver):
    return resolver.log().count("start of service") > 1


def test_a_reload_with_the_same_modules_is_one(machine):
    machine.site.compile()
    resolver = machine.start()
    machine.execute("ExecReload", resolver.config, resolver.pid)
    wait_for(lambda: reloaded(resolver), "the reload")
    assert not machine.restarts.exists()


@pytest.mark.parametrize("change", ["ours", "the operator's"])
def test_another_list_of_modules_takes_a_restart(machine, change):
    """Unbound 1.21 to 1.24 corrupt their memory when a reload changes the list. Our own part of it goes when the module does."""
    machine.site.compile()
    resolver = machine.start()
    if change == "ours":
        shutil.rmtree(machine.modules)
    else:
        own = machine.conf_d / "own.conf"
        own.write_text('server:\n    module-config: "respip validator iterator"\n')
    machine.execute("ExecReload", resolver.config, resolver.pid)
    assert machine.restarts.read_text() == "restart unbound.service\n"
    assert "is restarted" in machine.alarms and not reloaded(resolver)
    machine.restart()
    machine.execute("ExecReload", machine.site.daemons[-1].config, machine.site.daemons[-1].pid)
    wait_for(lambda: reloaded(machine.site.daemons[-1]), "the reload")
    assert len(machine.restarts.read_text().splitlines()) == 1


def test_a_reload_that_would_end_the_resolver_is_refused(machine):
    (machine.conf_d / "zzz.conf").write_text('server:\n    module-config: "dynlib validator iterator"\n')
    machine.site.compile()
    resolver = machine.start()
    machine.site.await_list()
    shutil.rmtree(machine.modules)
    machine.execute("ExecReload", resolver.config, resolver.pid)
    assert "Unbound will NOT start until" in machine.alarms
    assert resolves() and intercepted()
    assert not machine.restarts.exists() and not reloaded(resolver)


@pytest.mark.parametrize("program", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\nkill -9 $$\n", None])
def test_a_reload_goes_on_whatever_becomes_of_the_check(machine, program):
    machine.site.compile()
    resolver = machine.start()
    machine.sinkzone = machine.site.directory / "sinkzone"
    if program is not None:
        machine.sinkzone.write_text(program)
        machine.sinkzone.chmod(0o755)
    machine.execute("ExecReload", resolver.config, resolver.pid)
    wait_for(lambda: reloaded(resolver), "the reload")


def test_a_configuration_that_cannot_be_read_does_not_end_the_resolver(machine):
    """Unbound ends when it reloads one."""
    machine.site.compile()
    resolver = machine.start()
    (machine.conf_d / "own.conf").write_text("server:\n    no-such-option: yes\n")
    machine.execute("ExecReload", resolver.config, resolver.pid)
    assert "no-such-option" in machine.alarms
    assert resolves() and intercepted()
    assert not machine.restarts.exists() and not reloaded(resolver)
