"""Run a piece of work in a child process that cannot take more time, memory or room than it may.

The child is a copy of this process (`fork`), so nothing is loaded or handed over, and it ends without cleaning up
after itself: files and locks are the parent's. What it gives back are texts.
"""

import gc
import os
import resource
import select
import signal
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from types import FrameType
from typing import NoReturn

import orjson
from jinja2 import TemplateError

_MB = 1_000_000


class LimitError(TemplateError):
    """It took more time, memory or room than it may."""

    lineno: int | None = None


class ChildFaultError(TemplateError):
    """What went wrong in the child."""

    def __init__(self, message: str, lineno: int, *, is_python: bool) -> None:
        super().__init__(message)
        self.lineno = lineno
        #: Whether it is an error of Python's own, whose words may quote a value.
        self.is_python = is_python


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one child may take."""

    #: Seconds of a processor.
    cpu_seconds: float = 2.0
    #: Bytes on top of what the process has already.
    memory: int = 256 * _MB
    #: Bytes of the answer.
    output: int = 4 * _MB
    #: Seconds by the clock after which a child that does not even die by itself is killed.
    patience: float = 30.0


#: For one piece that all recipients share.
USUAL = Limits()


def for_many(count: int) -> Limits:
    """Give what may be taken for a piece that is rendered for many people at once."""
    return replace(USUAL, cpu_seconds=USUAL.cpu_seconds + count / 500, output=USUAL.output + 20_000 * count)


def limited(
    work: Callable[[], list[str]], faults: tuple[type[Exception], ...], limits: Limits | None = None
) -> list[str]:
    """Do some work in a child process.

    Args:
        work: Gives texts; nothing it does elsewhere is seen here.
        faults: What it may raise on account of a template.
        limits: What it may take.

    Raises:
        LimitError: It took too much.
        ChildFaultError: It raised one of the faults.
    """
    allowed = limits or USUAL
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # from Python 3.12 on a fork beside threads is warned of; this child takes no lock that they could hold
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _be_the_child(writing, work, faults, allowed)
    os.close(writing)
    try:
        answer = _read(reading, allowed)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return _told(answer, allowed)


def ran_out(problem: BaseException) -> bool:
    """Tell whether an error came up because a limit was reached.

    Jinja looks up the line of what it raises, and stumbles where the interpreter stood between two lines.
    """
    return isinstance(problem, LimitError) or isinstance(problem.__context__, LimitError)


def line_of(error: BaseException) -> int:
    """Find the line of a template on which an error came up."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in ("<template>", "<unknown>"):
            # None between two lines, whatever its type says
            line = trace.tb_lineno or line
        trace = trace.tb_next
    return line


def _read(reading: int, allowed: Limits) -> bytes:
    """Read until the child ends, has said too much, or has been silent for too long."""
    pieces, size, end = list[bytes](), 0, time.monotonic() + allowed.patience
    while size <= allowed.output + _MB:
        ready, _, _ = select.select([reading], [], [], max(0.0, end - time.monotonic()))
        piece = os.read(reading, 1 << 16) if ready else b""
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _told(answer: bytes, allowed: Limits) -> list[str]:
    try:
        kind, content = orjson.loads(answer)
    except ValueError:
        raise LimitError(_beyond(allowed)) from None
    if kind == "done":
        return [str(one) for one in content]
    if kind == "limit":
        problem = LimitError(_beyond(allowed))
        problem.lineno = content
        raise problem
    raise ChildFaultError(content["message"], content["line"], is_python=content["is_python"])


def _beyond(allowed: Limits) -> str:
    return (
        f"it takes more than {allowed.cpu_seconds:.3g} seconds, {allowed.memory // _MB} MB of memory or "
        f"{allowed.output // _MB} MB of text"
    )


def _be_the_child(
    writing: int,
    work: Callable[[], list[str]],
    faults: tuple[type[Exception], ...],
    allowed: Limits,
) -> NoReturn:
    """Work, answer, and vanish; whatever happens, the copy never returns into the caller's code."""
    try:
        gc.disable()
        _let_go_of_files(writing)
        _set_limits(allowed)
        _say(writing, _worked(work, faults, allowed))
    finally:
        os._exit(0)


def _worked(
    work: Callable[[], list[str]],
    faults: tuple[type[Exception], ...],
    allowed: Limits,
) -> bytes:
    try:
        done = work()
        if sum(map(len, done)) > allowed.output:
            return orjson.dumps(["limit", None])
        return orjson.dumps(["done", done])
    except (LimitError, MemoryError) as problem:
        return orjson.dumps(["limit", line_of(problem)])
    except faults as problem:
        if ran_out(problem) and problem.__context__ is not None:
            return orjson.dumps(["limit", line_of(problem.__context__)])
        is_python = not isinstance(problem, TemplateError)
        line = getattr(problem, "lineno", None) or line_of(problem)
        return orjson.dumps(["fault", {"message": str(problem)[:2000], "line": line, "is_python": is_python}])


def _let_go_of_files(kept: int) -> None:
    """Close what the parent has open: a lock would outlive the parent as long as its copy lives."""
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") < 1 << 16 else 1 << 16)


def _set_limits(allowed: Limits) -> None:
    signal.signal(signal.SIGPROF, _stop)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, allowed.cpu_seconds)
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = int(used.ru_utime + used.ru_stime + allowed.cpu_seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if (size := _size()) is not None:
        resource.setrlimit(resource.RLIMIT_AS, (size + allowed.memory, size + allowed.memory))


def _size() -> int | None:
    """Give the bytes of address space this process has; None where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  # after the fork, as little as can be
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return None


def _stop(number: int, frame: FrameType | None) -> None:
    raise LimitError("time is up")


def _say(writing: int, answer: bytes) -> None:
    view = memoryview(answer)
    while view:
        view = view[os.write(writing, view) :]
