# SPDX-License-Identifier: BSD-3-Clause
"""Resolvers that act on a response policy zone of ours. BIND is in bind.py, Unbound in resolver.py."""

from harness import paths
from harness.ask import ask, rcode
from harness.daemon import Daemon, run

CONSUMER = "10.53.0.3"


def kresd(site, zone):
    config = site.directory / "kresd.conf"
    config.write_text(f"""net.listen('{CONSUMER}', 53, {{ kind = 'dns' }})
trust_anchors.remove('.')
modules.load('policy')
modules.load('hints')
hints.root({{ ['ns.test.'] = {{ '{paths.AUTHORITY}' }} }})
policy.add(policy.rpz(policy.DENY, '{zone}'))
""")
    directory = site.directory / "kresd"
    directory.mkdir()
    daemon = Daemon("kresd", ["kresd", "-n", "-c", config, directory], site.directory)
    site.daemons.append(daemon)
    daemon.wait_ready(answers)


def pdns_recursor(site, zone):
    hints, lua = site.directory / "hints", site.directory / "recursor.lua"
    hints.write_text(f". 3600000 NS ns.test.\nns.test. 3600000 A {paths.AUTHORITY}\n")
    lua.write_text(f'rpzFile("{zone}", {{policyName="sinkhole"}})\n')
    (site.directory / "recursor.conf").write_text(f"""local-address={CONSUMER}
daemon=no
socket-dir={site.directory}
hint-file={hints}
dnssec=off
lua-config-file={lua}
setuid=root
setgid=root
query-local-address={CONSUMER}
security-poll-suffix=
dont-query=
threads=1
""")
    # Newer ones want YAML, which those of Debian 12 do not know yet.
    old = ["--enable-old-settings"] if "--enable-old-settings" in run(["pdns_recursor", "--help"]).stdout else []
    daemon = Daemon("recursor", ["pdns_recursor", f"--config-dir={site.directory}", *old], site.directory, expected_status=(0, -15))
    site.daemons.append(daemon)
    daemon.wait_ready(answers)


def answers(name="www.kaerunote.com"):
    try:
        return rcode(ask(name, source=paths.client(600), server=CONSUMER)) == "NOERROR"
    except Exception:  # noqa: BLE001 - it does not listen yet
        return False
