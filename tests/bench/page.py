# SPDX-License-Identifier: BSD-3-Clause
"""Part page: how long the page of sinkwatch lets a browser wait when there are many hosts.

The events of a day of 100,000 hosts are read into the store, and sinkwatch is started again with the store as it is; then
each page is asked for again and again, while the logs grow and sinkwatch goes on reading them.
"""

import http.client
import time

from ingest import settings
from lookup import timed
from rig import BUILD, Missing, program, show

SINKWATCH = BUILD / "sinkhole/sinkwatch"
PORT = 8054
PAGES = {"the first page": "/", "a page in the middle": "/?from=50000", "a search that finds nothing": "/?find=nothing-at-all",
         "one host": "/host/{host}", "one host as JSON": "/host/{host}.json", "a campaign": "/campaign/campaign-1",
         "what is new": "/changes", "sensors": "/sensors", "the state as JSON": "/status.json", "1,000 hosts as JSON": "/hosts.json"}
AWAITED_S = 300


def ask(path):
    """Seconds, and the text; None while there is no answer yet."""
    started = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=600)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode()
        return time.monotonic() - started, text if answer.status == 200 else None
    except ConnectionRefusedError:
        return 0, None
    finally:
        connection.close()


def await_page(condition):
    """Seconds, and the text."""
    started = time.monotonic()
    while time.monotonic() - started < AWAITED_S:
        _, text = ask("/?lang=en")
        if text and condition(text):
            return time.monotonic() - started, text
        time.sleep(0.05)
    raise Missing(f"the page does not show the hosts after {AWAITED_S} s")


def measure(rig):
    directory = rig.directory / "page"
    directory.mkdir()
    path = settings(directory)
    path.write_text(path.read_text() + f"watch:\n  listen: 127.0.0.1:{PORT}\n")
    events, hosts = rig.choose((1000000, 100000), (20000, 2000))
    timed([program("events"), directory, events, hosts, 0])
    rounds = rig.choose(20, 5)
    daemon = rig.start("sinkwatch", [SINKWATCH, "-c", path])
    seconds, text = await_page(lambda text: "The logs are being read" not in text and "/host/" in text)
    yield (f"sinkwatch, from its start until it shows {events:,} events of {hosts:,} hosts", f"{seconds:.1f} s", "", "", "1")
    yield ("memory of that, at most", f"{daemon.memory('VmHWM') / 1e6:.0f} MB", "", "", "")
    rig.stop(daemon)
    daemon = rig.start("sinkwatch", [SINKWATCH, "-c", path])
    yield ("the same, with the store as it is", f"{await_page(lambda text: '/host/' in text)[0]:.1f} s", "", "", "1")
    host = text.split('href="/host/')[1].split("?")[0]
    for name, page in PAGES.items():
        times = []
        for _ in range(rounds):
            with open(directory / "dns.jsonl") as log:
                line = log.readline()
            with open(directory / "dns.jsonl", "a") as log:
                log.write(line)  # the log grows: the store and the overview are made anew meanwhile
            times.append(ask(page.format(host=host))[0] * 1000)
        yield (f"{name}, {hosts:,} hosts", show(times, "{:.0f}") + " ms", "", "", str(rounds))
    yield (f"memory of sinkwatch with {hosts:,} hosts, at most", f"{daemon.memory('VmHWM') / 1e6:.0f} MB", "", "", "")
