# SPDX-License-Identifier: BSD-3-Clause
"""dnsperf, one round at a time."""

import re

from rig import client, tool


def dnsperf(port, questions, *options, sockets=8):
    return client([tool("dnsperf"), "-s", "127.0.0.1", "-p", port, "-d", questions, "-c", sockets, *options])


def ask(port, questions, seconds, in_flight=64, sockets=8):
    """Answers, answers per second, lost. With one socket one thread of the server does all the work."""
    text = dnsperf(port, questions, "-l", seconds, "-q", in_flight, "-t", 2, sockets=sockets)
    number = {key: float(re.search(rf"{key}:\s+([\d.]+)", text)[1])
              for key in ("Queries completed", "Queries per second", "Queries lost")}
    return number["Queries completed"], number["Queries per second"], number["Queries lost"]


def ask_once(port, questions, sockets=8):
    """Every question of the file once: fills the cache. Answers."""
    text = dnsperf(port, questions, "-n", 1, "-q", 64, "-t", 5, sockets=sockets)
    return float(re.search(r"Queries completed:\s+(\d+)", text)[1])
