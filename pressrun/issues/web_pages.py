"""Render the pages of the web version from the owner's templates (`templates/site/*.html.j2`)."""

import functools
from collections.abc import Mapping
from pathlib import Path

from pressrun.errors import InputError
from pressrun.issues.cage import FAULTS, Cage, cage


def web_page(templates: Path, name: str, facts: Mapping[str, object]) -> str:
    """Render one page for everybody.

    Args:
        templates: Folder of the owner's templates.
        name: `issue` or `index`.
        facts: All it may know; values are escaped unless `safe` marked them.

    Raises:
        InputError: The template is missing or wrong; the message names file and line.
    """
    file = f"site/{name}.html.j2"
    try:
        return _pages(templates).get_template(file).render(facts)
    except FAULTS as error:
        raise InputError(f"{_place(error, templates / file)}: the page cannot be rendered: {error}.") from error


@functools.lru_cache(maxsize=4)
def _pages(templates: Path) -> Cage:
    """Compile each template once; one that changes is compiled again."""
    return cage(escape=True, templates=templates)


def _place(error: BaseException, page: Path) -> str:
    """Find the line of a template on which an error came up; Jinja writes it into the traceback."""
    path, line, trace = (
        getattr(error, "filename", None) or str(page),
        getattr(error, "lineno", None) or 1,
        error.__traceback__,
    )
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            path, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return f"{path}:{line}"
