# SPDX-License-Identifier: BSD-3-Clause
"""A real Chromium without a window, led by the DevTools protocol over a pipe: messages are JSON with a zero behind each."""

import base64
import fcntl
import itertools
import json
import os
import select
import subprocess
import time

from harness.daemon import environment

PROGRAM = "chromium"
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-default-apps", "--metrics-recording-only", "--mute-audio", "--remote-debugging-pipe",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
]
SECONDS = 60
RESOLVED = None


def where(hosts):
    """The names under test and where they lead; nothing else leads anywhere. A browser asks hosts of its own choice, in
    spite of its flags, and another release asks others: none of that may reach the sinkhole or the resolver."""
    maps = [f"MAP {host} {to}" for host, to in hosts.items() if to is not RESOLVED]
    excluded = [f"EXCLUDE {host}" for host, to in hosts.items() if to is RESOLVED]
    return "--host-resolver-rules=" + ", ".join([*maps, *excluded, "MAP * ~NOTFOUND"])


class Chromium:
    """One browser with one page.

    hosts: for each host that it may reach the address (or ADDRESS:PORT) where it is; RESOLVED if the browser is to ask
    the machine's resolver, or if the host is an address. Of a name with both kinds of addresses a release may take
    either; a test that knows its host by one kind names the address. flags: further ones of Chromium's. before: the words before its
    command (a harness.workstation.Workstation's prefix)."""

    def __init__(self, profile, hosts, *flags, language="ja", before=()):
        theirs_in, self.to = os.pipe()
        self.back, theirs_out = os.pipe()
        # Out of the way of the descriptors 3 and 4, which the browser wants them on.
        fds = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (theirs_in, theirs_out)]
        argv = [*before, PROGRAM, *FLAGS, where(hosts), f"--lang={language}", f"--accept-lang={language}",
                f"--user-data-dir={profile}", *flags, "about:blank"]
        self.log_path = profile / "chromium.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", f'exec "$@" 3<&{fds[0]} 4>&{fds[1]}', "bash", *argv], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, pass_fds=fds, env=environment(HOME=profile, LANGUAGE=language))
        for fd in (theirs_in, theirs_out, *fds):
            os.close(fd)
        self.numbers, self.buffer, self.events, self.session = itertools.count(1), b"", [], None
        page = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        self.call("Page.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session = None
        try:
            self.call("Browser.close")
            self.process.wait(SECONDS)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.to)
        os.close(self.back)

    def call(self, method, **parameters):
        """Returns the answer; what happens meanwhile goes to self.events."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next_message(SECONDS)
            assert answer, f"no answer to {method}: {self.log_path.read_text(errors='replace')[-2000:]}"
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def next_message(self, seconds):
        """None if there is none in time."""
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.back], [], [], max(0, end - time.monotonic()))
            piece = os.read(self.back, 65536) if ready else b""
            if not piece:
                return None
            self.buffer += piece
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def await_event(self, method):
        end = time.monotonic() + SECONDS
        while not any(e.get("method") == method for e in self.events):
            message = self.next_message(max(0, end - time.monotonic()))
            assert message, f"no {method}"
            self.events.append(message)

    def open(self, url):
        """Returns what the browser says is wrong; None if nothing is."""
        self.events.clear()
        error = self.call("Page.navigate", url=url).get("errorText")
        self.await_event("Page.loadEventFired")
        return error

    def evaluate(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def text(self):
        return self.evaluate("document.body.innerText")

    def html(self):
        """As it stands in the browser; asked for without a script."""
        node = self.call("DOM.getDocument")["root"]["nodeId"]
        return self.call("DOM.getOuterHTML", nodeId=node)["outerHTML"]

    def resize(self, width, height, mobile):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)

    def screenshot(self, path):
        """As PNG; returns its bytes."""
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        path.write_bytes(data)
        return data
