"""Hypothesis looks for an order of things that breaks a promise; the checker looks after every step."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pressrun.delivery.sender import sender
from pressrun.errors import HeldElsewhereError, RefusedError, StoreBusyError
from pressrun.ledger import Ledger, identity, issues
from pressrun.ledger.issues import IssueDraft
from tests.proofs.chancy_provider import WEATHER
from tests.proofs.figures import Figures
from tests.proofs.sim_stage import Stage, sim_world
from tests.proofs.sim_world import ISSUE, SimWorld
from tests.proofs.simulation import FAST, let_it_end, repeatable

_POINTS = st.integers(1, 45)
_WORDS = st.sampled_from(sorted(WEATHER))
_STEPS: list[int] = []


class OneIssue(RuleBasedStateMachine):
    """One issue, from its freeze until everything has settled."""

    stage: Stage
    world: SimWorld
    steps = 0

    @initialize(
        seed=st.integers(0, 2**32),
        sizes=st.lists(st.integers(1, 5), min_size=1, max_size=4),
        policy=st.sampled_from(["hold", "never", "resend_now", "fenced", "resend_if_silent: 60m"]),
        bad=st.integers(0, 3),
    )
    def freeze(self, seed: int, sizes: list[int], policy: str, bad: int) -> None:
        """Freeze an audience, a few of whose addresses are bad."""
        chance = random.Random(seed)
        self.open = ExitStack()
        self.open.enter_context(repeatable(chance))
        self.world = sim_world(self.stage, chance, sizes=sizes, policy=policy)
        self.world.provider.stormy = False
        identity.identify(self.world.ledger, self.stage.settings, self.world.clock())
        people = self.world.people
        self.world.provider.bad = frozenset(chance.sample(people, min(bad, len(people))))

    @rule(word=_WORDS)
    def post_one_batch(self, word: str) -> None:
        """Post one batch; the first request of it comes to whatever the word says."""
        self.world.provider.next_word = word
        self.world.send(most=1)
        self.world.provider.next_word = ""

    @rule()
    def send_all(self) -> None:
        """Post everything that is planned."""
        self.world.send()

    @rule(at=_POINTS, word=_WORDS)
    def kill(self, at: int, word: str) -> None:
        """Kill a sender at any point."""
        self.world.provider.next_word = word
        self.world.send(kill_at=at)
        self.world.provider.next_word = ""

    @rule()
    def restart(self) -> None:
        """Begin anew with nothing but what is stored."""
        self.world.ledger.close()

    @rule(at=_POINTS, who=st.integers(0, 20))
    def unsubscribe_during_a_send(self, at: int, who: int) -> None:
        """Somebody unsubscribes at any point of a send."""
        self.world.send(at_points={at: lambda: self._unsubscribe(who)})

    @rule(who=st.integers(0, 20))
    def unsubscribe(self, who: int) -> None:
        """Somebody unsubscribes."""
        self._unsubscribe(who)

    @rule()
    def subscribe(self) -> None:
        """Somebody new comes: the frozen audience does not grow."""
        draft = IssueDraft(issue_id=ISSUE, subject="", segment="everyone", content_hash="other", shared=b"{}")
        with pytest.raises(RefusedError):
            issues.start(self.world.ledger, draft, self.world.clock())

    @rule(share=st.floats(0, 1), at=_POINTS)
    def events(self, share: float, at: int) -> None:
        """Events of some requests arrive, in any order and once more, while a sender is at work or not."""
        self.world.send(at_points={at: lambda: self._events(share)}) if at % 2 else self._events(share)

    @rule()
    def settle(self) -> None:
        """Settle."""
        self.world.settle()

    @rule(truthfully=st.booleans())
    def operator_settles(self, truthfully: bool) -> None:
        """A person decides, rightly or not."""
        self.world.decide(truthfully=truthfully)

    @rule(seconds=st.sampled_from([-86_400, -1, 5, 3600, 90_000]))
    def clock_jumps(self, seconds: int) -> None:
        """The clock is set."""
        self.world.sleep(seconds)

    @rule(what=st.sampled_from(["pause", "resume", "resume"]))
    def control(self, what: str) -> None:
        """A person pauses or resumes."""
        self.world.control(what)

    @precondition(lambda self: self.steps > 8)
    @rule()
    def cancel(self) -> None:
        """A person gives the issue up."""
        self.world.control("cancel")

    @rule(at=_POINTS)
    def second_sender(self, at: int) -> None:
        """A second sender is refused while the first is at work, and posts nothing."""
        self.world.send(at_points={at: self._refused_sender})

    @rule()
    def restored_copy(self) -> None:
        """A copy of the ledger that was put in the original's place posts nothing until somebody says yes."""
        path = self.world.settings.home / "ledger.sqlite"
        self.world.ledger.close()
        shutil.copyfile(path, path.with_name("copy"))
        path.rename(path.with_name("original"))
        path.with_name("copy").rename(path)
        posts = self.world.provider.posts
        ended = self.world.send()
        assert "moved or restored" in ended
        assert posts == self.world.provider.posts
        self.world.ledger.close()
        path.with_name("original").rename(path)

    @rule(number=st.integers(1, 25), forever=st.booleans(), word=_WORDS)
    def ledger_cannot_be_written(self, number: int, forever: bool, word: str) -> None:
        """The n-th write of a send fails, alone or with all that follow."""
        self.world.provider.next_word = word
        with _failing_writes(number, forever=forever):
            self.world.send()
        self.world.provider.next_word = ""

    @invariant()
    def promises_hold(self) -> None:
        """Nobody twice, nobody forgotten, nobody against their will, nothing false shown."""
        if hasattr(self, "world"):
            self.steps += 1
            self.world.check()

    def teardown(self) -> None:
        """Let everything settle; then nothing may be open but what nobody can know."""
        _STEPS.append(self.steps)
        with self.open:
            let_it_end(self.world)

    def _unsubscribe(self, who: int) -> None:
        self.world.unsubscribe(self.world.people[who % len(self.world.people)])

    def _events(self, share: float) -> None:
        known = self.world.provider.eventful()
        self.world.events_arrive(self.world.chance.sample(known, round(share * len(known))))
        self.world.settle()
        self.world.settle()

    def _refused_sender(self) -> None:
        with pytest.raises(HeldElsewhereError), sender(self.world.settings, self.world.ledger, ISSUE, self.world.clock):
            raise AssertionError("there were two senders")


@contextmanager
def _failing_writes(number: int, *, forever: bool) -> Iterator[None]:
    write, count = Ledger.write, 0

    @contextmanager
    def failing(self: Ledger) -> Iterator[object]:
        nonlocal count
        count += 1
        if count == number or (forever and count > number):
            raise StoreBusyError("The ledger could not be written (disk full).")
        with write(self) as connection:
            yield connection

    with patch.object(Ledger, "write", failing):
        yield


@pytest.fixture
def explore(tmp_path: Path) -> Iterator[Callable[[int, int], None]]:
    """Give a function that runs so many examples of so many steps."""
    stage = Stage(Path(mkdtemp(dir=FAST or tmp_path)))
    OneIssue.stage = stage
    _STEPS.clear()

    def run(examples: int, steps: int) -> None:
        found = settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize="PRESSRUN_EXPLORE" not in os.environ,
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(OneIssue, settings=found)

    yield run
    stage.close()


def test_twenty_orders_of_things(explore: Callable[[int, int], None], figures: Figures) -> None:
    """No order of posts, kills, lost answers, events, decisions and failures breaks a promise."""
    explore(20, 15)
    figures("state machine, a sample", examples=len(_STEPS), steps=sum(_STEPS), violations=0)


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_five_hundred_orders_of_things(explore: Callable[[int, int], None], figures: Figures) -> None:
    """The same, longer."""
    explore(500, 40)
    figures("state machine", examples=len(_STEPS), steps=sum(_STEPS), violations=0)
