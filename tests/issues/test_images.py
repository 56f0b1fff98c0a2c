"""Images that lie beside an issue: checked, sized, given an address, copied to where they are served, never inlined."""

import re
from pathlib import Path

import pytest
from issue_desk import FRONT, NONCE, NOW, TEMPLATES
from PIL import Image

from pressrun import issues
from pressrun.errors import InputError
from pressrun.issues import RenderedIssue

URL = "https://img.example/n"


def _picture(folder: Path, name: str, size: tuple[int, int] = (1072, 500), colour: str = "navy") -> Path:
    Image.new("RGB", size, colour).save(folder / name)
    return folder / name


def _issue(folder: Path, body: str, *, url: str = URL) -> RenderedIssue:
    path = folder / "index.md"
    path.write_text(f"{FRONT}{body}\n\nA few words beside it, so that it is a letter.", encoding="utf-8")
    brand = issues.load_brand(TEMPLATES)
    return issues.check(issues.load(path, folder), brand, TEMPLATES, now=NOW, nonce=NONCE, assets_url=url)


def _found(issue: RenderedIssue) -> list[tuple[str, str]]:
    return [(one.rule, one.severity) for one in issue.findings]


@pytest.mark.parametrize(
    ("name", "size", "shown"),
    [
        ("wide.png", (1072, 500), ("536", "250")),
        ("small.png", (200, 90), ("200", "90")),
        ("sharp@2x.jpg", (600, 300), ("300", "150")),
        ("play.gif", (536, 300), ("536", "300")),
    ],
)
def test_an_image_has_its_own_size_and_is_never_enlarged(tmp_path, name, size, shown):
    """Width and height are in the page, so that nothing jumps while it loads."""
    _picture(tmp_path, name, size)
    issue = _issue(tmp_path, f"![A press]({name})")
    image = re.search(r"<img [^>]*>", issue.html)
    assert image
    assert shown == tuple(re.search(rf'{side}="(\d+)"', image[0])[1] for side in ("width", "height"))
    assert f"max-width: {shown[0]}px" in image[0]
    assert [] == _found(issue)


def test_an_image_is_hosted_under_a_name_that_holds_its_hash(tmp_path):
    """Another content has another address, and no picture travels inside the mail."""
    _picture(tmp_path, "a press.png")
    first = _issue(tmp_path, "![A press](a%20press.png)")
    _picture(tmp_path, "a press.png", colour="red")
    second = _issue(tmp_path, '<img src="a press.png" alt="A press" width="100">')
    names = [issue.images[0].name for issue in (first, second)]
    assert names[0] != names[1]
    assert all(re.fullmatch(r"[0-9a-f]{16}-a-press\.png", name) for name in names)
    assert (True, True) == (f'src="{URL}/{names[0]}"' in first.html, "data:" not in first.html)
    assert first.content_hash != second.content_hash
    assert 'width="100"' in second.html


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ("![](good.png)", ("image-alt", "error")),
        ("![A](broken.png)", ("image-unreadable", "error")),
        ("![A](drawing.svg)", ("image-unreadable", "error")),
        ("![A](photo.bmp)", ("image-unreadable", "error")),
        ("![A](../secret.png)", ("image-outside", "error")),
        ("![A](huge.png)", ("image-unreadable", "error")),
        ("![A](heavy.bin.png)", ("image-heavy", "warning")),
        ("![A](gone.png)", ("image-relative", "error")),
    ],
)
def test_what_a_mail_cannot_show_is_found(tmp_path, body, finding):
    """Each on its line, before anything goes out."""
    folder = tmp_path / "issue"
    folder.mkdir()
    good = _picture(folder, "good.png", (100, 50)).read_bytes()
    _picture(tmp_path, "secret.png", (10, 10))
    _picture(folder, "photo.bmp", (10, 10))
    Image.new("1", (9000, 6000)).save(folder / "huge.png")
    (folder / "broken.png").write_bytes(good[: len(good) // 2])
    (folder / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    # what stands behind the end of an image is not looked at, and weighs as much
    (folder / "heavy.bin.png").write_bytes(good + bytes(600_000))
    issue = _issue(folder, body)
    assert [finding] == _found(issue)
    assert "issue/index.md:6" == issue.findings[0].where


def test_without_a_place_to_serve_from_it_is_said_what_to_set(tmp_path):
    """The mail says in words what the picture shows, and preflight names the setting."""
    _picture(tmp_path, "press.png")
    issue = _issue(tmp_path, "![A press](press.png)", url="")
    assert [("image-hosting", "error")] == _found(issue)
    assert "PRESSRUN_ASSETS_URL" in issue.findings[0].message
    assert ("[A press]" in issue.html, "<img" in issue.html) == (True, False)


def test_pictures_are_copied_once_and_whole(tmp_path):
    """Copying again changes nothing, and a picture that changed meanwhile is not published under the old name."""
    path = _picture(tmp_path, "press.png")
    issue = _issue(tmp_path, "![A press](press.png)")
    served = tmp_path / "assets"
    kept = issues.keep_images(issue.images, served)
    assert [path.read_bytes()] == [one.read_bytes() for one in kept]
    before = kept[0].stat().st_mtime_ns
    assert (kept, before) == (issues.keep_images(issue.images, served), kept[0].stat().st_mtime_ns)
    _picture(tmp_path, "press.png", colour="red")
    kept[0].unlink()
    with pytest.raises(InputError, match="changed while the issue was checked"):
        issues.keep_images(issue.images, served)
    assert [] == list(served.iterdir())


def test_a_title_becomes_a_caption(tmp_path):
    """What stands between quotes behind an image is read below it, in HTML and in text."""
    _picture(tmp_path, "press.png")
    issue = _issue(tmp_path, '![A press](press.png "In Mainz")')
    assert re.search(r'<span class="caption" style="[^"]*">In Mainz</span>', issue.html)
    assert "[A press] In Mainz\n" in issue.text


def test_what_mail_clients_show_in_another_way_is_told(tmp_path):
    """Colours of print, a picture that only lies on its side without its note, and a name that says another type."""
    Image.new("CMYK", (40, 20)).save(tmp_path / "print.jpg")
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (40, 20)).save(tmp_path / "turned.jpg", exif=turned)
    Image.new("RGB", (40, 20)).save(tmp_path / "type.png", format="JPEG")
    for name, said in (("print.jpg", "CMYK"), ("turned.jpg", "EXIF"), ("type.png", "call it .jpg")):
        found = _issue(tmp_path, f"![A press]({name})").findings
        assert [("image-format", True)] == [(one.rule, said in one.message) for one in found]


@pytest.mark.parametrize(("name", "meant"), [("press.png", "Press.PNG"), ("Pres.PNG", "Press.PNG")])
def test_a_name_that_is_nearly_right_is_told(tmp_path, name, meant):
    """A Mac takes capitals as they come, and the server does not."""
    _picture(tmp_path, "Press.PNG")
    found = _issue(tmp_path, f"![A press]({name})").findings
    assert [("image-relative", True)] == [(one.rule, f"did you mean {meant}?" in one.message) for one in found]


def test_an_empty_file_is_called_so(tmp_path):
    """It is what a download that failed leaves behind."""
    (tmp_path / "press.png").write_bytes(b"")
    assert "it is empty" in _issue(tmp_path, "![A press](press.png)").findings[0].message
