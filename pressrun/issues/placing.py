"""Give each image of an issue its place in a mail: an address, and as much of its size as is known."""

from dataclasses import dataclass

from pressrun.issues.image_rules import Image, judge_image
from pressrun.issues.links import absolute
from pressrun.issues.reading import Reading

#: As wide as the text of the base layout, in pixels.
COLUMN = 536


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """An image as the page shows it."""

    url: str
    #: In pixels; 0 where the image is somewhere else and nobody said.
    width: int = 0
    height: int = 0

    @property
    def attributes(self) -> dict[str, str]:
        """Give what says how large it is: an exact size, or no more than the width of the text."""
        if not self.width:
            return {"width": str(COLUMN)}
        height = {"height": str(self.height)} if self.height else {}
        return {"class": "sized", "width": str(self.width), **height}


def place_image(source: str, alt: str, reading: Reading, where: str, *, told: int = 0) -> Placed | None:
    """Give an image its address and size, or None if no mail can show it; what is wrong is noted.

    Args:
        source: The address as the author wrote it: of the web, or of a file beside the issue.
        alt: What stands for it where it is not shown.
        reading: Takes findings.
        where: `file:line`.
        told: The width the author asked for, in pixels; 0: none.
    """
    most = min(told, COLUMN) if told else COLUMN
    if reading.album.is_beside(source):
        picture, findings = reading.album.take(source, alt, where)
        reading.findings += findings
        if picture is None:
            return None
        width, height = picture.sized(most)
        url = reading.album.address(picture)
        # one without alt was found already
        reading.findings += judge_image(Image(url=url, alt=alt or "none", where=where))
        return Placed(url=url, width=width, height=height)
    address = absolute(source, reading, "image", where)
    if address is None:
        return None
    reading.findings += judge_image(Image(url=address, alt=alt, where=where))
    return Placed(url=address, width=most if told else 0)
