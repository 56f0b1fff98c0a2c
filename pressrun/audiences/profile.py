"""What one service's export looks like; each file in `profiles/` holds one such description."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from pressrun.audiences.statuses import WORDS

_NOT_A_WORD = re.compile(r"[^\w]+|_+")

ADDRESS_NAMES = ("email", "email_address", "e_mail", "e_mail_address", "emailaddress", "mail", "subscriber")


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """How to read one kind of export. All column names are written as `plain_name` gives them."""

    #: What `--source` calls it.
    source: str
    #: What people call it.
    title: str
    #: Sets of columns; a table that has all of one set is taken for this kind. Empty: the one to fall back on.
    marks: tuple[frozenset[str], ...] = ()
    #: Where the address may be, the best first.
    address: tuple[str, ...] = ADDRESS_NAMES
    #: Whether a file without a header, one address a line, is taken for this kind.
    is_bare: bool = False
    name: tuple[str, ...] = ("name", "full_name", "fullname")
    first_name: tuple[str, ...] = ("first_name", "firstname", "fname")
    last_name: tuple[str, ...] = ("last_name", "lastname", "lname")
    #: Columns with a status word.
    status: tuple[str, ...] = ()
    #: Columns that hold a status word in some tables and something else in others; read as a status only if
    #: every cell in them is a known word.
    perhaps_status: tuple[str, ...] = ()
    #: Status word → status.
    words: Mapping[str, str] = field(default_factory=lambda: WORDS)
    #: What the status is where no column says anything; None: something must.
    silence: str | None = "active"
    #: Word in the file's name → status of all its rows; where silence is None, a column of `filled_means` tells it too.
    file_names: Mapping[str, str] = field(default_factory=dict)
    #: Yes/no column → status of the rows that say yes.
    yes_means: Mapping[str, str] = field(default_factory=dict)
    #: Yes/no column → status of the rows that say no.
    no_means: Mapping[str, str] = field(default_factory=dict)
    #: Column → status of the rows where it is filled; a date in it says since when.
    filled_means: Mapping[str, str] = field(default_factory=dict)
    #: Columns that may mean an opt-out where they are empty; such rows go to quarantine.
    must_be_filled: tuple[str, ...] = ()
    #: Where the time of consent may be, the best first.
    consented: tuple[str, ...] = ("consented_at",)
    subscribed: tuple[str, ...] = ("subscribed_at",)
    #: When the row was last changed; decides which of two rows of one person is the newer.
    changed: tuple[str, ...] = ("updated_at",)
    tags: tuple[str, ...] = ("tags",)
    #: What parts the tags of one cell: the first of these characters that occurs in it.
    tag_separators: str = ";,"
    #: Whether a tag may hold what parts tags, so that a person has to look at them.
    are_tags_doubtful: bool = False
    #: Columns whose cells hold an object with attributes in it, and how it is written: `json`, or as Python does.
    unfolded: Mapping[str, Literal["json", "python"]] = field(default_factory=dict)
    #: End of a yes/no column's name → the attribute that lists the columns that say yes: `gold_tier` → `tiers`.
    gathered: Mapping[str, str] = field(default_factory=dict)
    #: Columns from which nothing is taken: the service's own bookkeeping, and what we have no use for.
    left_out: frozenset[str] = frozenset()
    #: Pattern of address keys that are the service's own marks and not people.
    bookkeeping: str | None = None
    #: Word of a status column → kind of row that says nothing about being mailed and is left out.
    says_nothing: Mapping[str, str] = field(default_factory=dict)
    #: When somebody stopped, besides the columns of `filled_means`.
    ended: tuple[str, ...] = ()
    #: Whether in dates with the year last the day comes first; None: the column has to tell.
    day_first: bool | None = None
    #: Whether its times are in a zone that only a person can name.
    asks_zone: bool = False
    #: Names of the tables in the service's archives, as patterns in lower case.
    members: tuple[str, ...] = ()
    #: How its columns are known: A from documentation or real files, B from what others read, C from hearsay.
    evidence: Literal["A", "B", "C"] = "A"
    #: Words in a file's name by which it is suspected to come from here where columns do not tell.
    hints: tuple[str, ...] = ()
    #: What a person should know about every table of this kind.
    caution: str = ""

    def mark_in(self, columns: frozenset[str]) -> frozenset[str]:
        """Give the largest of the sets of columns that a table has all of; empty if it has none."""
        return max((mark for mark in self.marks if mark <= columns), key=len, default=frozenset())


@cache
def plain_name(header: str) -> str:
    """Spell a column's header as one lower-case word that templates can use: `ZIP Code` → `zip_code`."""
    composed = unicodedata.normalize("NFC", header).casefold()
    return _NOT_A_WORD.sub("_", composed).strip("_")
