# SPDX-License-Identifier: BSD-3-Clause
"""Who may see what: a viewer pseudonyms, a responder clear names, and the access log says which hosts were opened."""

import base64
import collections
import html.parser
import http.client
import json
import pathlib
import socket
import ssl
import time
import urllib.parse

import pytest

from harness import paths
from harness.ask import addresses, ask
from harness.clients import PROFILE, beacon, browse, curl, emdivi
from harness.daemon import run, wait_for
from harness.site import Site, whole_lines
from harness.watch import PORT, Watch

C2 = "http://www.toko-ton.com/koushi/detail/index.php"
INFECTED, PERSON, PROXY = (paths.client(n) for n in range(1000, 1003))
CLAIMED, MAC = "10.10.77.77", "02:00:5e:00:53:77"
# All by which somebody could be known.
CLEAR = [INFECTED, PERSON, PROXY, CLAIMED, MAC, "keiri-pc01", "Sato, K.", "Sato", "2F-east", "A-0815", "HOST01", "ja-JP", "6.1.7601",
         "suzuki", "Agent-of-suzuki", "yoshida", "4711", "her laptop", ".".join(INFECTED.split(".")[:3])]
RESPONDER = {"X-Remote-User": "rina", "X-Remote-Groups": "staff, soc"}
VIEWER = {"X-Remote-User": "vera", "X-Remote-Groups": "staff"}
OUTSIDE = "10.53.0.7"
YESCRYPT = "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$94aqQ4dSI4Vstr06JW3uc0/sjqqZocxq1bEqMlSOvf8"  # of "Käse", as mkpasswd has it


@pytest.fixture(scope="module")
def site(authority, tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("access"), authority)
    (site.directory / "leases").write_text(f"{int(time.time()) + 3600} {MAC} {INFECTED} keiri-pc01 *\n")
    (site.directory / "inventory").write_text(f'mac,name,owner,place,asset\n{MAC},keiri-pc01,"Sato, K.",2F-east,A-0815\n')
    site.settings["store"]["identities"] = [{"path": "leases", "format": "dnsmasq"}, {"path": "inventory", "format": "inventory"}]
    site.settings["sinkhole"]["trusted-proxies"] = [PROXY]
    site.write().compile()
    site.resolver()
    site.sinkhole()
    site.await_list()
    site.sinkctl("ingest")  # keeps the lease
    sink = addresses(ask("www.toko-ton.com", source=INFECTED))[0]
    for n in range(10):
        ask("www.kaerunote.com", source=INFECTED)
    beacon(C2, sink, INFECTED, emdivi([("id", "HOST01"), ("x", PROFILE)]))
    curl("http://www.toko-ton.com/?user=suzuki", sink, INFECTED, headers=["User-Agent: Agent-of-suzuki"])
    _, body = browse("http://www.toko-ton.com/", sink, PERSON)
    curl(C2, sink, PROXY, headers=[f"X-Forwarded-For: {CLAIMED}", "Via: 1.1 proxy"])
    curl(C2, sink, PERSON, headers=[f"X-Forwarded-For: {CLAIMED}"])
    site.await_contacts(4)
    site.reference = site.contacts(source=PERSON)[0]["sinkhole"]["reference"]
    assert site.reference in body
    site.sinkctl("mark", INFECTED, "acknowledged", "--by", "yoshida", "--case", "4711", "--note", "her laptop")
    yield site
    site.stop()


def watched(site, address="127.0.0.1", tls=None, headers=None, **settings):
    site.settings["watch"] = {"pseudonym-key": "pseudonyms.key", "access-log": "access.jsonl", "responders": ["soc", "rina"],
                              "listen": f"{address}:{PORT}", **settings}
    site.write()
    return Watch(site, address, tls, headers)


@pytest.fixture(scope="module")
def behind_proxy(site):
    with watched(site, headers=RESPONDER, login="proxy", proxies=["127.0.0.1/32"]) as watch:
        watch.await_hosts(lambda rows: set(rows) >= {INFECTED, PERSON, CLAIMED} and "name" in rows[INFECTED], "all hosts")
        yield watch


class Links(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found |= {value for name, value in attrs if name in ("href", "action") and value}


def crawl(watch, who):
    """All pages that links lead to, from the first one and some that a visitor may try: text by path."""
    ways = collections.deque(["/", "/hosts.json", "/status.json", "/changes?since=30d", "/?find=keiri", f"/?find={INFECTED}"])
    seen = {}
    while ways:
        way = ways.popleft()
        if way in seen or "lang=" in way:
            continue
        answer = watch.ask(way, **who)
        assert answer.status == 200, (way, answer.status, answer.text)
        seen[way] = answer.text
        if answer.headers["Content-Type"].startswith("text/html"):
            ways.extend(link for link in sorted(Links(answer.text).found) if link.startswith("/"))
    return seen


def test_nothing_that_a_viewer_is_given_says_who_somebody_is(site, behind_proxy):
    pages = crawl(behind_proxy, VIEWER)
    assert len([path for path in pages if path.startswith("/host/")]) >= 6, "hosts and their JSON"
    for path, text in pages.items():
        place, _, found = path.partition("?find=")
        if found:  # what the visitor wrote stands in the field of the search
            text = text.replace(urllib.parse.unquote(found), "")
        for word in (*CLEAR, site.reference):
            assert word not in text and word not in place, (word, path)
    assert "INFECTED" in pages["/"] and "emdivi" in pages["/"] and "•••" in "".join(pages.values())
    clear = "".join(crawl(behind_proxy, RESPONDER).values())
    assert [word for word in CLEAR if word not in clear] == []


def test_a_viewer_cannot_try_out_addresses(behind_proxy):
    for path in (f"/host/{INFECTED}", f"/host/{INFECTED}.json", "/host/10.99.99.99", "/host/host-2222222222"):
        assert behind_proxy.ask(path, **VIEWER).status == 404, path
    for find in (INFECTED, "keiri-pc01", "10.10."):
        assert "No host fits" in behind_proxy.page(f"/?find={find}", **VIEWER, **{"Accept-Language": "en"}), find


def test_a_pseudonym_stays_and_leads_a_responder_to_the_host(site, behind_proxy):
    rows = json.loads(behind_proxy.page("/hosts.json", **VIEWER))["hosts"]
    clear = behind_proxy.json()["hosts"]
    assert [row["call"] for row in rows] == [row["call"] for row in clear]
    alias = dict(zip((row["host"] for row in clear), (row["host"] for row in rows)))[INFECTED]
    assert alias.startswith("host-") and rows == json.loads(behind_proxy.page("/hosts.json", **VIEWER))["hosts"]
    assert INFECTED in behind_proxy.page(f"/?find={alias}") and PERSON not in behind_proxy.page(f"/?find={alias}")
    assert f"<bdi>{INFECTED}</bdi>" in behind_proxy.page(f"/host/{alias}")
    assert alias in behind_proxy.page(f"/?find={alias[5:]}", **VIEWER)
    assert (site.directory / "pseudonyms.key").stat().st_mode & 0o777 == 0o600


def log_of(site):
    return [json.loads(line) for line in whole_lines(site.directory / "access.jsonl")]


def test_what_a_responder_opens_is_on_record_across_rotation(site, behind_proxy):
    log = site.directory / "access.jsonl"
    for number in range(2):
        log.rename(site.directory / f"access.{number}.jsonl")
        behind_proxy.page(f"/host/{INFECTED}")
        behind_proxy.page("/?call=INFECTED")
        behind_proxy.page("/", **VIEWER)
        behind_proxy.page("/sensors")
        opened, listed = log_of(site)
        assert (opened["event"]["action"], opened["user"]["name"], opened["sinkhole"]["opened"]) == ("host-opened", "rina", INFECTED)
        assert opened["source"]["ip"] == "127.0.0.1" and opened["url"]["path"] == f"/host/{INFECTED}"
        assert (listed["event"]["action"], listed["url"]) == ("hosts-listed", {"path": "/", "query": "call=INFECTED"})


def test_clear_names_are_shown_only_if_that_can_be_logged(site, behind_proxy):
    log = site.directory / "access.jsonl"
    log.unlink(missing_ok=True)
    log.mkdir()
    try:
        assert behind_proxy.ask(f"/host/{INFECTED}").status == 503
        assert behind_proxy.ask("/", **VIEWER).status == 200
    finally:
        log.rmdir()
    assert behind_proxy.ask(f"/host/{INFECTED}").status == 200


def raw(source, *headers):
    """The first line of the answer to a request with these headers, from this address."""
    with socket.create_connection(("127.0.0.1", PORT), source_address=(source, 0)) as connection:
        connection.sendall("\r\n".join(["GET / HTTP/1.0", "Host: localhost", *headers, "", ""]).encode())
        return connection.makefile("rb").readline().decode().strip()


def test_only_the_proxy_is_believed(behind_proxy):
    good = ["X-Remote-User: rina", "X-Remote-Groups: soc"]
    assert raw("127.0.0.1", *good) == "HTTP/1.0 200 OK"
    refused = "HTTP/1.0 403 Forbidden"
    assert raw("127.0.0.2", *good) == refused
    assert raw("127.0.0.1") == refused and raw("127.0.0.1", good[1]) == refused
    assert raw("127.0.0.1", "X-Remote-User: vera", *good) == refused, "a client's own header beside the proxy's"


@pytest.mark.parametrize("length", ["Content-Length", "Content-Length "])
def test_no_body_becomes_a_request_of_its_own(behind_proxy, length):
    hidden = "\r\n".join(["GET / HTTP/1.1", "Host: localhost", "X-Remote-User: rina", "X-Remote-Groups: soc", "", ""])
    with socket.create_connection(("127.0.0.1", PORT), timeout=10) as connection:
        head = ["HEAD / HTTP/1.1", "Host: localhost", "X-Remote-User: vera", "X-Remote-Groups: staff", f"{length}: {len(hidden)}", "", ""]
        connection.sendall(("\r\n".join(head) + hidden).encode())
        answer = connection.makefile("rb").read()  # to the end of the connection
    assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1") == 1 and b"INFECTED" not in answer


def test_the_answer_to_head_has_no_body(behind_proxy):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    for method in ("GET", "HEAD", "GET"):  # on one connection: what is left over would be the next answer
        connection.request(method, "/style.css", headers={"Host": "localhost", **VIEWER})
        answer = connection.getresponse()
        length = len(answer.read())
        said = int(answer.headers["Content-Length"])
        assert answer.status == 200 and said > 0 and length == (0 if method == "HEAD" else said)
    connection.close()


def certificate(site, name):
    """A new key and certificate for OUTSIDE, replaced at once; returns what a client checks it with."""
    made = {part: site.directory / f"{name}.{part}.pem" for part in ("key", "cert")}
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:{OUTSIDE}", "-keyout", made["key"], "-out", made["cert"]], check=0)
    context = ssl.create_default_context(cafile=made["cert"])
    for part, path in made.items():
        path.rename(site.directory / f"page.{part}.pem")
    return context


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.fixture(scope="module")
def passwords(site):
    path = site.directory / "users"
    path.write_text(f"vera:{YESCRYPT}\n")
    run(["htpasswd", "-bB", path, "rina", "geheim"], check=0)
    path.chmod(0o640)
    return path


@pytest.fixture(scope="module")
def outside(site, passwords):
    tls = certificate(site, "first")
    with watched(site, OUTSIDE, tls, basic("rina", "geheim"), login="password", **{
            "password-file": "users", "certificate": "page.cert.pem", "key": "page.key.pem", "names": ["sinkhole.example.net"]}) as watch:
        watch.await_hosts(lambda rows: INFECTED in rows, "the hosts")
        yield watch


def status(watch, user, password):
    return watch.ask("/sensors", **basic(user, password)).status


def test_other_machines_ask_by_tls_and_password(site, outside):
    assert INFECTED in outside.page("/") and INFECTED not in outside.page("/", **basic("vera", "Käse"))
    unknown = outside.ask("/", Authorization="")
    assert unknown.status == 401 and unknown.headers["WWW-Authenticate"].startswith("Basic ")
    for wrong in (basic("rina", "Geheim"), basic("nobody", "geheim"), basic("rina", ""), {"Authorization": "Basic ???"},
                  {"Authorization": "Bearer geheim"}, {"X-Remote-User": "rina", "X-Remote-Groups": "soc", "Authorization": ""}):
        assert outside.ask("/", **wrong).status == 401, wrong
    assert outside.ask("/", Host="sinkhole.example.net").status == 200 and outside.ask("/", Host="evil.example").status == 421
    assert ("login-refused", "nobody") in [(line["event"]["action"], line["user"].get("name")) for line in log_of(site)]
    with socket.create_connection((OUTSIDE, PORT)) as plain:
        plain.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert b"HTTP" not in plain.recv(4096)


def test_guessing_is_slowed_down(outside):
    """Ten times a minute for one user; those who are in already are not held up."""
    assert status(outside, "vera", "Käse") == 200
    answers = []

    def is_held_up():
        answers.append(status(outside, "vera", f"guess {len(answers)}"))
        return answers.count(401) == 10 and answers[-1] == 429

    wait_for(is_held_up, "the limit", 30)
    assert set(answers) == {401, 429} and status(outside, "vera", "Käse") == 200 and status(outside, "rina", "geheim") == 200
    assert status(outside, "vera", "Kase") == 429


def test_a_new_certificate_and_new_passwords_are_taken_without_a_restart(site, outside, passwords):
    old, outside.tls = outside.tls, certificate(site, "second")

    def is_new():
        try:
            return outside.ask("/style.css").status == 200
        except ssl.SSLError:
            return False

    wait_for(is_new, "the new certificate", 10)
    with pytest.raises(ssl.SSLError):
        outside.tls, new = old, outside.tls
        outside.ask("/")
    outside.tls = new
    run(["htpasswd", "-bB", passwords, "rina", "neu"], check=0)
    wait_for(lambda: status(outside, "rina", "geheim") == 401, "the old password to be refused", 10)
    assert status(outside, "rina", "neu") == 200
    outside.headers = basic("rina", "neu")
    bad = passwords.with_suffix(".bad")
    bad.write_text(passwords.read_text() + "kurt:md5\n")
    bad.chmod(0o640)
    bad.rename(passwords)
    wait_for(lambda: "users:3: this hash is none" in outside.daemon.log(), "the complaint", 15)
    assert status(outside, "rina", "neu") == 200


def test_so_many_connections_and_no_more(outside):
    """Those that come then wait, and are served when others end."""
    descriptors = pathlib.Path(f"/proc/{outside.daemon.process.pid}/fd")
    before = len(list(descriptors.iterdir()))
    held = [socket.create_connection((OUTSIDE, PORT)) for _ in range(560)]
    wait_for(lambda: len(list(descriptors.iterdir())) >= before + 500, "the connections to be taken")
    late = outside.tls.wrap_socket(socket.create_connection((OUTSIDE, PORT)), server_hostname=OUTSIDE, do_handshake_on_connect=False)
    late.settimeout(0.5)
    with pytest.raises(TimeoutError):
        late.do_handshake()
    assert len(list(descriptors.iterdir())) <= before + 512
    for connection in held:
        connection.close()
    late.settimeout(30)
    late.do_handshake()
    late.close()
    assert outside.ask("/sensors").status == 200


def test_settings_from_before_there_was_a_login_do_not_come_back(site, tmp_path):
    settings = {"store": {"path": "store.db"}, "watch": {"listen": f"127.0.0.1:{PORT}"}}
    file = tmp_path / "sinkhole.yaml"
    file.write_text(json.dumps(settings))
    run([paths.SINKCTL, "-c", file, "ingest"], check=0)  # keeps these settings
    assert (tmp_path / "store.db.settings").exists()
    listen = settings["watch"]
    for wanted in ({"watch": {**listen, "login": "proxy"}}, {"watch": {**listen, "login": "password"}},
                   {"watch": {**listen, "responders": ["soc"]}}, {"watch": {**listen, "logn": "proxy"}},
                   {"wach": {"login": "proxy"}}, {"store": {"path": "store.db", "login": "proxy"}}):
        file.write_text(json.dumps({**settings, **wanted, "mode": "mistake"}))
        refused = run([paths.SINKWATCH, "-c", file], check=1, timeout=20).stderr
        assert "sinkhole.yaml:1" in refused and "last good" not in refused, wanted
    file.write_text("store: {path: store.db}\nwatch:\n  login: proxy\n responders: [soc]\n")
    assert "sinkhole.yaml:4" in run([paths.SINKWATCH, "-c", file], check=1, timeout=20).stderr


def test_what_goes_together_is_checked(site):
    for settings, reason in (
            ({"listen": f"{OUTSIDE}:{PORT}"}, "the page needs certificate, key and login"),
            ({"listen": f"{OUTSIDE}:{PORT}", "login": "proxy"}, "the page needs certificate, key and login"),
            ({"certificate": "page.cert.pem"}, "certificate needs the key"),
            ({"responders": ["soc"]}, "without login nobody is known"),
            ({"login": "password"}, "needs password-file")):
        bad = site.directory / "bad.yaml"
        bad.write_text(json.dumps({**site.settings, "store": {"path": "none.db"}, "watch": settings}))
        assert reason in run([paths.SINKWATCH, "-c", bad], check=1).stderr, settings
