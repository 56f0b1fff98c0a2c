"""The large mailbox providers: the names under which they take mail, and which of their neighbours are real.

Written from what the providers say of themselves; short names (gmx, web, aol, live, msn, me) are left out on purpose,
for nearly every letter put into them gives a domain that somebody else really has.
"""

from collections.abc import Mapping

#: Name → the endings under which that provider takes mail, the most frequent first.
ENDINGS: Mapping[str, tuple[str, ...]] = {
    "gmail": ("com",),
    "googlemail": ("com",),
    "yahoo": (
        "com", "co.uk", "fr", "de", "es", "it", "ca", "com.br", "com.ar", "com.mx", "com.au", "co.in", "in", "co.id",
        "co.jp", "com.tw", "com.hk", "com.sg", "com.ph", "com.vn", "ie", "gr", "pl", "ro", "se", "dk", "no", "at", "be",
    ),
    "hotmail": (
        "com", "co.uk", "fr", "de", "es", "it", "nl", "be", "ch", "at", "se", "no", "dk", "fi", "ca", "com.br",
        "com.ar", "com.mx", "com.au", "gr", "co.jp",
    ),
    "outlook": (
        "com", "de", "fr", "es", "it", "dk", "pt", "ie", "at", "be", "com.br", "com.ar", "com.au", "co.id", "in", "jp",
        "kr", "cz", "hu", "sk", "com.gr", "com.tr", "co.nz", "ph", "sg", "my", "cl",
    ),
    "icloud": ("com",),
    "protonmail": ("com", "ch"),
    "fastmail": ("com", "fm"),
    "rocketmail": ("com",),
    "comcast": ("net",),
    "verizon": ("net",),
    "sbcglobal": ("net",),
    "bellsouth": ("net",),
    "btinternet": ("com",),
    "wanadoo": ("fr",),
    "t-online": ("de",),
}  # fmt: skip

#: Real domains, or names that somebody plausibly has, that lie one letter beside a provider's.
_NEIGHBOURS = """
    gail.com gmail.co.za gman.com gain.com grail.com gmails.com gomail.com gamail.com gemail.com
    yaho.de yahoos.com yaoo.com yhoo.jp hotmails.com hotail.com hotmall.com hotemail.com hottmail.com
    outlooks.com outlock.de iclouds.com icloud.de comcat.net verizon.com comcast.com rocketmail.co
    fastmail.net fastmails.com fasmail.com fastmall.com fasttmail.com wanado.com tonline.de
"""
NOT_MISTYPED = frozenset(_NEIGHBOURS.split())

#: Endings of no domain, and what the fingers meant. None of them is delegated in the DNS's root.
NO_ENDINGS: Mapping[str, str] = {
    **dict.fromkeys(("con", "cmo", "ocm", "comm", "coom", "ccom", "vom", "xom", "cpm", "cim", "clm", "c0m"), "com"),
    **dict.fromkeys(("ogr", "orgg", "rog"), "org"),
    **dict.fromkeys(("nett", "nte"), "net"),
}
#: Countries that are far likelier a `com` with a letter missing, behind the name of a provider that is not there.
COUNTRIES_MEANT_COM = frozenset({"co", "cm", "om"})
