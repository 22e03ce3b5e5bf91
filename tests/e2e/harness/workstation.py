# SPDX-License-Identifier: BSD-3-Clause
"""A host of the network, with an address of its own.

A program without an option for the address to call from is run as a user of its own, and a rule of the kernel's routing
gives that user the address. It has no IPv6, so that it cannot call from another address than its own. Works within
in-namespace alone.
"""

import itertools
import os
import subprocess

from harness.daemon import environment, run

NETWORKS = ("10.0.0.0/8", "198.51.100.0/24")
users = itertools.count(20001)


class Workstation:
    def __init__(self, address, directory):
        """directory: is made; its home, which it may write."""
        self.address, self.user, self.home = address, next(users), directory
        directory.mkdir(parents=True)
        self.own(directory)
        for network in NETWORKS:
            ip("route", "add", "table", self.user, "local", network, "dev", "lo", "src", address)
        of_user = ("pref", "50", "uidrange", f"{self.user}-{self.user}")
        ip("rule", "add", *of_user, "lookup", self.user)
        ip("-6", "rule", "add", *of_user, "unreachable")

    @property
    def prefix(self):
        """The words before a command that this host is to run."""
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]

    def own(self, path):
        os.chown(path, self.user, self.user)

    def run(self, *words, **options):
        """A program that ends by itself; options: harness.daemon.run's."""
        return run([*self.prefix, *words], cwd=self.home, HOME=self.home, **options)

    def start(self, *words):
        """A program that stays: it answers each line on its standard input with one."""
        return subprocess.Popen([*self.prefix, *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                cwd=self.home, env=environment(HOME=self.home))


def ip(*words):
    run(["ip", *words], check=0)
