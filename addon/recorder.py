"""Everything that need not happen while a client waits: reading answers, the journal, learning, counting.

One thread of its own takes what passed in the order in which it passed. It is the store's only writer in this
process. What fails here costs a memory and one log line, never a request.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator

from msgspec import Struct

from addon.backlog import GATHER_S, Backlog, Pace
from addon.coding import CodingError, undone
from addon.figures.drift import PREFIX, Versions, version_of
from addon.figures.tallies import Account
from addon.ledger import Names
from addon.log import Log
from addon.notes import Note
from addon.twins import Flight, land_all
from addon.wire.codec import Codec, NotRepeatableError, WireError, WireResponse
from addon.wire.held import Given, Holding
from tree.agreement import Agreement, agreement
from tree.canonical import ScopeId
from tree.declared.hinting import template
from tree.errors import TreeError
from tree.explaining.explanation import Aftermath, Decided
from tree.explaining.telling import in_a_line
from tree.memory import Memory, Tally, TallyKey
from tree.message import Answer, Bindings, Conversation, Observation, Usage

logger = logging.getLogger(__name__)

FLUSH_S = 1.0
"""Counters reach the store at least this often."""
TELL_AGAIN_S = 60.0
"""A trouble that comes and goes is logged once in so long."""
LEARN_AT_ONCE = 16
LEARN_WHEN_BUSY = 1
LAST_WORDS_S = 1.0
"""How long learning may hold up the end of the process; the journal keeps the rest for the next one."""


class Passed(Struct, frozen=True):
    """An answer that went to its client in full, and what it answered."""

    codec: Codec
    conversation: Conversation
    headers: tuple[tuple[str, str], ...]
    body: bytes
    """In its content coding."""
    at_ns: int
    latency_ms: int
    foreseen: Answer | None
    """What memory would have said, in shadow; what it did say, for an audit."""
    audits: bool = False
    """Whether this was asked only to audit what was served."""
    bindings: Bindings = ()
    """What the client declared to be data."""
    asked_bytes: int = 0
    """Of the request's body."""
    flight: Flight | None = None
    """Those who ask the same wait for it."""
    given: Given | None = None
    """What was new in the request, where a later one may name the answer."""
    names: Names | None = None
    """Where to note what the answer's id stands for."""
    refs: tuple[int, ...] = ()
    """The decisions that this tells something of: the request's own, and of an audit also that of what it audits."""
    heard: Callable[[Aftermath], None] | None = None
    """Told, on the recorder's thread, what came of it."""


class Recorder:
    """Turns what passed into memory, behind the client's back.

    Args:
        memory: Where it goes; this thread alone writes to it.
        account: The counters, shared with the hooks.
    """

    def __init__(self, memory: Memory, account: Account) -> None:
        self._memory = memory
        self._account = account
        self._wake = threading.Condition()
        self._backlog = Backlog[Passed](self._wake)
        self._pace = Pace()
        self._log = Log(memory)
        self.versions = Versions(_tallies(memory))
        self._silenced = frozenset[tuple[ScopeId, int]]()
        self._open = 0
        self._behind = True
        """There may be observations to learn from; at first, those that a process before this one left."""
        self._stopping = False
        self._flush_at_s = 0.0
        self.trouble = ""
        """Why nothing can be remembered at present; empty if it can."""
        self._complained = ("", 0.0)
        """The trouble that was logged last, and when."""
        self._thread = threading.Thread(target=self._run, name="rote-recorder", daemon=True)
        self._thread.start()

    @property
    def pending(self) -> int:
        """Answers that are passing or not read yet, and observations not learnt yet."""
        try:
            return self._open + self._memory.pending()
        except TreeError:
            return self._open

    def expect(self) -> None:
        """An answer has begun to pass; it will be `submit`ted or `dismiss`ed."""
        with self._wake:
            self._open += 1

    def dismiss(self) -> None:
        """The answer expected will not come, or is not to be kept."""
        with self._wake:
            self._open -= 1

    def submit(self, passed: Passed) -> None:
        """The answer expected has passed; where too many wait already, it is not remembered."""
        if self._backlog.put(passed, len(passed.body) + passed.asked_bytes):
            return
        if passed.flight:
            passed.flight.land(None)
        self.dismiss()
        if self._backlog.shed == 1:
            logger.warning(
                "more passes than can be written; what there is no room for is not remembered"
            )

    @property
    def shed(self) -> int:
        """Answers that were not remembered, for too many waited."""
        return self._backlog.shed

    @property
    def postponed(self) -> int:
        """How often learning stood back, for many answers waited."""
        return self._pace.postponed

    def note(self, note: Note) -> int:
        """A decision was made; it is put into words, and into the log, when there is time. Returns its name there."""
        self._pace.note(time.monotonic())
        return self._log.note(note)

    def decided(self, ref: int) -> Decided | None:
        """The decision of that name, as it stands in the log; None where it is not there yet, or not any more.

        Raises:
            TreeError: The store cannot be read.
        """
        return self._log.find(ref)

    @property
    def proxy(self) -> str:
        """Names the decisions made here among those of all proxies on the store."""
        return self._log.proxy

    def flush(self) -> None:
        """Bring counters and decisions to the store now. For the recorder's own thread, or when it has stopped."""
        with self._mending("counters not written"):
            self._account.flush(self._memory)
        with self._mending("decisions not written"):
            self._log.flush()

    def stop(self) -> None:
        """Finish what is queued, then end."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        while self._goes_on():
            pass
        self.flush()
        ends = time.monotonic() + LAST_WORDS_S
        while time.monotonic() < ends and self._learn():
            pass

    def _goes_on(self) -> bool:
        """Take a turn; whatever goes wrong in one, there is another."""
        try:
            return self._turn()
        except Exception:
            logger.exception("the recorder stumbled, and goes on")
            self._behind = False  # it waits for the next answer, and does not spin
            return not self._stopping

    def _turn(self) -> bool:
        with self._wake:
            patience_s = self._pace.rests_s(time.monotonic()) if self._behind else FLUSH_S
            self._wake.wait_for(lambda: len(self._backlog) or self._stopping, timeout=patience_s)
            if len(self._backlog) and self._pace.hurried(time.monotonic()):
                self._wake.wait_for(
                    lambda: self._backlog.crowded or self._stopping, timeout=GATHER_S
                )
            batch = self._backlog.take()
            stopping = self._stopping
        # Before any answer is remembered: what a miss comes nearest to must not be its own answer.
        with self._mending("decisions not explained"):
            self._log.explain()
        if batch:
            try:
                self._remember(batch)
            finally:
                # Of no effect where one has landed.
                land_all([(passed.flight, None) for passed in batch if passed.flight])
                with self._wake:
                    self._open -= len(batch)
        if time.monotonic() >= self._flush_at_s:
            self.flush()
            with contextlib.suppress(TreeError):  # whatever else is tried with the store says so
                self._warn()
            self._flush_at_s = time.monotonic() + FLUSH_S
        # In small steps, so that what passes meanwhile is soon on the disk; the journal holds the rest.
        self._behind = not stopping and self._learn_in_turn()
        return bool(batch) or not stopping

    def _learn_in_turn(self) -> bool:
        """Learn a little if there is time for it; returns whether there may be more to learn."""
        if self._backlog.crowded:
            self._pace.postponed += 1
            return True
        if self._pace.rests_s(time.monotonic()):
            return True
        busy, before_s = self._pace.busy(), time.thread_time()
        more = self._learn(LEARN_WHEN_BUSY if busy else LEARN_AT_ONCE)
        if busy:
            self._pace.rest(time.monotonic(), time.thread_time() - before_s)
        return more

    def _remember(self, batch: list[Passed]) -> None:
        read = [(passed.flight, self._observed(passed)) for passed in batch]
        observations = [seen for _, seen in read if seen is not None]
        if observations:
            with self._mending(f"{len(observations)} exchanges not remembered"):
                self._memory.record(observations)
                self.trouble = ""
                land_all([(flight, seen) for flight, seen in read if flight])

    def _learn(self, most: int = LEARN_AT_ONCE) -> bool:
        """Learn a little, whoever recorded it; returns whether there may be more."""
        with self._mending("nothing learnt"):
            return self._memory.learn(most) > 0
        return False

    def _observed(self, passed: Passed) -> Observation | None:
        """What passed as an observation; None, with a log line, if it must not be remembered."""
        try:
            answer = read_answer(passed.codec, passed.headers, passed.body)
            _note(passed, answer)
        except WireError as error:
            kind = "not remembered" if isinstance(error, NotRepeatableError) else "not read"
            logger.info("answer %s: %s", kind, error)
        except Exception:
            logger.exception("answer not read")
        else:
            with self._mending("an answer not counted"):
                self._count(passed, answer)
            observation = Observation(
                passed.conversation, answer, passed.at_ns, passed.latency_ms, passed.bindings
            )
            # Said here and not where templates are made: that happens again whenever the journal is followed.
            if passed.bindings and isinstance(why := template(observation), str):
                logger.warning("Rote-Bindings makes no template: %s", why)
            return observation
        with self._mending("an answer not counted"):
            self._count(passed, None)
        return None

    def _count(self, passed: Passed, answer: Answer | None) -> None:
        scope, usage = passed.conversation.scope, answer.usage if answer else Usage()
        verdict = _verdict(passed.foreseen, answer) if answer else None
        self._tell(passed, answer, verdict)
        if answer and (version := version_of(answer.envelope)):
            self.versions.note(scope, version)
            self._account.answered(scope, PREFIX + version, passed.at_ns)
        if passed.audits:
            self.versions.audited(scope)
        if passed.audits:
            self._account.audited(scope, usage, passed.latency_ms, passed.at_ns, verdict)
        else:
            self._account.forwarded(scope, usage, passed.latency_ms, passed.at_ns, verdict)

    def _warn(self) -> None:
        """Log what has been silenced since the last look; not in the words of those who talked there."""
        found = self._memory.alarms()
        on = frozenset((scope, alarm.at_ns) for scope, alarm in found)
        for scope, alarm in found:
            if (scope, alarm.at_ns) not in self._silenced:
                logger.warning(
                    "silenced what follows one opening, for %d of %d answers went wrong; `rote stats` says which",
                    alarm.wrong,
                    alarm.tests,
                )
        self._silenced = on

    def _tell(self, passed: Passed, answer: Answer | None, verdict: Agreement | None) -> None:
        """Add what came of a request to its decision, and tell whoever shows it."""
        unread = "unread" if passed.foreseen else ""
        same = verdict is Agreement.SAME or verdict is None
        after = Aftermath(
            usage=answer.usage if answer else None,
            provider_ms=passed.latency_ms,
            verdict=verdict.value if verdict else unread,
            instead="" if same or answer is None else in_a_line(answer.message),
        )
        for ref in passed.refs:
            self._log.amend(ref, after)
        if passed.heard is not None:
            passed.heard(after)

    @contextlib.contextmanager
    def _mending(self, consequence: str) -> Iterator[None]:
        try:
            yield
        except TreeError as error:
            self._complain(f"{consequence}: {error}", of=str(error))
            self.trouble = str(error)
        except Exception:
            logger.exception("%s", consequence)

    def _complain(self, words: str, *, of: str) -> None:
        """Log a trouble, but not again and again: a full store takes small things and refuses long ones, in turns."""
        of_then, at_s = self._complained
        if of_then != of or time.monotonic() - at_s > TELL_AGAIN_S:
            logger.warning("%s", words)
            self._complained = of, time.monotonic()


def read_answer(codec: Codec, headers: tuple[tuple[str, str], ...], body: bytes) -> Answer:
    """Undo an answer's content coding and read it.

    Raises:
        WireError: It cannot be read.
        NotRepeatableError: It must not be remembered.
    """
    coding = ", ".join(value for name, value in headers if name == "content-encoding")
    try:
        plain = undone(body, coding)
    except CodingError as error:
        raise WireError(str(error)) from error
    return codec.read_answer(WireResponse(headers, plain))


def _tallies(memory: Memory) -> dict[TallyKey, Tally]:
    try:
        return memory.tallies()
    except TreeError:
        return {}  # whatever else is tried with the store says so


def _note(passed: Passed, answer: Answer) -> None:
    """Remember what the provider holds by now, so that a request which leans on that can be read."""
    if passed.given is None or passed.names is None:
        return
    document = passed.codec.stored(answer)
    if document is not None:
        passed.names.note(Holding(passed.given, document))


def _verdict(foreseen: Answer | None, answer: Answer) -> Agreement | None:
    return agreement(foreseen.message, answer.message) if foreseen else None
