# SPDX-License-Identifier: BSD-3-Clause
"""A person who meant the genuine site: what they typed is in no file of ours."""

import base64

from harness import paths
from harness.ask import addresses, ask
from harness.clients import BROWSER, curl

SECRETS = ("tanaka-hanako", "pass-w0rd-4711", "insurance-000123", "session-abcdef", "q-private-words", "referer-secret")


def test_a_persons_form_is_nowhere(sensor):
    source = paths.client(400)
    sink = addresses(ask("www.ims.gr.jp", source=source))[0]
    curl("http://www.ims.gr.jp/login.php?search=q-private-words", sink, source,
         data="user=tanaka-hanako&password=pass-w0rd-4711&number=insurance-000123",
         headers=[*BROWSER, "Cookie: sid=session-abcdef", "Origin: http://www.ims.gr.jp",
                  "Referer: http://www.ims.gr.jp/index.html?from=referer-secret",
                  "Content-Type: application/x-www-form-urlencoded"])
    event = sensor.await_contacts(source=source)[0]
    assert "browser" in event["sinkhole"]["evidence"]
    assert event["url"]["path"] == "/login.php" and "query" not in event["url"]
    sensor.sinkctl("hosts")
    sensor.sinkctl("host", source)

    files = [f for f in sensor.directory.rglob("*") if f.is_file()]
    assert sensor.contact_log in files
    for file in files:
        data = file.read_bytes()
        for secret in SECRETS:
            assert secret.encode() not in data, f"{secret} stands in {file.name}"
            for shift in range(3):  # base64 of it at any alignment
                coded = base64.b64encode(b"\0" * shift + secret.encode())[4 if shift else 0:-4]
                assert coded not in data, f"{secret} stands coded in {file.name}"
