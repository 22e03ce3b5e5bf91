# SPDX-License-Identifier: BSD-3-Clause
"""More hosts than a page holds, and more of one host."""

import json
import re

import pytest

from harness import paths
from harness.ask import ask
from harness.site import Site
from harness.watch import Watch, host_rows

LISTED = "www.kaerunote.com"
HOSTS = [f"10.{80 + n // 250}.0.{n % 250 + 1}" for n in range(2345)]
BUSY, NAMES = HOSTS[-1], [LISTED, *(f"n{n}.{LISTED}" for n in range(2200))]


@pytest.fixture(scope="module")
def watch(authority, tmp_path_factory):
    """The line of a real resolver, once for each host."""
    site = Site(tmp_path_factory.mktemp("many"), authority).write()
    site.compile()
    resolver = site.resolver()
    site.await_list()
    ask(LISTED, source=paths.client(1))
    site.await_dns(source=paths.client(1))
    resolver.stop()
    line = next(line for line in site.dns_log.read_text().splitlines() if f'"{paths.client(1)}"' in line)
    with open(site.dns_log, "a") as log:
        for number, (host, name) in enumerate([*((host, LISTED) for host in HOSTS), *((BUSY, name) for name in NAMES[1:])]):
            identity = re.search(r'"id":"([^"]*)"', line)[1]
            new = identity.rsplit("-", 1)[0] + f"-{100000 + number}"
            new_line = line.replace(identity, new).replace(f'"{paths.client(1)}"', f'"{host}"')
            log.write(new_line.replace(f'"name":"{LISTED}"', f'"name":"{name}"').replace(f'/{LISTED}"', f'/{name}"') + "\n")
    with Watch(site) as watch:
        watch.await_hosts(lambda rows: len(rows) == 1000, "the first hosts")
        yield watch
    site.stop()


def test_pages_follow_each_other_and_show_each_host_once(watch):
    seen, path, pages = [], "/?lang=en", 0
    while path:
        page = watch.page(path)
        seen += [row[1] for row in host_rows(page)]
        following = re.search(r'href="([^"]*)" rel="next"', page)
        path = following and following[1].replace("&amp;", "&")
        pages += 1
    assert pages == 24 and len(seen) == len(set(seen)) == len(HOSTS) + 1
    assert set(seen) == {*HOSTS, paths.client(1)}
    assert "<bdi>2301</bdi>–<bdi>2346</bdi> of <bdi>2346</bdi>" in page and 'rel="prev"' in page


def test_programs_get_all_of_them_in_parts(watch):
    seen, start = [], 0
    while start is not None:
        answer = watch.json(f"/hosts.json?from={start}")
        seen += [row["host"] for row in answer["hosts"]]
        start = answer.get("next_from")
    assert len(seen) == len(set(seen)) == len(HOSTS) + 1


def test_programs_get_all_of_a_host_in_parts(watch):
    seen, start, sizes = [], 0, []
    while start is not None:
        answer = watch.json(f"/host/{BUSY}.json?from={start}")
        assert answer["host"] == BUSY and len(answer["calls"]) == 1 and len(answer["rules"]) == len(answer["timeline"])
        seen += [sighting["what"].split()[0] for sighting in answer["timeline"]]
        sizes.append(len(answer["timeline"]))
        start = answer.get("next_from")
    assert sizes == [1000, 1000, 201] and sorted(seen) == sorted(NAMES)
    whole = json.loads(watch.site.sinkctl("host", BUSY, "--json", "--no-store"))
    assert len(whole["timeline"]) == len(NAMES) and "next_from" not in whole


def test_a_page_shows_so_much_of_a_host_and_says_how_much_more(watch):
    page = watch.page(f"/host/{BUSY}?lang=en")
    assert page.count("<tr><td><code>") == 200 and "and <bdi>2001</bdi> more" in page and len(page) < 400_000


def test_a_network_from_which_nothing_arrives_stands_on_top(watch):
    page = watch.page("/?lang=en")
    assert re.search(r"10\.8\d\.0\.0/24</bdi>: <bdi>250</bdi> questions, 0 contacts", page)
    assert "<a href=\"/sensors?lang=en\">" in page
    assert page.count("questions, 0 contacts") == 3 and "10.89.0.0/24" in watch.page("/sensors")
