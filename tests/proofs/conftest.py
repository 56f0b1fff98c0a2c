"""What all proofs get: quiet logs, since a line for each of a million attempts costs more than the attempts."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.proofs.press import Press

#: People of the small installation.
PEOPLE = 60


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    """Keep what is below a warning out of the logs."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def press(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Press]:
    """Give one small installation for all proofs of this worker; whoever uses it begins it again."""
    press = Press(
        tmp_path_factory.mktemp("press"), root, people=PEOPLE, PRESSRUN_CONCURRENCY="1", PRESSRUN_BATCH_SIZE="10"
    )
    try:
        yield press.open()
    finally:
        press.close()
