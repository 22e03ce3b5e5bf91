# SPDX-License-Identifier: BSD-3-Clause
"""Unbound, with or without the module. Everything else in its configuration is the same."""

import socket
from pathlib import Path

from harness import paths
from harness.daemon import ASAN_OPTIONS, Daemon, run


def has_server(address):
    """Unbound shares a port with others without a word: each would get some of the queries."""
    local = f"{int.from_bytes(socket.inet_aton(address), 'little'):08X}:{53:04X}"
    return any(line.split()[1] == local for line in Path("/proc/net/udp").read_text().splitlines()[1:])


class Unbound(Daemon):
    """The resolver at `address`, port 53. settings: sinkhole.yaml; None leaves the module out. module: None leaves it to
    `extra` whether it is loaded, chain: None to Unbound what it consists of. program: another Unbound. before(config) is called before the start. leak_check: False where Unbound itself loses memory. environment: more of it."""

    def __init__(self, directory, authority, address=paths.RESOLVER, settings=None, threads=1, chain="validator iterator",
                 module=paths.MODULE, extra="", expected_status=(0,), wait=True, name="unbound", program=paths.UNBOUND,
                 username="", chroot="", before=None, leak_check=True, environment=None):
        directory.mkdir(parents=True, exist_ok=True)
        self.address = address
        self.config = directory / f"{name}.conf"
        self.control_socket = directory / f"{name}.ctl"
        hints = directory / f"{name}.hints"
        hints.write_text(f". 3600000 NS ns.test.\nns.test. 3600000 A {paths.AUTHORITY}\n")
        with_module = settings is not None and module is not None
        module_config = f'module-config: "{"dynlib " if with_module else ""}{chain}"' if chain else ""
        self.config.write_text(
            f"""server:
    directory: "{directory}"
    chroot: "{chroot}"
    username: "{username}"
    pidfile: ""
    use-syslog: no
    logfile: ""
    verbosity: 1
    num-threads: {threads}
    interface: {address}
    {"interface: 2001:db8:53::1" if address == paths.RESOLVER else ""}
    outgoing-interface: {address}
    do-not-query-localhost: no
    access-control: 0.0.0.0/0 allow
    access-control: ::/0 allow
    local-zone: "test." nodefault
    root-hints: "{hints}"
    trust-anchor-file: "{authority.trust_anchor}"
    val-clean-additional: yes
    ede: yes
    msg-cache-size: 4m
    rrset-cache-size: 8m
    {module_config}
remote-control:
    control-enable: yes
    control-interface: {self.control_socket}
    control-use-cert: no
{f'dynlib:{chr(10)}    dynlib-file: "{module}"' if with_module else ""}
{extra}
"""
        )
        if before:
            before(self.config)
        assert not has_server(address), f"another server has {address}"
        env = dict(environment or {})
        if settings is not None:
            env["UNBOUND_SINKHOLE_CONF"] = settings
        if chroot or not leak_check:  # in a chroot it lacks /proc; the same run outside of one has it
            env["ASAN_OPTIONS"] = ASAN_OPTIONS.replace("detect_leaks=1", "detect_leaks=0")
        super().__init__(name, [program, "-d", "-c", self.config], directory, expected_status, **env)
        if wait:
            self.wait_ready(lambda: "start of service" in self.log())

    def control(self, *words, input=None):
        return run([paths.UNBOUND_CONTROL, "-c", self.config, *words], input=input, check=0).stdout

    def flush(self):
        """Forgets everything resolved so far."""
        self.control("flush_zone", ".")
