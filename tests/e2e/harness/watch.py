# SPDX-License-Identifier: BSD-3-Clause
"""sinkwatch on a site, and its page as a program asks for it."""

import html.parser
import http.client
import json
import signal

from harness import paths
from harness.daemon import Daemon, wait_for

PORT = 8053
BASE = f"http://127.0.0.1:{PORT}"


class Watch:
    """Started at once; asks nothing by itself. address: where the page listens. tls: what a client checks its certificate
    with (an ssl.SSLContext); None: plain HTTP. headers: of every request. before: the words that start it (setpriv and its
    options)."""

    def __init__(self, site, address="127.0.0.1", tls=None, headers=None, before=(), **env):
        self.site, self.env, self.before, self.starts = site, env, before, 0
        self.address, self.tls, self.headers = address, tls, headers or {}
        self.start()

    def start(self):
        self.starts += 1
        self.daemon = Daemon(f"sinkwatch-{self.starts}", [*self.before, paths.SINKWATCH, "-c", self.site.path],
                             self.site.directory, **self.env)
        self.daemon.wait_ready(self.answers)

    def answers(self):
        try:
            return self.ask().status != 503
        except OSError:
            return False

    def kill(self):
        """As the kernel does when memory is short."""
        self.daemon.expected_status = (-signal.SIGKILL,)
        self.daemon.signal(signal.SIGKILL)
        self.daemon.process.wait()
        self.daemon.check()

    def stop(self):
        self.daemon.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def ask(self, path="/", method="GET", **headers):
        """The whole answer; its text is in .text."""
        if self.tls:
            connection = http.client.HTTPSConnection(self.address, PORT, timeout=60, context=self.tls)
        else:
            connection = http.client.HTTPConnection(self.address, PORT, timeout=60)
        try:
            connection.request(method, path, headers={**self.headers, **headers})
            answer = connection.getresponse()
            answer.text = answer.read().decode()
            return answer
        finally:
            connection.close()

    def page(self, path="/", **headers):
        answer = self.ask(path, **headers)
        assert answer.status == 200, (path, answer.status, answer.text)
        return answer.text

    def json(self, path="/hosts.json"):
        return json.loads(self.page(path))

    def await_hosts(self, condition, what, seconds=20):
        """Waits until condition(rows by host) is true of the hosts; returns it."""

        def good():
            answer = self.ask("/hosts.json")
            return answer.status == 200 and condition({row["host"]: row for row in json.loads(answer.text)["hosts"]})

        return wait_for(good, what, seconds, pause=0.2)


class Rows(html.parser.HTMLParser):
    """The tables of a page: a list of texts for each row, cell by cell."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.cell = [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.cell = []

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(" ".join(" ".join(self.cell).split()))
            self.cell = None

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)


def host_rows(text):
    """Of a table of hosts: call, address and name, campaign; in the order of the page."""
    return [(row[0].split(" ")[0], row[3], row[4]) for row in Rows(text).rows if len(row) == 9][1:]
