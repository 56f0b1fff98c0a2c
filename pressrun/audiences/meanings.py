"""What each column of a table means: by its service, by a guess at what is in it, or because a person said so.

A meaning that was guessed or said outranks the column's name. Inside of a profile it stands as a name of its own,
`=subscribed_at`, which no header can have.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pressrun.audiences.addresses import masked
from pressrun.audiences.profile import Profile, plain_name
from pressrun.errors import InputError

if TYPE_CHECKING:
    from pressrun.audiences.recognising import Recognised

#: What `--map COLUMN=…` may say, and what it means.
MEANINGS: Mapping[str, str] = {
    "email": "the address",
    "name": "the whole name",
    "first_name": "the first name",
    "last_name": "the last name",
    "status": "a word for the status",
    "opted_in": "yes or no; no means unsubscribed",
    "unsubscribed": "yes or no; yes means unsubscribed",
    "unsubscribed_at": "filled for those who unsubscribed",
    "tags": "tags",
    "consented_at": "when the person consented",
    "subscribed_at": "when the person subscribed",
    "updated_at": "when the row was last changed",
    "attribute": "an attribute of the column's own name; attribute:NAME gives it another",
    "ignore": "nothing is taken from it",
}
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_ADDRESS = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")
_SAMPLES, _LONGEST = 3, 40


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnMeaning:
    """One column of a table, what it is taken for, and some of its cells."""

    column: str
    meaning: str
    #: For people: how that is known.
    how: str
    #: Some of its cells, without whole addresses.
    samples: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Give the public form."""
        return {"column": self.column, "meaning": self.meaning, "how": self.how, "samples": list(self.samples)}


def meanings_said(words: Sequence[str]) -> dict[str, str]:
    """Take apart what a person said: `E-Mail=email` → the column and its meaning.

    Raises:
        InputError: It names no column, or a meaning that there is not.
    """
    said: dict[str, str] = {}
    for word in words:
        column, _, meaning = (part.strip() for part in word.rpartition("="))
        meaning = {"ignored": "ignore", "address": "email"}.get(meaning, meaning)
        kind, _, name = meaning.partition(":")
        is_known = meaning in MEANINGS or (kind == "attribute" and _NAME.fullmatch(name))
        if not column or not is_known:
            raise InputError(
                f"--map {word!r} does not say COLUMN=MEANING. A meaning is one of {', '.join(MEANINGS)}, or "
                "attribute:NAME (small letters, digits and _). Nothing was changed."
            )
        said[column] = meaning
    return said


def find_columns(said: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    """Give a table's columns that were spoken of with their meanings; case and blanks do not matter."""
    by_plain = {plain_name(column): column for column in reversed(columns)}
    found = {}
    for spoken, meaning in said.items():
        column = spoken if spoken in columns else by_plain.get(plain_name(spoken))
        if column is not None:
            found[column] = meaning
    return found


def refuse_unmatched(said: Mapping[str, str], columns: Sequence[str]) -> None:
    """Refuse to go on if a person spoke of a column that none of the tables has.

    Raises:
        InputError: It names the column, and those that are there.
    """
    unmatched = [spoken for spoken in said if not find_columns({spoken: said[spoken]}, columns)]
    if unmatched:
        raise InputError(
            f"--map speaks of {', '.join(map(repr, unmatched))}, which no table has. Columns seen: "
            f"{', '.join(dict.fromkeys(columns)) or 'none'}. Nothing was changed."
        )


def open_to_meanings(profile: Profile) -> Profile:
    """Give a profile in which a meaning that was guessed or said goes before the service's own names."""
    return replace(
        profile,
        address=("=email", *profile.address),
        name=("=name", *profile.name),
        first_name=("=first_name", *profile.first_name),
        last_name=("=last_name", *profile.last_name),
        status=("=status", *profile.status),
        tags=("=tags", *profile.tags),
        consented=("=consented_at", *profile.consented),
        subscribed=("=subscribed_at", *profile.subscribed),
        changed=("=updated_at", *profile.changed),
        yes_means={"=unsubscribed": "unsubscribed", **profile.yes_means},
        no_means={"=opted_in": "unsubscribed", **profile.no_means},
        filled_means={"=unsubscribed_at": "unsubscribed", **profile.filled_means},
        left_out=profile.left_out | {"=ignore"},
    )


def meanings_of(recognised: "Recognised", attributes: Mapping[str, str]) -> tuple[ColumnMeaning, ...]:
    """Say of each column of a table what it is taken for.

    Args:
        recognised: The table.
        attributes: Name of each attribute → its column.
    """
    frame = recognised.table.frame
    named = {column: name for name, column in attributes.items()}
    return tuple(
        ColumnMeaning(
            column=column,
            meaning=_meaning(recognised, column, named),
            how=_how(recognised, column),
            samples=_samples(frame[column].head(1_000).tolist()),
        )
        for column in frame.columns
    )


def _meaning(recognised: "Recognised", column: str, attributes: Mapping[str, str]) -> str:
    if column == recognised.address:
        return "email"
    profile, name = recognised.profile, recognised.plain(column)
    roles = {
        "name": profile.name,
        "first_name": profile.first_name,
        "last_name": profile.last_name,
        "consented_at": profile.consented,
        "subscribed_at": profile.subscribed,
        "updated_at": profile.changed,
        "tags": profile.tags,
    }
    found = [role for role, names in roles.items() if name in names]
    found += _signs(recognised, column, name)
    if name in profile.unfolded:
        found.append("attributes inside")
    elif column in attributes and not {"first_name", "last_name"} & set(found):
        found.append(f"attribute {attributes[column]}")
    found += [f"attribute {to}" for end, to in profile.gathered.items() if name.endswith(end)]
    return " + ".join(found) or "ignore"


def _signs(recognised: "Recognised", column: str, name: str) -> list[str]:
    profile = recognised.profile
    found = ["status"] if name in profile.status or column in recognised.clear_columns() else []
    for means, when in ((profile.yes_means, "yes"), (profile.no_means, "no"), (profile.filled_means, "filled")):
        if name in means:
            found.append(f"{means[name]} where {when}")
    if name in profile.must_be_filled:
        found.append("quarantine where empty")
    return found


def _how(recognised: "Recognised", column: str) -> str:
    if column in recognised.said:
        return "you said so"
    by_content = column == recognised.address and recognised.plain(column) not in recognised.profile.address
    return "by what is in it" if by_content or column in recognised.guessed else "by its name"


def _samples(cells: Sequence[str]) -> tuple[str, ...]:
    filled = dict.fromkeys(" ".join(cell.split()) for cell in cells if cell.strip())
    return tuple(_ADDRESS.sub(lambda found: masked(found[0]), cell)[:_LONGEST] for cell in list(filled)[:_SAMPLES])
