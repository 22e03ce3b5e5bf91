# SPDX-License-Identifier: BSD-3-Clause
"""Who calls the sinkhole."""

import functools
import operator
import socket
import ssl
import struct
import urllib.parse

from harness.daemon import run

EMDIVI_AGENT = "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; SV1; .NET CLR 2.0.50727.42)"
PROFILE = "?VER: t20.09.Koitochu.8530.7965.4444 | NT: 6.1.7601 [ja-JP] | MEM: 2048M | GMT(+9)"

# What Chromium sends over http: no Sec-Fetch-*, no br, no client hints.
BROWSER = [
    "Connection: keep-alive",
    "Upgrade-Insecure-Requests: 1",
    "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
    "Accept-Encoding: gzip, deflate",
    "Accept-Language: ja,en-US;q=0.9,en;q=0.8",
]


# What it sends for the page's icon.
BROWSER_ICON = [*(h for h in BROWSER if not h.startswith(("Upgrade", "Accept:"))),
                "Accept: image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"]


def emdivi_field(name, text):
    """One field as the family encodes it: XOR with the XOR of the name's bytes, then percent-encoding."""
    key = functools.reduce(operator.xor, name.encode())
    return name + "=" + urllib.parse.quote(bytes(b ^ key for b in text.encode()), safe="")


def emdivi(fields, delimiter=";"):
    return delimiter.join(emdivi_field(name, text) for name, text in fields)


def lokibot(stolen=None):
    """The body of a Loki-Bot request as it was published: type 0x28 asks for commands, 0x27 brings stolen logins."""
    def text(width, word):
        return struct.pack("<HI", width, len(word) * (width + 1)) + (word.encode("utf-16-le") if width else word.encode())

    body = struct.pack("<HH", 18, 0x28 if stolen is None else 0x27) + text(0, "ckav.ru")
    body += b"".join(text(1, word) for word in ("admin", "USER-PC", "USER-PC"))
    body += struct.pack("<IIHHHHHHH", 1280, 720, 1, 1, 0, 6, 1, 1, 43)
    body += b"" if stolen is None else struct.pack("<HHHHHI", 0, 1, 0, 0, 0, len(stolen))
    return body + text(1, "8569AAFF63AAA71D80400E25") + (stolen or b"")


def lokibot_request(host, body, *headers):
    return "\r\n".join([
        "POST /sky/five/fre.php HTTP/1.0", "User-Agent: Mozilla/4.08 (Charon; Inferno)", f"Host: {host}", "Accept: */*",
        "Content-Type: application/octet-stream", "Content-Encoding: binary", "Content-Key: 8DAA705A",
        *(headers or [f"Content-Length: {len(body)}"]), "Connection: close", "", ""]).encode() + body


def curl(url, to, source, *options, data=None, headers=(), timeout=10):
    """curl with the URL's host at the sinkhole address `to`. Returns status and body."""
    parts = urllib.parse.urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    argv = ["curl", "-sS", "--interface", source, "--resolve", f"{parts.hostname}:{port}:{to}", "--max-time", timeout,
            "-w", "\n%{http_code}", *options]
    for header in headers:
        argv += ["-H", header]
    if data is not None:
        argv += ["--data-binary", data]
    result = run([*argv, url], check=0)
    body, _, status = result.stdout.rpartition("\n")
    return int(status), body


def browse(url, to, source, *options, cookies=None):
    """A person's request, by its marks."""
    headers = [*BROWSER, *([f"Cookie: {cookies}"] if cookies else [])]
    return curl(url, to, source, *options, headers=headers)


def beacon(url, to, source, body, *options, headers=()):
    """An infected host's POST."""
    return curl(url, to, source, *options, data=body,
                headers=[f"User-Agent: {EMDIVI_AGENT}", "Accept:", "Content-Type:", *headers])


def send_raw(data, to, port, source, shut=True, timeout=5):
    """Sends bytes over TCP and returns all that comes back until the sinkhole closes or is silent."""
    family = socket.AF_INET6 if ":" in to else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(timeout)
        s.bind((source, 0))
        s.connect((to, port))
        if data:
            s.sendall(data)
        if shut:
            s.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while piece := s.recv(65536):
                answer += piece
        except (TimeoutError, ConnectionResetError):
            pass
        return answer


def send_datagram(data, to, port, source, timeout=1.0):
    """Sends a datagram; returns the answer, None if there is none (as it must be)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        s.bind((source, 0))
        s.connect((to, port))
        s.send(data)
        try:
            return s.recv(65536)
        except socket.timeout:
            return None


def hello_tls(to, source, name, port=443):
    """A real ClientHello with SNI and ALPN; the handshake cannot complete."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        with socket.create_connection((to, port), timeout=5, source_address=(source, 0)) as s:
            with context.wrap_socket(s, server_hostname=name):
                return True
    except (OSError, ssl.SSLError):
        return False


def client_hello(name):
    """The bytes of a real ClientHello."""
    sent = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname=name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return sent.read()
