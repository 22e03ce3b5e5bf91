# SPDX-License-Identifier: BSD-3-Clause
"""Runs the parts one after the other and prints what they found. Started by `run`."""

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import exchange
import flood
import ingest
import listed
import load
import lookup
import page
import sinkhole
import soak
import swap
import unlisted
from rig import CLIENT_CORE, Missing, Rig

PARTS = {"load": load, "lookup": lookup, "swap": swap, "listed": listed, "unlisted": unlisted, "sinkhole": sinkhole,
         "flood": flood, "soak": soak, "ingest": ingest, "page": page, "exchange": exchange}


def machine():
    model = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    memory = int(open("/proc/meminfo").readline().split()[1]) >> 20
    system = os.uname()
    return f"{os.cpu_count()} cores ({model}), {memory} GiB, {system.sysname} {system.release}"


def main():
    arguments = argparse.ArgumentParser(add_help=False)
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("parts", nargs="*", metavar="PART")
    chosen = arguments.parse_args()
    for name in chosen.parts:
        if name not in PARTS:
            sys.exit(f"tests/bench/run: no part {name}; there are {', '.join(PARTS)}")

    print(f"{time.strftime('%F')}, {machine()}{', QUICK: not to be quoted' if chosen.quick else ''}\n")
    print("| measure | ours | against | ratio: median (least-most) | rounds |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    failed = False
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is stopped and removed
    os.sched_setaffinity(0, {CLIENT_CORE})  # whatever this program does itself is not the servers' burden
    with tempfile.TemporaryDirectory(prefix="ush-bench-", dir=os.environ.get("BENCH_DIR")) as directory:
        for name in chosen.parts or PARTS:
            rig = Rig(Path(directory), chosen.quick)
            try:
                for row in PARTS[name].measure(rig):
                    print(f"| {' | '.join(row)} |", flush=True)
            except Missing as missing:
                failed = True
                print(f"| {name} | not measured: {missing} | | | |", flush=True)
            finally:
                rig.stop()
    sys.exit(1 if failed else 0)


main()
