# SPDX-License-Identifier: BSD-3-Clause
"""What alerts are sent to: a web server, a mail server, a syslog daemon."""

import base64
import contextlib
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import ssl
import threading

from aiosmtpd.controller import Controller

from harness.daemon import Daemon, run, wait_for


class Webhook:
    """An HTTPS server that checks each request as Standard Webhooks says. `status`: its answer. While it is down, nothing
    listens. `requests`: all that came while it was up; `messages`: those that it took. It ends TLS without a word, as many
    servers do; is_cut: its answers are shorter than they say. env: of the program that makes its certificate, which is
    valid from the clock's time on."""

    def __init__(self, directory, port, secret, **env):
        self.port, self.secret, self.status, self.is_cut = port, secret, 200, False
        self.requests, self.messages, self.server = [], [], None
        self.on_request = lambda: None  # called before a request is answered
        self.key, self.certificate = directory / "hook.key", directory / "hook.pem"
        run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90",
             "-subj", "/CN=hook.test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", self.key, "-out",
             self.certificate], check=0, **env)

    def up(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.take(self.headers, body)
                outer.on_request()
                self.send_response(outer.status)
                if outer.is_cut:
                    self.send_header("Content-Length", "100")
                self.end_headers()

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def down(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        self.server = None

    def __enter__(self):
        return self.up()

    def __exit__(self, *_):
        self.down()

    def take(self, headers, body):
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.new(self.secret, signed, hashlib.sha256).digest()).decode()
        assert headers["Content-Type"] == "application/json"
        message = json.loads(body)
        self.requests.append((headers["webhook-id"], self.status, hmac.compare_digest(headers["webhook-signature"], "v1," + wanted)))
        if 200 <= self.status < 300:
            self.messages.append(message)

    def of_host(self, host):
        """The messages about it that were taken."""
        return [m for m in self.messages if m.get("host") == host]

    def wait(self, count, what, seconds=15):
        return wait_for(lambda: len(self.messages) >= count and self.messages, what, seconds)


class Mailbox:
    """A mail server that refuses GONE. messages: (recipients, message)."""

    GONE = "gone@example.net"

    def __init__(self, port):
        self.messages = []
        self.controller = Controller(self, hostname="127.0.0.1", port=port)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == self.GONE:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 taken"

    async def handle_DATA(self, server, session, envelope):
        self.messages.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 taken"

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop()


@contextlib.contextmanager
def rsyslog(directory):
    """A daemon that writes what it understood of each line as JSON. Yields its socket and a function that reads them."""
    socket, out, settings = directory / "log.socket", directory / "syslog.jsonl", directory / "rsyslog.conf"
    settings.write_text(f"""
global(workDirectory="{directory}" processInternalMessages="on")
module(load="imuxsock" sysSock.use="off")
module(load="mmpstrucdata")
input(type="imuxsock" Socket="{socket}" UseSpecialParser="off" ParseHostname="on")
template(name="read" type="list") {{ property(name="jsonmesg") constant(value="\\n") }}
action(type="mmpstrucdata")
action(type="omfile" file="{out}" template="read" asyncWriting="off")
""")
    daemon = Daemon("rsyslogd", ["rsyslogd", "-n", "-f", settings, "-i", directory / "rsyslog.pid"], directory)
    daemon.wait_ready(socket.exists)

    def lines():
        return [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []

    try:
        yield socket, lines
    finally:
        daemon.stop()
