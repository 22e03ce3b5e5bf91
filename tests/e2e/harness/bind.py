# SPDX-License-Identifier: BSD-3-Clause
"""BIND as a consumer of a response policy zone."""

from harness import paths
from harness.daemon import Daemon, run

ADDRESS = "10.53.0.3"
# Two named of BIND 9.18 have one lock file unless they are told so; 9.20 has none, and does not know the option.
NO_LOCK_FILE = "lock-file none;" if "BIND 9.18." in run(["named", "-v"], check=0).stdout else ""


def start_bind(site, zone):
    """named with `zone` as its response policy; ready when the policy is in force."""
    config, hints = site.directory / "named.conf", site.directory / "consumer.hints"
    hints.write_text(f". 3600000 NS ns.test.\nns.test. 3600000 A {paths.AUTHORITY}\n")
    config.write_text(f"""options {{
    directory "{site.directory}"; pid-file none; session-keyfile none; {NO_LOCK_FILE}
    listen-on {{ {ADDRESS}; }}; listen-on-v6 {{ none; }}; query-source address {ADDRESS};
    recursion yes; allow-query {{ any; }}; allow-recursion {{ any; }}; dnssec-validation no;
    empty-zones-enable no; managed-keys-directory "{site.directory}"; qname-minimization off;
    response-policy {{ zone "rpz.sinkhole"; }};
}};
controls {{ }};
zone "." {{ type hint; file "{hints}"; }};
zone "rpz.sinkhole" {{ type primary; file "{zone}"; check-names ignore; }};
""")
    run(["named-checkconf", config], check=0)
    daemon = Daemon("named", ["named", "-g", "-c", config, "-n", "1"], site.directory)
    site.daemons.append(daemon)
    return daemon.wait_ready(lambda: "rpz.sinkhole: reload done: success" in daemon.log())
