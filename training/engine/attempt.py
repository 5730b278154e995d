"""One run at one worker: what it says, how long it may be silent, and what its end means.

The other end of what `training.workers.worker.run` tells. It has no clock of its own: times are
given, in
seconds of a clock that only goes forward. `hear`, `ended`, `look` and `died` are for one thread.
"""

from __future__ import annotations

import logging
import statistics
from collections import deque
from collections.abc import Iterator, Mapping
from enum import Enum, StrEnum, auto
from gettext import gettext as _
from typing import Any

from model_store import ModelStore, Run, RunState, StoreError
from model_store.runs import events
from model_store.runs.events import Chunk, StateChanged
from training.engine.estimates import DurationModel
from training.workers import worker

STOP_PATIENCE = 5.0  # seconds without a word after a stop, then the worker is ended
FINISH_PATIENCE = 180.0  # seconds for the last evaluation, once the loop has seen the stop
OPEN_PATIENCE = 120.0  # seconds that opening a file from elsewhere may take
KILL_PATIENCE = 10.0  # seconds until a worker that was ended is given up
PAUSE_PATIENCE = 600.0  # seconds that a run may stay paused while others wait for a worker
LOST_PATIENCE = 2.0  # seconds that a worker may be missing before its run is given up
_log = logging.getLogger(__name__)


class Phase(StrEnum):
    """Stage of a run at its worker."""

    STARTING = "starting"
    TRAINING = "training"
    PAUSED = "paused"
    STOPPING = "stopping"


class Late(Enum):
    """What a look finds that has lasted too long."""

    SILENT = auto()  # it does not answer: its worker is to be ended
    HANGS = auto()  # nor could its worker be ended
    PAUSED = auto()  # while others wait: it is to stop
    LOST = auto()  # its worker is gone


class Attempt:
    """A run that a worker has; `run` is as it was when the worker was given it."""

    def __init__(
        self,
        run: Run,
        worker: str,
        attempt_id: str,
        pace: DurationModel,
        now: float,
        *,
        resumed: bool = False,
    ) -> None:
        """`worker` is an address; `attempt_id` marks all that it says; `pace` learns from it."""
        self.run = run
        self.worker = worker
        self.id = attempt_id
        self.future: Any = None  # Dask's word for it
        self.begun = False
        self.held = False  # paused with all the others, and not by its owner before
        self.hungry = False  # about to be ended for the memory that it takes
        self.paused: float | None = None  # since when
        self.problem = ""  # why nothing more of it can be written
        self._pace = pace
        self._since = self._heard = now
        self._whole = not resumed  # trained from its beginning, without a pause
        self._silence = 0.0  # the longest one so far
        self._patience: float | None = None  # counts from `_heard`, once it shall end
        self._killed: float | None = None
        self._missing: float | None = None
        self._stopped_for = ""
        self._done: float | None = None  # epochs, with the fraction of the running one
        self._rates: deque[float] = deque(maxlen=9)  # images a second
        self._parts: list[bytes] = []

    # -- what it says ----------------------------------------------------------------------------

    def hear(self, message: Mapping[str, Any], store: ModelStore, now: float) -> None:
        """Write down what a message says; its last word is for `ended`.

        Raises:
            RunNotFound: if the run was deleted meanwhile.
            StoreError: if it cannot be written.
        """
        self._silence = max(self._silence, now - self._heard)
        self._heard = now
        if "event" in message:
            event = events.from_dict(message["event"])
            if isinstance(event, Chunk):
                self._measure(event)
            elif isinstance(event, StateChanged):
                self.paused = now if event.state == RunState.PAUSED else None
                self._whole = self._whole and self.paused is None
            store.append(self.run.id, event)
        elif "file" in message:
            self._parts.append(message["part"])
            if message["last"]:
                data = b"".join(self._parts)
                self._parts.clear()
                store.save(self.run.id, message["file"], data)
        elif "begun" in message:
            self.begun = True
            if self.run.imported:
                self._patience = OPEN_PATIENCE
            store.set_state(self.run.id, RunState.RUNNING)
        elif "heeded" in message:
            self._patience = FINISH_PATIENCE

    def ended(self, end: Mapping[str, Any], store: ModelStore, now: float) -> tuple[RunState, str]:
        """Complete the run as its last word says; returns the state to write, and a sentence."""
        state, sentence = RunState(end["state"]), str(end["message"])
        if end["log"]:
            _log.error("%s failed:\n%s", self.run.id, end["log"])
        if self.problem:
            state, sentence = RunState.FAILED, self.problem
        elif end["facts"]:
            try:
                store.finish(self.run.id, **end["facts"])
            except StoreError as error:
                state, sentence = RunState.FAILED, str(error)
        if state is RunState.STOPPED:
            sentence = sentence or self._stopped_for
        if state is RunState.DONE and self._whole and self._rates:
            took = now - self._since
            self._pace.add_duration(self.run.recipe, took, statistics.median(self._rates))
        return state, sentence

    def _measure(self, chunk: Chunk) -> None:
        if self._done is not None:  # the first chunk's time is that of the compiler
            self._rates.append(chunk.images_per_second)
            self._pace.add_rate(self.run.recipe, chunk.images_per_second)
        self._done = chunk.epoch

    # -- how long it may take --------------------------------------------------------------------

    def left(self) -> float | None:
        """Seconds until its worker is free; None if nobody knows."""
        if self.paused is not None:
            return None
        rate = statistics.median(self._rates) if self._rates else None
        return self._pace.seconds(self.run.recipe, self._done or 0.0, rate)

    def stop(self, why: str, now: float) -> None:
        """It is told to stop: from now on it has to say something, or its worker is ended."""
        if self._patience is None:
            self._patience = max(STOP_PATIENCE, 3 * self._silence)
            self._heard = now
        self._stopped_for = self._stopped_for or why

    @property
    def stopping(self) -> bool:
        """Whether it is about to end, by its own work or by our hand."""
        return self._patience is not None

    @property
    def phase(self) -> Phase:
        """The stage that its owner sees; a hold counts before its worker has obeyed."""
        if self.stopping:
            return Phase.STOPPING
        if self.held or self.paused is not None:
            return Phase.PAUSED
        return Phase.TRAINING if self.begun else Phase.STARTING

    def look(self, now: float, *, there: bool, others_wait: bool) -> Iterator[Late]:
        """What has lasted too long; `there` says whether its worker is.

        Nobody may keep a worker from the others by pausing; with nobody waiting, anybody may.
        """
        if self._killed is not None and there:
            if now - self._killed > KILL_PATIENCE:
                yield Late.HANGS
        elif self._patience is not None and now - self._heard > self._patience:
            self._killed = now
            yield Late.SILENT
        elif others_wait and not self.stopping and self._paused_for(now) > PAUSE_PATIENCE:
            yield Late.PAUSED
        self._missing = None if there else self._missing or now
        if self._missing is not None and now - self._missing > LOST_PATIENCE:
            yield Late.LOST

    def _paused_for(self, now: float) -> float:
        return 0.0 if self.paused is None else now - self.paused

    # -- what the death of its worker means --------------------------------------------------------

    @property
    def blameless(self) -> bool:
        """Its worker died before it began: another one may have it."""
        return not (self.begun or self.stopping or self.hungry)

    def died(self) -> tuple[RunState, str]:
        """How it ends without its worker: the state to write, and a sentence."""
        if self.run.imported and self.begun:
            return RunState.FAILED, self._unopened()
        if self.stopping:
            sentence = _(
                "It did not answer to Stop, so its worker was ended. What was learned up to the "
                "last checkpoint is kept."
            )
            return RunState.STOPPED, sentence if self._killed is not None else ""
        if self.hungry:
            return RunState.FAILED, worker.out_of_memory()
        return RunState.FAILED, _(
            "Its worker process ended unexpectedly: something killed it, perhaps for want of "
            "memory. Resume from the last checkpoint."
        )

    def _unopened(self) -> str:
        """Why a file from elsewhere took its worker down."""
        if self._killed is not None:
            return _(
                "The file was not open after {n} seconds, so its worker was ended. Nothing of it "
                "is used."
            ).format(n=round(OPEN_PATIENCE))
        if self.hungry:
            return _("Opening the file took more memory than a worker has. Nothing of it is used.")
        return _("Opening the file ended its worker process unexpectedly. Nothing of it is used.")


def others_waited() -> str:
    """Why a run that was paused is stopped, for a person."""
    return _(
        "It was paused for {minutes} minutes while others waited, so its worker went to the next "
        "in the queue. Resume goes on from the last checkpoint."
    ).format(minutes=round(PAUSE_PATIENCE / 60))
