# SPDX-License-Identifier: BSD-3-Clause
"""The indicators of the report, written down a second time by hand.

Nothing here is read from zones/feeds: the tests must notice if a feed loses or gains a name.
"""

# Host: (covers subdomains, its listed paths). The two domains the user named cover everything below them.
DOMAINS = ("kaerunote.com", "muku-mori.com")
HOSTS = {
    "www.kaerunote.com": (),
    "www.d1010318.hosting-sv.jp": (),
    "www.muku-mori.com": (),
    "www.arkhe-will.jp": ("/blog/tokuhan/book/index.php",),
    "www.ims.gr.jp": ("/100.html",),
    "www.sakura-farm.com": ("/blog/index.php",),
    "www.sekisan.biz": ("/wp-content/plugins/akismet/state/index.php",),
    "www.a-masato.jp": ("/html/mainland/index.php",),
    "www.sofurin.or.jp": ("/htm/copyright/folder/index.php", "/htm/copyright/folder/sc_flash/index.php"),
    "www.toko-ton.com": ("/koushi/detail/index.php", "/koushi/detail/sc_flash/index.php"),
    "www.turitengu.jp": ("/book/index.php",),
    "www.motoavanti.com": ("/shinyo/backup/look/index.php",),
    "www.skyworld.co.jp": ("/tenpo/look/index.php",),
    "www.iandeye.co.jp": ("/blog/2014/index.php",),
    "www.katou-ai.com": ("/images/fuck/index.php",),
}
PATH_ONLY = "/wp-includes/news/scripts/index.php"  # line 74, on the hosts it may belong to
PATH_ONLY_HOSTS = ("www.kaerunote.com", "www.d1010318.hosting-sv.jp", "www.muku-mori.com")
MALFORMED = "www.www.nishina.gr.jp"  # line 78, as written
CORRECTED = "www.nishina.gr.jp"  # what was probably meant: watched, never blocked
REDACTED = "sakurano"  # line 92: www.sakurano***.com

# Every spelling that must be intercepted: the hosts, the domains, names below the domains, odd case.
INTERCEPTED = [
    *HOSTS,
    *DOMAINS,
    *(f"{label}.{domain}" for domain in DOMAINS for label in ("mail", "a.b.c", "_dmarc", "xn--zckzah")),
    "WwW.KaErUnOtE.cOm",
    "WWW.D1010318.HOSTING-SV.JP",
]

# Neighbours and parents that an over-broad rule would catch.
NEIGHBOURS = [
    "hosting-sv.jp", "www.hosting-sv.jp", "d1010318.hosting-sv.jp", "www.d1010319.hosting-sv.jp",
    "mail.www.d1010318.hosting-sv.jp", "xkaerunote.com", "kaerunote.com.example.com", "kaerunote.co.jp", "com", "jp",
    "gr.jp", "or.jp", "co.jp", "ims.gr.jp", "mail.ims.gr.jp", "a.www.ims.gr.jp", "arkhe-will.jp", "sakura-farm.com",
    "sofurin.or.jp", "mail.sofurin.or.jp", "toko-ton.com", "turitengu.jp", "skyworld.co.jp", "www2.skyworld.co.jp",
    "iandeye.co.jp", "katou-ai.com", "nishina.gr.jp", "sekisan.biz", "www.sakurano.com", "www.sakurano-blog.com",
    "www.sakuranosato.com", "sakurano.com",
]

# Section 2.2: quoted in the report or contacted by every machine.
NEVER_BLOCK = [
    "inf.kptl.jp", "kptl.jp", "blog.trendmicro.co.jp", "t.co", "twitter.com", "www.virustotal.com", "malwr.com",
    "www.jpcert.or.jp", "www.msftncsi.com", "hosting-sv.jp",
]
ADDRESSES = ("125.206.115.72", "125.206.115.79", "137.170.185.211")  # context, never a trigger
