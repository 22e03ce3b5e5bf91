# SPDX-License-Identifier: BSD-3-Clause
"""JA4 of real clients, against a second implementation that reads the recorded bytes."""

import base64
import hashlib
import ssl
import struct

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.daemon import run

NAME = "www.kaerunote.com"


def take(data, size):
    """A vector with a length of `size` bytes in front; and what follows."""
    length = int.from_bytes(data[:size], "big")
    return data[size:size + length], data[size + length:]


def pairs(data):
    return [code for (code,) in struct.iter_unpack("!H", data) if not (code & 0x0F0F == 0x0A0A and code >> 8 == code & 255)]


def listed(codes):
    return ",".join(f"{code:04x}" for code in codes)


def short_hash(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else "0" * 12


def ja4(record):
    """Of a ClientHello in one record."""
    body = record[5 + 4:]
    version, rest = struct.unpack("!H", body[:2])[0], body[34:]
    _, rest = take(rest, 1)
    ciphers, rest = take(rest, 2)
    _, rest = take(rest, 1)
    extensions, rest = {}, take(rest, 2)[0]
    while rest:
        kind, rest = struct.unpack("!H", rest[:2])[0], rest[2:]
        extensions[kind], rest = take(rest, 2)
    ciphers, kinds = sorted(pairs(ciphers)), pairs(b"".join(struct.pack("!H", k) for k in extensions))
    version = max(pairs(extensions[43][1:])) if 43 in extensions else version
    alpn = take(extensions[16][2:], 1)[0].decode() if 16 in extensions else "00"
    text = listed(sorted(k for k in kinds if k not in (0, 16)))
    if 13 in extensions:
        text += "_" + listed(pairs(extensions[13][2:]))
    return (f"t{ {0x304: 13, 0x303: 12, 0x302: 11, 0x301: 10}[version] }{'d' if 0 in extensions else 'i'}"
            f"{len(ciphers):02}{len(kinds):02}{alpn[0]}{alpn[-1]}_{short_hash(listed(ciphers))}_{short_hash(text)}")


def openssl(sink, source, *words):
    run(["openssl", "s_client", "-connect", f"{sink}:443", "-bind", f"{source}:0", *words], input="")


def curl(sink, source, *words):
    run(["curl", "-sk", "--interface", source, "--resolve", f"{NAME}:443:{sink}", *words, f"https://{NAME}/"])


def python(sink, source):
    import socket

    with socket.create_connection((sink, 443), timeout=5, source_address=(source, 0)) as plain:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            ssl._create_unverified_context().wrap_socket(plain, server_hostname=NAME)


CLIENTS = {
    "openssl": lambda *ends: openssl(*ends, "-servername", NAME),
    "openssl-without-sni": lambda *ends: openssl(*ends, "-noservername"),
    "openssl-1.2": lambda *ends: openssl(*ends, "-servername", NAME, "-tls1_2", "-alpn", "http/1.1"),
    "openssl-one-cipher": lambda *ends: openssl(*ends, "-servername", NAME, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"),
    "curl": curl,
    "curl-http1.1": lambda *ends: curl(*ends, "--http1.1"),
    "python": python,
}


@pytest.fixture(scope="module")
def seen(sensor):
    """client: the ja4 of two calls, and what the second implementation makes of the bytes."""
    sink = addresses(ask(NAME, source=paths.client(840)))[0]
    found = {}
    for number, (name, call) in enumerate(CLIENTS.items()):
        source = paths.client(841 + number)
        call(sink, source), call(sink, source)
        events = sensor.await_contacts(2, source=source, action="tls-client-hello")
        found[name] = [(e["sinkhole"]["ja4"], ja4(base64.b64decode(e["sinkhole"]["raw"]["data"]))) for e in events]
    return found


@pytest.mark.parametrize("client", CLIENTS)
def test_both_implementations_agree(seen, client):
    for ours, other in seen[client]:
        assert ours == other


def test_a_client_stays_itself_and_is_no_other(seen):
    each = {name: {ours for ours, _ in calls} for name, calls in seen.items()}
    assert all(len(values) == 1 for values in each.values()), each
    # Python leaves it to OpenSSL what is offered, and from 3.5 on offers what `openssl s_client` does.
    python, same = each.pop("python"), each["openssl"]
    assert len(set.union(*each.values())) == len(each), each
    assert python == same or python not in each.values(), each
