# SPDX-License-Identifier: BSD-3-Clause
"""The resolvers under test: one Unbound binary, one configuration but for the list."""

import lists
from rig import MODULE, UNBOUND, UNBOUND_CONTROL, Missing, client, program, tool

AUTHORITY_PORT = 5390
PORTS = {"none": 5310, "ours": 5311, "rpz": 5312, "local-zone": 5313, "passive": 5314, "unlogged": 5315}
CHAINS = {"none": "iterator", "ours": "dynlib iterator", "passive": "dynlib iterator", "rpz": "respip iterator",
          "local-zone": "iterator", "unlogged": "iterator"}
TEXT = {"none": "no list", "ours": "this module", "passive": "this module with a passive record", "rpz": "stock RPZ",
        "local-zone": "stock local-zone", "unlogged": "stock local-zone that logs nothing"}


def start_authority(rig):
    """NSD: any name under zero, one and three.example exists, behind that many CNAMEs."""
    directory = rig.directory
    (directory / "example.zone").write_text(
        "$ORIGIN example.\n$TTL 86400\n@ SOA ns hostmaster 1 3600 600 86400 3600\n@ NS ns\nns A 192.0.2.53\n"
        "*.zero A 203.0.113.1\n*.one CNAME end\n*.three CNAME p1\np1 CNAME p2\np2 CNAME end\nend A 203.0.113.2\n"
    )
    (directory / "nsd.conf").write_text(
        f"""server:
  ip-address: 127.0.0.1@{AUTHORITY_PORT}
  username: ""
  chroot: ""
  zonesdir: "{directory}"
  zonelistfile: "{directory}/nsd.list"
  database: ""
  pidfile: ""
  xfrdfile: "{directory}/nsd.xfrd"
  xfrdir: "{directory}"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "example"
  zonefile: "example.zone"
"""
    )
    daemon = rig.start("nsd", [tool("nsd"), "-d", "-c", directory / "nsd.conf"], core=1)
    client([program("prober"), "first", AUTHORITY_PORT, "a.zero.example", "any", 20])
    return daemon


class Resolver:
    """system: none, ours, passive (ours, with a passive record), rpz, local-zone or unlogged (local-zone, whatever
    log_queries says). `data` is its list: a database, a zone, a configuration."""

    def __init__(self, rig, system, data=None, log_queries=False, cache_mb=16, core=0, threads=1):
        has_module = system in ("ours", "passive")
        if has_module and not MODULE.exists():
            raise Missing(f"no {MODULE.name} in the build: build it beside an Unbound of deploy/build-unbound")
        self.rig, self.system, self.data, self.core, self.threads = rig, system, data, core, threads
        self.port = PORTS[system]
        self.query_log = rig.directory / f"{system}.log"
        self.events = rig.directory / ("dns" if system == "ours" else f"dns-{system}") / "dns.jsonl"
        self.events.parent.mkdir(exist_ok=True)
        self.config = rig.directory / f"{system}.conf"
        self.config.write_text(self.configuration(log_queries, cache_mb))
        self.settings = rig.directory / ("sinkhole.yaml" if system == "ours" else f"{system}.yaml")
        if has_module:
            self.settings.write_text(
                f"observer: bench\nmodule:\n  database: {data}\n  event-log: {self.events}\n"
                f"  sinkhole-addresses: [{lists.PREFIX}/24]\n"
                + ("  passive: hours\n  passive-directory: passive\n" if system == "passive" else "")
            )

    def configuration(self, log_queries, cache_mb):
        logs = "yes" if log_queries else "no"
        dynlib = f'dynlib:\n  dynlib-file: "{MODULE}"\n'
        extra = {"none": "", "ours": dynlib, "passive": dynlib, "local-zone": "", "unlogged": "",
                 "rpz": f"rpz:\n  name: rpz.test\n  zonefile: {self.data}\n  rpz-log: {logs}\n"}
        zones = f'  include: "{self.data}"\n' if self.system in ("local-zone", "unlogged") else ""
        if self.system == "local-zone" and log_queries:
            zones += "  log-local-actions: yes\n"
        return f"""server:
  interface: 127.0.0.1
  port: {self.port}
  num-threads: {self.threads}
  username: ""
  chroot: ""
  directory: "{self.rig.directory}"
  pidfile: ""
  use-syslog: no
  logfile: "{self.query_log}"
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  msg-cache-size: {cache_mb}m
  rrset-cache-size: {2 * cache_mb}m
  module-config: "{CHAINS[self.system]}"
{zones}remote-control:
  control-enable: yes
  control-interface: {self.rig.directory}/{self.system}.ctl
  control-use-cert: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{AUTHORITY_PORT}
{extra[self.system]}"""

    def start(self):
        self.query_log.write_text("")
        self.daemon = self.rig.start(self.system, [UNBOUND, "-d", "-c", self.config], self.core,
                                     UNBOUND_SINKHOLE_CONF=self.settings)
        return self

    def await_first(self, name, prefix, seconds=600):
        """Seconds from its start to the first answer with such an address ("any": to any answer)."""
        at = int(client([program("prober"), "first", self.port, name, prefix, seconds]))
        return at / 1e9 - self.daemon.started

    def stop(self):
        self.rig.stop(self.daemon)

    def control(self, *words):
        return client([UNBOUND_CONTROL, "-c", self.config, *words], core=None)

    def empty_logs(self):
        """Between rounds: a log of gigabytes would measure the disk."""
        for path in (self.query_log, self.events):
            if path.exists():
                with open(path, "r+") as file:
                    file.truncate(0)


def lines_of(path):
    """Lines of a log, without holding it in memory."""
    if not path.exists():
        return 0
    count = 0
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            count += block.count(b"\n")
    return count
