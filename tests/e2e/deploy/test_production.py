# SPDX-License-Identifier: BSD-3-Clause
"""As resolvers are run: as a user without rights, in a chroot."""

import os
import pwd
import shutil
import types
from pathlib import Path

import pytest
import yaml

from harness import paths
from harness.ask import addresses, ask
from harness.daemon import run, wait_for
from harness.resolver import Unbound
from harness.site import let_everybody_through

LISTED = "www.kaerunote.com"
SOURCE = paths.client(820)


def sinkholed(answer):
    found = addresses(answer)
    return len(found) == 1 and found[0].startswith("198.51.100.")


class Jail:
    """Settings, module, list and log in a chroot, everything but the log belonging to root."""

    def __init__(self, site, authority):
        self.root = site.directory / "jail"
        self.log = self.root / "var/log/unbound-sinkhole/dns/dns.jsonl"
        self.database = self.root / "var/lib/unbound-sinkhole/blocklist.db"
        for path in (self.log.parent, self.database.parent, self.root / "etc/unbound-sinkhole", self.root / "usr/lib"):
            path.mkdir(parents=True)
        shutil.copy(paths.MODULE, self.root / "usr/lib/unbound-sinkhole.so")
        site.settings["module"] |= {"database": self.inside(self.database), "event-log": self.inside(self.log)}
        (self.root / "etc/unbound-sinkhole/sinkhole.yaml").write_text(yaml.safe_dump(site.settings))
        self.trust_anchor = self.root / "anchor.ds"
        shutil.copy(authority.trust_anchor, self.trust_anchor)
        os.chown(self.log.parent, pwd.getpwnam("unbound").pw_uid, -1)
        let_everybody_through(self.root)

    def inside(self, path):
        return "/" + str(path.relative_to(self.root))


@pytest.mark.parametrize("chroot", [False, True], ids=["user", "chroot"])
@pytest.mark.parametrize("threads", [1, 4])
def test_as_a_user_without_rights(site, authority, threads, chroot):
    jail = Jail(site, authority)
    settings = Path("/etc/unbound-sinkhole/sinkhole.yaml")
    module = Path("/usr/lib/unbound-sinkhole.so")
    if not chroot:
        site.settings["module"] |= {"database": str(jail.database), "event-log": str(jail.log)}
        settings = jail.root / "etc/unbound-sinkhole/sinkhole.yaml"
        settings.write_text(yaml.safe_dump(site.settings))
        module = jail.root / "usr/lib/unbound-sinkhole.so"
    run([paths.SINKZONE, "compile", "-o", jail.database, paths.EMDIVI_FEED], check=0)
    resolver = Unbound(jail.root, types.SimpleNamespace(trust_anchor=jail.trust_anchor), settings=settings, module=module,
                       threads=threads, username="unbound", chroot=str(jail.root) if chroot else "")
    site.daemons.append(resolver)
    site.dns_log = jail.log
    site.await_list()

    status = Path(f"/proc/{resolver.pid}/status").read_text()
    uid = pwd.getpwnam("unbound").pw_uid
    assert f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}" in status
    assert Path(f"/proc/{resolver.pid}/root").resolve() == (jail.root if chroot else Path("/"))
    assert sinkholed(ask(LISTED, source=SOURCE))
    assert site.await_dns(source=SOURCE)[0]["sinkhole"]["campaign"] == "emdivi"
    assert jail.log.stat().st_uid == uid and jail.log.stat().st_mode & 0o007 == 0

    # Without /proc it is not known which boot this is; the clock is, as no filter is in the way.
    state = site.states()[0]["sinkhole"]
    assert isinstance(state["clock_synchronised"], bool) and ("boot_id" in state) == (not chroot)

    # What root changes from outside is seen inside, and rotation works without rights on the directory above.
    feed = site.feed("new.txt", "www.example.test\n")
    run([paths.SINKZONE, "compile", "-o", jail.database, paths.EMDIVI_FEED, feed], check=0)
    site.await_list(after=1)
    assert sinkholed(ask("www.example.test", source=SOURCE))
    jail.log.rename(jail.log.with_suffix(".1"))
    wait_for(jail.log.exists, "a new log")
    assert sinkholed(ask(LISTED, source=SOURCE))
    assert site.await_dns(source=SOURCE)
    taken = site.lists_taken()
    resolver.control("reload")
    site.await_list(after=taken)
    wait_for(lambda: sinkholed(ask(LISTED, source=SOURCE)), "an intercepted answer after the reload")
