# SPDX-License-Identifier: BSD-3-Clause
"""What was built, and the addresses of the namespace (see in-namespace)."""

import os
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("USH_BUILD", SOURCE / "build/dev")).resolve()
SANITIZED = "asan" in BUILD.name or "tsan" in BUILD.name
UNBOUND_TREE = Path(
    os.environ.get("USH_UNBOUND_TREE", SOURCE / "build/unbound" / ("current-asan" if "asan" in BUILD.name else "current"))
)

SINKZONE = BUILD / "zones/sinkzone"
MODULE = BUILD / "module/unbound-sinkhole.so"
SINKHOLED = BUILD / "sinkhole/sinkholed"
SINKCTL = BUILD / "sinkhole/sinkctl"
SINKWATCH = BUILD / "sinkhole/sinkwatch"
UNBOUND = UNBOUND_TREE / "sbin/unbound"
UNBOUND_CONTROL = UNBOUND_TREE / "sbin/unbound-control"
UNBOUND_CHECKCONF = UNBOUND_TREE / "sbin/unbound-checkconf"

FEEDS = SOURCE / "zones/feeds"
EMDIVI_FEED = FEEDS / "emdivi.yaml"
NEVER_BLOCK_FEED = FEEDS / "never-block.yaml"
NEVER_BLOCK = ("--never-block", NEVER_BLOCK_FEED)  # words for sinkzone compile
ZONES = SOURCE / "tests/data/zones"

AUTHORITY = "10.53.0.53"  # NSD
RESOLVER = "10.53.0.1"  # Unbound with the module
RESOLVER6 = "2001:db8:53::1"  # the same
PLAIN = "10.53.0.2"  # the same Unbound without it
PEER = "10.53.0.4"  # another without it, for one test file
SECOND = "10.53.0.5"  # another with it, of another sensor
POOL4 = "198.51.100.0/24"
POOL6 = "2001:db8:83::/64"
GENUINE4 = "203.0.113.80"  # what the authority says for every site of the "internet"
GENUINE6 = "2001:db8:f::80"


def client(number):
    """A client's address; every number is another host."""
    return f"10.10.{number // 250}.{number % 250 + 1}"
