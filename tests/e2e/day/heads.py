# SPDX-License-Identifier: BSD-3-Clause
"""What clients may send that cannot run here: heads of requests, each (method, headers); Host comes first unless the
client puts it elsewhere.

These heads were written from the products' documentation. They were not captured from the products, which may send other
headers, or the same in another order: a call that is right for a head here is not proved for the product. Clients that
do run here (browsers, curl, wget, Python, Java, newsboat, cadaver, nmap) are run instead.
"""

OFFICE_DISCOVERY = ("OPTIONS", [
    "Connection: Keep-Alive",
    "Authorization: Bearer",
    "User-Agent: Microsoft Office Word 2014",
    "X-Office-Major-Version: 16",
    "X-MS-CookieUri-Requested: t",
    "X-FeatureVersion: 1",
    "X-MSGETWEBURL: t",
    "X-IDCRL_ACCEPTED: t",
])
OFFICE_EXISTENCE = ("HEAD", [
    "Connection: Keep-Alive",
    "User-Agent: Microsoft Office Existence Discovery",
    "X-Office-Major-Version: 16",
])
OFFICE_GET = ("GET", [
    "Accept: */*",
    "User-Agent: Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Win64; x64; Trident/7.0; .NET4.0C; .NET4.0E; "
    "ms-office; MSOffice 16)",
    "UA-CPU: AMD64",
    "Accept-Encoding: gzip, deflate",
    "Connection: Keep-Alive",
])
OUTLOOK_PICTURE = ("GET", [
    "Accept: */*",
    "User-Agent: Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "UA-CPU: AMD64",
    "Accept-Encoding: gzip, deflate",
    "Connection: Keep-Alive",
])
OUTLOOK = ("GET", [
    "User-Agent: Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)",
    "Accept: */*",
    "Accept-Encoding: gzip, deflate",
    "Connection: Keep-Alive",
])
# A form of a page over https that is posted over http: neither Origin nor Referer.
IE_MODE_FORM = ("POST", [
    "Accept: text/html, application/xhtml+xml, image/jxr, */*",
    "Accept-Language: ja",
    "User-Agent: Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    "Content-Type: application/x-www-form-urlencoded",
    "Accept-Encoding: gzip, deflate",
    "Connection: Keep-Alive",
    "Cache-Control: no-cache",
])
IE_CONTROL_FORM = ("POST", [
    "Accept: text/html, application/xhtml+xml, */*",
    "Accept-Language: ja-JP",
    "User-Agent: Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; .NET4.0E)",
    "Content-Type: application/x-www-form-urlencoded",
    "Accept-Encoding: gzip, deflate",
    "Connection: Keep-Alive",
    "Cache-Control: no-cache",
])
MINIREDIR_OPTIONS = ("OPTIONS", [
    "Connection: Keep-Alive",
    "User-Agent: Microsoft-WebDAV-MiniRedir/10.0.19045",
    "translate: f",
])
MINIREDIR_PROPFIND = ("PROPFIND", [
    "Connection: Keep-Alive",
    "User-Agent: Microsoft-WebDAV-MiniRedir/10.0.19045",
    "Depth: 0",
    "translate: f",
    "Content-Length: 0",
])
SLACKBOT = ("GET", [
    "User-Agent: Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Range: bytes=0-32768",
    "Accept: */*",
    "Accept-Encoding: gzip,deflate",
    "Connection: close",
])
WHATSAPP = ("GET", [
    "User-Agent: WhatsApp/2.2412.54 W",
    "Accept: */*",
    "Accept-Encoding: gzip, deflate",
    "Connection: keep-alive",
])
TEAMS = ("GET", [
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "User-Agent: Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    "Connection: Keep-Alive",
])
# A mail protection service looks at links with a browser's name and little else of a browser.
LINK_SCANNER_HEAD = ("HEAD", [
    "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
    "Accept: */*",
    "Accept-Encoding: gzip, deflate",
    "Connection: keep-alive",
])
LINK_SCANNER_GET = ("GET", LINK_SCANNER_HEAD[1])
POWERSHELL = ("GET", [
    "User-Agent: Mozilla/5.0 (Windows NT; Windows NT 10.0; ja-JP) WindowsPowerShell/5.1.19041.4291",
    "Connection: Keep-Alive",
])
WINHTTP = ("GET", [
    "Connection: Keep-Alive",
    "Accept: */*",
    "User-Agent: Mozilla/4.0 (compatible; Win32; WinHttp.WinHttpRequest.5)",
])
BITS_HEAD = ("HEAD", [
    "Connection: Keep-Alive",
    "Accept: */*",
    "Accept-Encoding: identity",
    "User-Agent: Microsoft BITS/7.8",
])
BITS_GET = ("GET", [
    "Connection: Keep-Alive",
    "Accept: */*",
    "Accept-Encoding: identity",
    "If-Unmodified-Since: Mon, 26 Jan 2015 00:00:00 GMT",
    "User-Agent: Microsoft BITS/7.8",
])
# What Chromium's component updater asks, in spite of the flags that forbid it.
CHROMIUM_UPDATER = ("POST", [
    "Connection: keep-alive",
    "X-Goog-Update-AppId: hnimpnehoodheedghdeeijklkeaacbdc",
    "X-Goog-Update-Interactivity: bg",
    "X-Goog-Update-Updater: chromium-156.0.8078.108",
    "Content-Type: application/json",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "Accept-Encoding: gzip, deflate",
])
CHROMIUM_TIME = ("GET", [
    "Connection: keep-alive",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "Accept-Encoding: gzip, deflate",
])
NUCLEI = ("GET", [
    "User-Agent: Nuclei - Open-source project (github.com/projectdiscovery/nuclei)",
    "Accept: */*",
    "Connection: close",
])


def agent(name):
    """A program that says no more than its name."""
    return "GET", [f"User-Agent: {name}", "Accept: */*", "Connection: close"]


def with_headers(headers):
    return "GET", headers
