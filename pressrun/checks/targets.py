"""Ask whether what an issue leads to and shows is there, all at once, and judge the answers."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from pressrun.checks.answer_cache import remember, remembered
from pressrun.checks.fetching import Answer, Fetcher, Limits, Resolve, resolve
from pressrun.checks.link_lists import listed, malicious
from pressrun.issues.findings import Finding, error, warning
from pressrun.issues.links import Target

#: As for images beside an issue: more than this, and readers wait on the road.
_HEAVY_BYTES = 500_000
_MOST_REDIRECTS = 3
_IMAGE_TYPES = ("image/", "application/octet-stream", "binary/octet-stream")


def judge_targets(
    targets: Sequence[Target],
    home: Path,
    now: datetime,
    *,
    limits: Limits | None = None,
    lookup: Resolve = resolve,
) -> list[Finding]:
    """Ask for each address once, or remember what it answered lately, and give what is wrong.

    Args:
        targets: Of one issue.
        home: Folder of the stores: keeps the answers, and the lists of malicious addresses.
        now: When.
        limits: How far to go; the usual ones by default.
        lookup: Resolves names.
    """
    known = remembered(home, now)
    unknown = sorted({_bare(target.url) for target in targets} - set(known))
    fresh = asyncio.run(_ask(unknown, limits, lookup)) if unknown else {}
    remember(home, known, fresh, now)
    answers = {**known, **fresh}
    ends = listed((answer.end for answer in answers.values() if answer.redirects), home)
    return [finding for target in targets for finding in _judge(target, answers[_bare(target.url)], ends)]


async def _ask(urls: Sequence[str], limits: Limits | None, lookup: Resolve) -> dict[str, Answer]:
    async with Fetcher(limits, lookup) as fetcher:
        answers = await asyncio.gather(*(fetcher.ask(url) for url in urls))
    return dict(zip(urls, answers, strict=True))


def _bare(url: str) -> str:
    return url.partition("#")[0]


def _judge(target: Target, answer: Answer, ends: Mapping[str, str]) -> Iterator[Finding]:
    if answer.end in ends:
        yield malicious(target, ends[answer.end], answer.end)
    yield from (_judge_image if target.kind == "image" else _judge_link)(target, answer)


def _judge_link(target: Target, answer: Answer) -> Iterator[Finding]:
    if answer.state == "private":
        yield error("link-private", f"{target.url} was not asked: {answer.said}.", target.where)
    elif answer.state in ("dead", "unreachable", "loop", "tls"):
        yield warning(f"link-{answer.state}", f"{target.url}: {answer.said}.", target.where)
    elif answer.redirects > _MOST_REDIRECTS:
        problem = f"{target.url} passes {answer.redirects} redirects before it ends at {answer.end}."
        yield warning("link-redirects", problem, target.where)


def _judge_image(target: Target, answer: Answer) -> Iterator[Finding]:
    if answer.state not in ("there", "unsure"):
        yield warning("image-dead", f"{target.url}: {answer.said}.", target.where)
    elif answer.state == "there" and answer.content_type and not answer.content_type.startswith(_IMAGE_TYPES):
        yield warning("image-not-image", f"{target.url} is {answer.content_type}.", target.where)
    elif answer.length > _HEAVY_BYTES:
        problem = f"The image {target.url} has {answer.length / 1_000_000:.1f} MB; phones load it slowly."
        yield warning("image-heavy", problem, target.where)
