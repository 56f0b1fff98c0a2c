"""Start an issue: a file, or a folder for one with images, with its front matter filled in."""

from pathlib import Path

import yaml

from pressrun.errors import InputError
from pressrun.issues.brand import Brand
from pressrun.issues.written import issue_files, load, slug

#: TK is what preflight finds, so that nothing of this goes out unwritten.
_BODY = """
# {title}

TK

Until next time,\\
{name}
"""


def start(title: str, issues_dir: Path, brand: Brand, *, look: str = "", name: str = "", folder: bool = False) -> Path:
    """Write the beginning of an issue; nothing that is there is touched.

    Args:
        title: Becomes subject, heading and, unless one is given, the slug.
        issues_dir: Where issues are; made if it is not there.
        brand: Says who sends, in which language and look.
        look: The layout; empty: the brand's.
        name: The slug; empty: made of the title.
        folder: Whether it gets a folder of its own, for images beside it.

    Returns:
        The path of its Markdown file.

    Raises:
        InputError: The title gives no slug, or there is such an issue already.
    """
    title = " ".join(title.split())
    issue_id = _slug(name or title)
    _refuse_known(issue_id, issues_dir)
    path = issues_dir / issue_id / "index.md" if folder else issues_dir / f"{issue_id}.md"
    try:
        path.parent.mkdir(parents=True, exist_ok=not folder)
        with path.open("x", encoding="utf-8") as file:
            file.write(_text(title, brand, look or brand.look))
    except FileExistsError:
        raise InputError(f"{path} is there already and was not touched; give the issue another name.") from None
    return path


def _slug(text: str) -> str:
    try:
        return slug(text, Path())
    except InputError:
        raise InputError(f"No slug can be made of {text!r}; give one of letters and digits with --slug.") from None


def _refuse_known(issue_id: str, issues_dir: Path) -> None:
    for path in issue_files(issues_dir):
        try:
            known = load(path, issues_dir).issue_id
        except InputError:
            continue  # it cannot be read, so it has no name that could be taken
        if known == issue_id:
            raise InputError(f"{path} is called {issue_id} already; nothing was written. Give another with --slug.")


def _text(title: str, brand: Brand, look: str) -> str:
    keys = {
        "subject": title,
        "preheader": "TK what comes after the subject in an inbox, in 40 to 130 characters.",
        "from": brand.sender,
        "segment": "everyone",
        "look": look,
        "lang": brand.lang,
    }
    front = yaml.safe_dump(keys, allow_unicode=True, sort_keys=False, width=1000)
    return f"---\n{front}---\n" + _BODY.format(title=title, name=brand.name)
