# SPDX-License-Identifier: BSD-3-Clause
"""Settings with feeds under update:, and what sinkzone update and status say of them."""

import json

import yaml

from harness import paths
from harness.daemon import run


class Feeds:
    def __init__(self, directory):
        self.directory = directory
        self.settings = directory / "sinkhole.yaml"
        self.database = directory / "blocklist.db"
        self.copies = directory / "feeds"
        self.sources = []

    def add(self, name, **source):
        self.sources.append({"name": name, **source})

    def file(self, name, text, **source):
        path = self.directory / f"{name}.txt"
        path.write_text(text)
        self.add(name, file=str(path), **source)
        return path

    def update(self, *options, check=0):
        self.settings.write_text(yaml.safe_dump({"module": {"database": "blocklist.db"}, "update": {
            "directory": "feeds", "feeds": self.sources}}))
        return run([paths.SINKZONE, "update", "-c", self.settings, *options], check=check)

    def status(self):
        result = run([paths.SINKZONE, "status", "-c", self.settings, "--json"])
        feeds = {feed["feed"]: feed for feed in map(json.loads, result.stdout.splitlines())}
        assert result.returncode == (1 if {feed["state"] for feed in feeds.values()} - {"ok"} else 0)
        return feeds

    def states(self):
        return {name: feed["state"] for name, feed in self.status().items()}

    def lists(self, name):
        return run([paths.SINKZONE, "lookup", "-q", self.database, name]).returncode == 0


def names(count, stem="host"):
    return "".join(f"{stem}{i}.example.com\n" for i in range(count))
