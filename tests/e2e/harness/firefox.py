# SPDX-License-Identifier: BSD-3-Clause
"""A real Firefox without a window, led by its Marionette protocol: over TCP, each message is its length, a colon and JSON."""

import json
import socket
import subprocess

from harness.daemon import environment, wait_for

PROGRAM = "firefox-esr"
SECONDS = 60
# What it asks on its own behalf it is not to ask. What it asks all the same finds no host: the authority of the tests
# knows none of them, and there is no way out.
PREFERENCES = {
    "marionette.port": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.trr.mode": 5,
    "app.update.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "browser.aboutConfig.showWarning": False,
    "browser.startup.homepage": "about:blank",
    "intl.accept_languages": "ja,en-US,en",
}


class Firefox:
    """One browser with one page. workstation: the harness.workstation.Workstation that it runs on; it asks that one's resolver."""

    def __init__(self, workstation):
        self.profile = workstation.home / "firefox"
        self.profile.mkdir()
        lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});" for key, value in PREFERENCES.items()]
        (self.profile / "user.js").write_text("\n".join(lines))
        workstation.own(self.profile)
        with open(workstation.home / "firefox.log", "wb") as log:
            self.process = subprocess.Popen(
                [*workstation.prefix, PROGRAM, "--headless", "--marionette", "--no-remote", "--profile", self.profile, "about:blank"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(HOME=workstation.home), cwd=workstation.home)
        port = wait_for(self.port, "Firefox to listen", SECONDS)
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self.stream, self.number = self.socket.makefile("rb"), 0
        self.receive()  # its greeting
        self.call("WebDriver:NewSession", capabilities={"alwaysMatch": {"pageLoadStrategy": "normal"}})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Marionette:Quit", flags=["eForceQuit"])
            self.process.wait(SECONDS)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self.stream.close()
        self.socket.close()

    def port(self):
        """It writes the port that it chose."""
        assert self.process.poll() is None, "Firefox ended by itself"
        try:
            return int((self.profile / "MarionetteActivePort").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def receive(self):
        length = b""
        while not length.endswith(b":"):
            piece = self.stream.read(1)
            assert piece, "Firefox closed the connection"
            length += piece
        return json.loads(self.stream.read(int(length[:-1])))

    def call(self, command, **parameters):
        """Returns error (None if there is none) and result."""
        self.number += 1
        message = json.dumps([0, self.number, command, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self.receive()
        return error, result

    def open(self, url):
        """Returns what the browser says is wrong; None if nothing is."""
        error, _ = self.call("WebDriver:Navigate", url=url)
        return error and error["message"]

    def evaluate(self, expression):
        error, result = self.call("WebDriver:ExecuteScript", script=f"return {expression}", args=[])
        assert not error, error
        return result["value"]

    def text(self):
        return self.evaluate("document.body.innerText")

    def html(self):
        return self.evaluate("document.documentElement.outerHTML")
