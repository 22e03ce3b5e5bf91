# SPDX-License-Identifier: BSD-3-Clause
"""An infected host's beacon: decoded from body and cookie, whatever it calls its fields."""

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.clients import PROFILE, beacon, browse, curl, emdivi, emdivi_field, send_raw

URL = "http://www.sekisan.biz/wp-content/plugins/akismet/state/index.php"
VECTOR = ("abc=_6%252Z%40%14QWNPXNRVNNSSTPNTTTT%40%1C%40.4Z%40VNQNWVPQ%40%3B%0A%01M%2A0%3D%40%1C%40-%25-Z%40RPTX-"
          "%40%1C%40%27-4HKYI")
VECTOR_TEXT = "?VER: t17.08.26..3340.4444 | NT: 6.1.7601 [ja-JP] | MEM: 2048M | GMT(+9)"


@pytest.fixture(scope="module")
def sink(sensor):
    return addresses(ask("www.sekisan.biz", source=paths.client(70)))[0]


def contact(sensor, source):
    return sensor.await_contacts(source=source)[-1]


def test_the_known_vector(sensor, sink):
    source = paths.client(71)
    status, body = beacon(URL, sink, source, VECTOR)
    assert (status, body) == (200, "")
    event = contact(sensor, source)
    assert event["event"]["action"] == "http-request"
    assert "decoded" in event["sinkhole"]["evidence"] and "c2-url" in event["sinkhole"]["evidence"]
    found = event["sinkhole"]["beacon"]
    assert found["family"] == "Emdivi" and found["channel"] == "body"
    assert found["version"] == "t17.08.26..3340.4444" and found["os"] == "NT 6.1.7601" and found["locale"] == "ja-JP"
    assert found["memory"] == "2048M" and found["timezone"] == "GMT+9"
    assert found["profile"] == VECTOR_TEXT
    assert event["threat"]["software"]["name"] == "Emdivi"
    assert event["url"]["domain"] == "www.sekisan.biz"
    assert event["sinkhole"]["path_kind"] == "planted"
    assert event["destination"]["ip"] == sink
    assert event["sinkhole"]["raw"]["bytes"] > len(VECTOR)


FIELDS = [
    [("abc", PROFILE)],
    [("id", "HOST01"), ("x", PROFILE)],
    [("sessionid", "HOST01"), ("Q", PROFILE), ("zz9", "1")],
    [("aa", PROFILE)],  # the key is 0: plain text
    [("n" * 40, PROFILE)],
    [("a1", "?VER: t19.1..9.9 | NT: 5.1.2600 [zh-CN] | MEM: 512M | GMT(-6)")],
]


@pytest.mark.parametrize("delimiter", [";", "&", "; "])
@pytest.mark.parametrize("number", range(len(FIELDS)))
@pytest.mark.parametrize("channel", ["body", "cookie"])
def test_other_names_delimiters_and_cookies(sensor, sink, number, delimiter, channel):
    source = paths.client(80 + number * 10 + (";", "&", "; ").index(delimiter) * 2 + (channel == "cookie"))
    text = emdivi(FIELDS[number], delimiter)
    if channel == "body":
        beacon(URL, sink, source, text)
    else:
        curl(URL, sink, source, headers=["Cookie: " + text])
    event = contact(sensor, source)
    assert "decoded" in event["sinkhole"]["evidence"]
    assert event["sinkhole"]["beacon"]["channel"] == channel
    assert event["sinkhole"]["beacon"]["profile"] == next(t for _, t in FIELDS[number] if "VER" in t)


ORDINARY = [
    "aa=Mon, 03 Nov 2014 10:00:00 GMT", "expires=Mon%2C%2003%20Nov%202014%2010%3A00%3A00%20GMT; path=/", "GMT=GMT(+9)",
    "aa=NT: 6.1 GMT(+9)", "_ga=GA1.2.1234567890.1415000000; _gid=GA1.2.99; PHPSESSID=0123456789abcdef",
    "VER=t17; NT=6.1; aa=VER t20", "=;;;&&&==", "a" * 6000,
]


@pytest.mark.parametrize("number", range(len(ORDINARY)))
def test_ordinary_cookies_are_no_beacon(sensor, sink, number):
    source = paths.client(200 + number)
    browse(URL, sink, source, cookies=ORDINARY[number])
    event = contact(sensor, source)
    assert "decoded" not in event["sinkhole"]["evidence"]
    assert "beacon" not in event["sinkhole"]


def test_a_chunked_body(sensor, sink):
    source = paths.client(250)
    beacon(URL, sink, source, emdivi([("k", PROFILE)]), headers=["Transfer-Encoding: chunked"])
    assert "decoded" in contact(sensor, source)["sinkhole"]["evidence"]


def test_without_a_host_header_the_planted_path_still_tells(sensor, sink):
    source = paths.client(251)
    send_raw(b"GET /wp-content/plugins/akismet/state/index.php HTTP/1.0\r\n\r\n", sink, 80, source)
    assert "c2-path" in contact(sensor, source)["sinkhole"]["evidence"]


def test_a_listed_path_spelled_otherwise(sensor, sink):
    source = paths.client(252)
    curl("http://WWW.Sekisan.BIZ/wp-content/./plugins/akismet/x/../state/%69ndex.php?q=1", sink, source, "--path-as-is")
    assert "c2-url" in contact(sensor, source)["sinkhole"]["evidence"]


def test_the_path_of_line_74(sensor, sink):
    for number, host in enumerate(("www.kaerunote.com", "www.d1010318.hosting-sv.jp", "www.muku-mori.com")):
        source = paths.client(260 + number)
        beacon(f"http://{host}/wp-includes/news/scripts/index.php", sink, source, "x=1")
        evidence = contact(sensor, source)["sinkhole"]["evidence"]
        assert "c2-url" in evidence or "c2-path" in evidence


def test_pipelined_and_kept_alive(sensor, sink):
    source = paths.client(270)
    body = emdivi_field("k", PROFILE).encode()
    one = (b"POST /wp-content/plugins/akismet/state/index.php HTTP/1.1\r\nHost: www.sekisan.biz\r\n"
           b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    answer = send_raw(one * 3, sink, 80, source)
    assert answer.count(b"HTTP/1.1 200") == 3
    events = sensor.await_contacts(1, source=source)
    assert sum(e["sinkhole"].get("repeat", 1) for e in sensor.await_contacts(1, source=source)) >= 1
    assert all("decoded" in e["sinkhole"]["evidence"] for e in events)


def test_different_profiles_behind_one_address_stay_apart(sensor, sink):
    source = paths.client(271)
    profiles = [PROFILE.replace("Koitochu", f"Target{i}") for i in range(3)]
    for profile in profiles * 2:
        beacon(URL, sink, source, emdivi([("k", profile)]))
    from harness.daemon import wait_for

    wait_for(lambda: {e["sinkhole"]["beacon"]["profile"] for e in sensor.contacts(source=source)} == set(profiles),
             "all three profiles")
