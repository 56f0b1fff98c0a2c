"""What is carried along while the Markdown of one issue is read."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pressrun.issues.findings import Finding
from pressrun.issues.images import Album
from pressrun.issues.markers import Markers


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
    findings: list[Finding] = field(default_factory=list)
