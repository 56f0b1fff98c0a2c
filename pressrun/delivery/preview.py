"""Write one issue as one person would get it, without sending anything."""

import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from pressrun import issues
from pressrun.audiences.addresses import address_key
from pressrun.audiences.tokens import Minter
from pressrun.delivery.packing import person_of
from pressrun.errors import InputError
from pressrun.issues import SlotRenderer
from pressrun.settings import Settings
from pressrun.warehouse import read_lake

#: Who reads a preview while there are no subscribers yet.
STAND_IN = {
    "subscriber_id": "preview",
    "email": "reader@example.org",
    "name": "",
    "tags": [],
    "attributes": "{}",
}


def preview(
    settings: Settings, reference: str | Path, *, email: str | None, out: Path | None, now: datetime
) -> dict[str, Path]:
    """Write HTML, text and .eml of one issue.

    Args:
        settings: Where issues, templates and stores are.
        reference: Path of a Markdown file, or a slug.
        email: The subscriber to read as; None for the first one, or for a stand-in.
        out: Folder to write to; None for `previews` below the stores.
        now: Dates the message.

    Returns:
        Kind (html, text, eml) → path.

    Raises:
        InputError: There is no such issue or subscriber, or the folder cannot be written to.
    """
    written = issues.load(reference, settings.issues)
    brand = issues.load_brand(settings.templates)
    rendered = issues.check(
        written,
        brand,
        settings.templates,
        now=now,
        nonce=secrets.token_hex(8),
        assets_url=settings.assets_url,
        web_url=settings.web_url(written.issue_id),
    )
    issues.keep_images(rendered.images, settings.assets_folder)
    row = _reader(settings, email)
    slots = SlotRenderer(rendered.slots, nonce=rendered.nonce).render_many([person_of(row)])[0]
    token = Minter(settings.signing_key).mint(secrets.token_urlsafe(16))
    values = {**slots, rendered.unsubscribe_tag: f"{settings.public_url.rstrip('/')}/u/{token}"}
    folder = out or settings.private_home() / "previews"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return issues.preview(rendered, values, folder, to=str(row["email"]), now=now)
    except OSError as problem:
        raise InputError(f"The preview cannot be written to {folder}: {problem.strerror}.") from None


def _reader(settings: Settings, email: str | None) -> dict[str, Any]:
    if not settings.catalog_path.exists():
        if email is not None:
            raise InputError("There are no subscribers yet, so none can be previewed; import some first.")
        return STAND_IN
    with read_lake(settings) as lake:
        key = None if email is None else address_key(email)
        found = lake.arrow("queries/subscriber_to_preview", {"address_key": key}).to_pylist()
    if not found and email is not None:
        raise InputError("No subscriber has that address; nothing was written.")
    return found[0] if found else STAND_IN
