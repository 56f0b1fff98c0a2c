"""Whatever is in the ledger, a page runs nothing and asks only for https images (S15)."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from lxml import html
from published import freeze, make, submit
from sqlalchemy import update

from pressrun.delivery.payload import Shared
from pressrun.ledger import Ledger, issues
from pressrun.ledger.schema import issues as issue_rows
from pressrun.operations import site
from pressrun.settings import Settings

Stores = tuple[Settings, Ledger]
_CARRIERS = (
    "{}",
    "<p>{}</p>",
    "<a href='https://example.org'>{}</a>",
    "<table><td>{}",
    "<pre><code>{}",
    "</article>{}",
)
_ACTIVE = (
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='javascript:alert(1)'>",
    "<img src='https://a.example/x.png' onload=alert(1)>",
    "<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object><embed src='javascript:alert(1)'>",
    "<form action='https://evil.example'><input autofocus onfocus=alert(1)><button formaction='javascript:alert(1)'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='//evil.example/x'>x</a>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<style>@import 'https://evil.example/x.css'; body { background: url(https://evil.example/x) }</style>",
    "<p style='background: url(https://evil.example/x)'>x</p>",
    "<table background='https://evil.example/x'><td background='https://evil.example/x'>x",
    "<video src='https://evil.example/x' poster='https://evil.example/x'><source srcset='https://evil.example/x'></video>",
    "<picture><source srcset='https://evil.example/x'><img srcset='https://evil.example/x 2x'></picture>",
    "<details open ontoggle=alert(1)>x</details>",
    "<x onclick=alert(1)>x</x><p contenteditable onblur=alert(1)>x</p>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<template><script>alert(1)</script></template><slot>x</slot>",
    "<title></title><textarea></title><img src=x onerror=alert(1)></textarea>",
    "{{ ''.__class__ }}{% for x in range(10) %}{{ x }}{% endfor %}",
)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """Give stores with one submitted issue; tests change its text only."""
    made = make(tmp_path_factory.mktemp("stores"))
    freeze(*made, "first")
    submit(*made, "first")
    yield made
    made[1].close()


@pytest.mark.parametrize("evil", _ACTIVE)
def test_a_text_that_was_tampered_with_comes_out_inert(stores: Stores, evil: str) -> None:
    """The ledger's copy is not trusted: it is sanitised again on its way out, in pages and in feeds."""
    shared = Shared.from_json(issues.require(stores[1], "first").shared)
    tampered = replace(shared, web="".join(carrier.format(evil) for carrier in _CARRIERS), preheader=evil)
    with stores[1].write() as connection:
        connection.execute(update(issue_rows).values(shared=tampered.to_json(), subject=f"{evil} </title>"))

    site.publish(*stores)

    _inert((stores[0].site_folder / "issues" / "first.html").read_text())
    _inert((stores[0].site_folder / "index.html").read_text())


def _inert(page: str) -> None:
    root = html.document_fromstring(page)
    tags = {found.tag for found in root.iter() if isinstance(found.tag, str)}
    attributes = {name for found in root.iter() if isinstance(found.tag, str) for name in found.attrib}
    assert set() == tags & {"script", "svg", "math", "iframe", "object", "embed", "form", "input", "button", "base"}
    assert set() == tags & {"video", "audio", "source", "picture", "template", "noscript", "textarea", "details", "x"}
    assert [] == [name for name in attributes if name.startswith("on") or name in ("srcset", "background", "srcdoc")]
    assert [1, 1] == [len(root.xpath(f"//{one}")) for one in ("style", "title")]
    assert [] == [found for found in root.xpath("//body//@style") if not re.fullmatch(r"width: \d+px", found)]
    for address in root.xpath("//body//@href"):
        assert re.match(r"(https?:|mailto:|//|\.\./|issues/|index\.html|feed\.xml|atom\.xml)", address), address
    assert 2 <= len(root.xpath("//meta[@http-equiv]/@content | //meta[@name='referrer']"))
    assert ["Content-Security-Policy"] == root.xpath("//meta/@http-equiv")


def test_the_policy_allows_https_images_and_our_own_styles_only(stores: Stores) -> None:
    """S15's own words."""
    site.publish(*stores)

    for page in stores[0].site_folder.rglob("*.html"):
        head = page.read_text().partition("<title>")[0]
        policy = re.search(r'content="(default-src[^"]+)"', head)
        assert policy is not None
        rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
        expected = {
            "default-src": "'none'",
            "img-src": "https:",
            "style-src": "'unsafe-inline'",
            "script-src": "'none'",
        }
        assert expected.items() <= rules.items()
