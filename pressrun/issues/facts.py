"""What the rules about an issue as a whole look at."""

from dataclasses import dataclass

from pressrun.issues.brand import Brand
from pressrun.issues.written import WrittenIssue


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the rules look at."""

    written: WrittenIssue
    brand: Brand
    #: As nobody in particular would read them.
    subject: str
    preheader: str
    track: bool
    #: The page with every branch of its slots in sight.
    html: str
    #: The plain-text part, with tags in place of slots.
    text: str
    unsubscribe_tag: str
    web_url: str
