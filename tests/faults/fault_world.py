"""What the rows' tests stand on: one sandbox on real sockets, senders in processes of their own, and the judge."""

import base64
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from delivery_world import ISSUE, SHARED, World
from pydantic import SecretStr
from real_stack import Stack

from pressrun import crash_points
from pressrun.delivery.payload import Shared, Slots, personalization
from pressrun.delivery.sendgrid_provider import SendGridProvider
from pressrun.delivery.splitting import checksum
from pressrun.delivery.status import SendStatus
from pressrun.errors import PressrunError
from pressrun.ledger import attempts, issues, open_ledger, recipients, settling
from pressrun.ledger.issues import FrozenBatch, FrozenRecipient, IssueDraft
from pressrun.settings import Settings
from tests.proofs.checker import Accepted, Claims, Truth, assert_clean

_STATES = ("submitted", "refused", "withdrawn", "in_doubt", "abandoned", "pending")


#: A log longer than this is left behind with its sandbox: each question about it reads all of it.
_LONG = 500_000
_ACCEPTED, _FATES = _LOGS = ("accepted.ndjson", "requests.ndjson")


class Sandbox:
    """A running sandbox whose log is read from the beginning of each test on."""

    def __init__(self, folder: Path) -> None:
        self._base = folder
        self._count = 0
        self._start()

    def _start(self) -> None:
        self._count += 1
        folder = self._base / str(self._count)
        folder.mkdir()
        self._stack = Stack(folder=folder, settings=Settings(home=folder, _env_file=None), webhook_port=9)
        try:
            self._stack.start_sandbox()
        except BaseException:
            self._stack.end()
            raise
        for name in _LOGS:
            (folder / name).touch()

    def end(self) -> None:
        """End it."""
        self._stack.end()

    @property
    def url(self) -> str:
        """Give its address; a new one after `begin`."""
        return self._stack.url

    @property
    def folder(self) -> Path:
        """Give its folder; a new one after `begin`."""
        return self._stack.folder

    def begin(self) -> None:
        """Begin a test: no faults, and nothing of what was accepted before."""
        if (self.folder / _ACCEPTED).stat().st_size > _LONG:
            self.end()
            self._start()
        self.faults()
        self._first = self._arrived()
        self._from = {name: (self.folder / name).stat().st_size for name in _LOGS}

    def faults(self, *rules: Mapping[str, Any]) -> None:
        """Put rules in force; request numbers count from now on."""
        arrived = self._arrived()
        moved = [{**rule, **{k: rule[k] + arrived for k in ("request", "from", "to") if k in rule}} for rule in rules]
        self._stack.ask("/sandbox/faults", "PUT", [{"from": arrived + 1, **rule} for rule in moved])

    def accepted(self) -> list[Accepted]:
        """Give the accepted requests of this test, once the fate of all that arrived is known."""
        eventually(lambda: len(self.fates()) >= self._arrived() - self._first)
        return [
            Accepted(
                attempt=line["attempt"],
                started_at=datetime.fromisoformat(line["received_at"]).timestamp(),
                people=tuple(one["recipient"] for one in line["recipients"]),
            )
            for line in self._lines(_ACCEPTED)
        ]

    def fates(self) -> list[Mapping[str, Any]]:
        """Give what became of each request of this test."""
        return [fate for fate in self._lines(_FATES) if fate["n"] > self._first]

    def _lines(self, name: str) -> list[Mapping[str, Any]]:
        with (self.folder / name).open("rb") as file:
            file.seek(self._from[name])
            return [orjson.loads(line) for line in file.read().splitlines()]

    def _arrived(self) -> int:
        return int(self._stack.ask("/sandbox/api/summary")["requests"])


def post_to(world: World, sandbox: Sandbox, *, read_seconds: float = 30.0) -> World:
    """Let a world's senders post over real sockets."""
    world.provider = SendGridProvider(SecretStr("SG.test"), sandbox.url, read_seconds=read_seconds)  # type: ignore[assignment]
    return world


def in_child(act: Callable[[], object]) -> int:
    """Do something in a process of its own; give its exit status, or minus the signal that ended it."""
    return ended(begin_child(act))


def begin_child(act: Callable[[], object], *, says: Path | None = None) -> int:
    """Begin something in a process of its own, and give its id; what it is refused with is written to a file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    status = 70
    try:
        act()
        status = 0
    except PressrunError as error:
        status = error.exit_status
        if says is not None:
            says.write_text(f"{type(error).__name__}: {error}")
    except BaseException:  # noqa: BLE001  # a child that comes back would run the rest of the tests
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def ended(child: int) -> int:
    """Wait for the end of a child."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def send_anew(world: World) -> SendStatus:
    """Send as a process does that has just started: with a ledger opened by itself."""
    world.ledger = open_ledger(world.settings)
    return world.send()


def send_killed_at(world: World, point: str, nth: int = 1) -> bool:
    """Send in a process that is killed with -9 at the n-th reach of a point; tell whether it came there."""
    return in_child(lambda: [kill_at(lambda name: name == point, nth), send_anew(world)]) == -signal.SIGKILL


def send_killed_after(world: World, reaches: int) -> bool:
    """Send in a process that is killed with -9 at its n-th reach of any point; tell whether it came there."""
    return in_child(lambda: [kill_at(lambda name: True, reaches), send_anew(world)]) == -signal.SIGKILL


def kill_at(wanted: Callable[[str], bool], nth: int = 1) -> None:
    """Let this process be killed with -9 at the n-th reach of a point that is wanted."""
    left = nth

    def listener(name: str) -> None:
        nonlocal left
        left -= wanted(name)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    crash_points.listen(listener)


def claims_of(world: World, *, recovered: Collection[str] = ()) -> Claims:
    """Give what Pressrun shows of the issue."""
    status = world.status()
    return Claims(
        status=status.status,
        states=_shown_states(world, status),
        counts={state: getattr(status, state) for state in _STATES},
        candidates=status.candidates,
        recipients=status.recipients,
        excluded=sum(status.excluded.values()),
        recovered=frozenset(recovered),
        undecided=len(settling.in_doubt(world.ledger)),
    )


def _shown_states(world: World, status: SendStatus) -> dict[str, str]:
    """Give each person's state as the status counts it: what a dead sender left on the wire is in doubt."""
    states = world.states()
    for attempt in attempts.of_issue(world.ledger, ISSUE):
        if attempt.state == "wire" and status.status != "sending":
            people = recipients.of_batch(world.ledger, ISSUE, attempt.batch_no)
            states.update((one.recipient_id, "in_doubt") for one in people if states[one.recipient_id] == "pending")
    return states


def judge(world: World, accepted: Collection[Accepted], **truth: Any) -> SendStatus:
    """Hold what is shown against the provider's own log; every class of violation must be empty."""
    people = frozenset(truth.pop("audience", world.states()))
    recovered = truth.pop("recovered", ())
    proven = dict.fromkeys(truth.pop("proven", ()), time.time())
    known = Truth(audience=people, accepted=tuple(accepted), proven=proven, **truth)
    assert_clean(known, claims_of(world, recovered=recovered))
    return world.status()


def requests_of(world: World) -> list[Accepted]:
    """Give the accepted requests of a world that posts to the provider in memory."""
    log = zip(world.provider.attempts, world.provider.accepted, strict=True)
    return [Accepted(attempt=attempt, started_at=0.0, people=tuple(people)) for attempt, people in log]


def event_of(accepted: Accepted, word: str = "processed") -> bytes:
    """Give one event about the first person of an accepted request, as a webhook's body."""
    return orjson.dumps(
        [
            {
                "event": word,
                "email": f"{accepted.people[0]}@example.org",
                "timestamp": int(accepted.started_at),
                "sg_event_id": f"e-{accepted.attempt}",
                "sg_message_id": f"m-{accepted.attempt}",
                "pr_issue": ISSUE,
                "pr_batch": "1",
                "pr_attempt": accepted.attempt,
                "pr_recipient": accepted.people[0],
            }
        ]
    )


def freeze_people(world: World, people: Collection[str], *, shared: Shared = SHARED, slot: str = "") -> None:
    """Freeze the issue with one batch of people of given ids, in a given mail."""
    draft = IssueDraft(issue_id=ISSUE, subject="s", segment="all", content_hash="h", shared=shared.to_json())
    issues.start(world.ledger, draft, world.clock())
    pieces = {
        who: personalization(
            recipient_id=who,
            address=f"r{at}@example.org",
            name="",
            slots={shared.unsubscribe_tag: slot},
            link="https://example.org/u",
            issue_id=ISSUE,
        )
        for at, who in enumerate(people)
    }
    slots = Slots.of(pieces, {}).pack()
    frozen = [
        FrozenRecipient(
            recipient_id=who, subscriber_id=who, address=f"r{at}@example.org", address_key=f"r{at}@example.org"
        )
        for at, who in enumerate(people)
    ]
    batch = FrozenBatch(batch_no=1, recipients=frozen, slots=slots, sha256=checksum(slots))
    issues.add_batches(world.ledger, ISSUE, [batch])
    issues.freeze(world.ledger, ISSUE, candidates=len(people), now=world.clock())


def ids_with_links(count: int) -> list[str]:
    """Give recipient ids of the kind that unsubscribe links are made for."""
    return [base64.urlsafe_b64encode(number.to_bytes(16)).decode().rstrip("=") for number in range(count)]


def eventually(condition: Callable[[], object], *, seconds: float = 30.0) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError):
            if condition():
                return
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")
