"""What is carried along while the Markdown of one issue is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pressrun.issues.findings import Finding
from pressrun.issues.images import Album
from pressrun.issues.markers import Markers

if TYPE_CHECKING:
    from pressrun.issues.links import Target


@dataclass(kw_only=True, slots=True)
class Reading:
    """One issue on its way through Markdown."""

    markers: Markers
    #: What relative addresses are resolved against; may be empty.
    base_url: str
    #: The direction of the issue as a whole: ltr or rtl.
    direction: str
    #: Line of the body, counted from 0 → `file:line`.
    where: Callable[[int], str]
    #: The images that lie beside the issue.
    album: Album
    #: The body, line by line, with words in place of constructs.
    lines: Sequence[str] = ()
    findings: list[Finding] = field(default_factory=list)
    #: What the issue leads to and shows, in the order of the text.
    targets: list["Target"] = field(default_factory=list)
