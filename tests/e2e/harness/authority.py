# SPDX-License-Identifier: BSD-3-Clause
"""NSD as the authoritative side: a root, some top-level domains and the test zones."""

import shutil

from harness import paths
from harness.daemon import Daemon, listening, run

UNSIGNED = ("root", "com", "jp", "test", "example.test", "other.test", "plain.signed.test", "bogus.signed.test")
SIGNED = ("sub.signed.test", "signed.test")  # a child before its parent
ZONES = UNSIGNED + SIGNED


class Nsd(Daemon):
    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        for zone in ZONES:
            shutil.copy(paths.ZONES / f"{zone}.zone", directory)
        ds = sign(directory, "sub.signed.test")
        with open(directory / "signed.test.zone", "a") as parent:
            parent.write(ds.read_text())
        self.trust_anchor = sign(directory, "signed.test")
        config = directory / "nsd.conf"
        config.write_text(
            f"""server:
    ip-address: {paths.AUTHORITY}
    username: ""
    chroot: ""
    zonesdir: "{directory}"
    zonelistfile: "{directory}/zone.list"
    database: ""
    pidfile: ""
    xfrdfile: "{directory}/xfrd.state"
    xfrdir: "{directory}"
    server-count: 1
    rrl-ratelimit: 0
    minimal-responses: no
remote-control:
    control-enable: no
"""
            + "".join(
                f'zone:\n    name: "{"." if zone == "root" else zone}"\n'
                f'    zonefile: "{zone}.zone{".signed" if zone in SIGNED else ""}"\n'
                for zone in ZONES
            )
        )
        super().__init__("nsd", ["nsd", "-d", "-c", config], directory)
        self.wait_ready(lambda: listening(53, tcp=True))


def sign(directory, zone):
    """Signs directory/zone.zone; returns the file of its trust anchor, a DS record."""
    key = run(["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone], check=0, cwd=directory).stdout.strip()
    run(["ldns-signzone", "-n", "-i", "20200101", "-e", "20400101", f"{zone}.zone", key], check=0, cwd=directory)
    return directory / f"{key}.ds"
