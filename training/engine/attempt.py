"""One run at one worker: its phase, its deadline, and the meaning of its end.

The receiving end of `training.workers.worker.run`. Times are arguments, in seconds of a clock that
only goes forward. The caller locks.
"""

import logging
from collections.abc import Mapping, Sequence
from enum import Enum, StrEnum, auto
from math import inf
from typing import Any

from model_store import ModelStore, Run, RunState, StoreError
from model_store.runs.events import Batch, Chunk, Event, StateChanged
from model_store.text import _, read
from training.engine.estimates import DurationModel, RunMeter
from training.workers.worker import out_of_memory

STOP_PATIENCE = 5.0  # seconds without a message after a stop, then the worker is killed
FINISH_PATIENCE = 180.0  # seconds for the last evaluation, once the loop has seen the stop
OPEN_PATIENCE = 120.0  # seconds that opening an imported file may take
KILL_PATIENCE = 10.0  # seconds until a worker that was killed is given up
PAUSE_PATIENCE = 600.0  # seconds that a run may stay paused while others wait for a worker
LOST_PATIENCE = 2.0  # seconds that a worker may be missing before its run is given up
_log = logging.getLogger(__name__)


class Phase(StrEnum):
    """Stage of a run at its worker. It moves down this list, and back only from `PAUSED`."""

    STARTING = "starting"  # no message yet
    TRAINING = "training"
    PAUSED = "paused"
    STOPPING = "stopping"
    KILLED = "killed"  # its worker is being killed, since it did not answer


class Overdue(Enum):
    """Event that is overdue."""

    ANSWER = auto()  # of the run: kill its worker
    DEATH = auto()  # of the killed worker
    RESUME = auto()  # of a paused run while others wait: stop it
    RETURN = auto()  # of a worker that is missing


class Attempt:
    """A run that was given to a worker; `run` is a snapshot of that moment."""

    def __init__(
        self,
        run: Run,
        worker: str,
        attempt_id: str,
        durations: DurationModel,
        now: float,
        *,
        resumed: bool = False,
    ) -> None:
        """`worker` is an address; `attempt_id` marks all messages; `durations` learn from it."""
        self.run, self.worker, self.id = run, worker, attempt_id
        self.phase = Phase.STARTING
        self.out_of_memory = False  # its worker is about to be killed for that
        self.write_error = ""  # sentence; nothing more of it can be written
        self._meter = RunMeter(durations, run.recipe, now, not resumed)
        self._deadline = inf  # of the phase
        self._patience = inf  # seconds from a message to the deadline
        self._last_message, self._longest_silence = now, 0.0
        self._missing_since: float | None = None  # its worker
        self._stop_reason = ""
        self._parts: list[bytes] = []  # of a file

    @property
    def is_ending(self) -> bool:
        """True if a stop was sent, or its worker is being killed."""
        return self.phase in (Phase.STOPPING, Phase.KILLED)

    @property
    def may_retry(self) -> bool:
        """True if another worker may have it: its own died before it had begun."""
        return self.phase is Phase.STARTING and not self.out_of_memory

    def seconds_left(self) -> float | None:
        """Return the seconds until its worker is free; None if unknown."""
        return None if self.phase is Phase.PAUSED else self._meter.seconds_left()

    def write(self, message: Mapping[str, Any], store: ModelStore) -> Sequence[Event]:
        """Store a message's content and return its events; only the receiving thread calls this.

        It needs no lock, so that nobody waits for the disk. The last message is for `finish`.

        Raises:
            RunNotFound: if the run was deleted meanwhile.
            StoreError: if it cannot be written.
        """
        match message:
            case {"event": lines}:
                return [store.append(self.run.id, line) for line in lines.split("\n")]
            case {"file": name, "part": part, "last": last}:
                self._parts.append(part)
                if last:
                    data = b"".join(self._parts)
                    self._parts.clear()
                    store.save(self.run.id, name, data)
            case {"begun": True}:
                store.set_state(self.run.id, RunState.RUNNING)
        return ()

    def note(self, message: Mapping[str, Any], new_events: Sequence[Event], now: float) -> None:
        """Note what a message, and the events in it, say about phase and deadline."""
        self._longest_silence = max(self._longest_silence, now - self._last_message)
        self._last_message = now
        if self.phase is not Phase.PAUSED:
            self._deadline = max(self._deadline, now + self._patience)
        for event in new_events:
            self._note_event(event, now)
        if "begun" in message:
            if self.phase is Phase.STARTING:
                self.phase = Phase.TRAINING
            if self.run.imported:
                self._allow(OPEN_PATIENCE, now)
        elif "stopping" in message:
            self._allow(FINISH_PATIENCE, now)

    def _note_event(self, event: Event, now: float) -> None:
        if isinstance(event, Chunk):
            if self.phase is not Phase.PAUSED:  # single steps are slow
                self._meter.add(event)
        elif isinstance(event, Batch):
            self.restart_pause(now)
        elif isinstance(event, StateChanged) and not self.is_ending:
            paused = event.state == RunState.PAUSED
            self.phase, self._deadline = Phase.TRAINING, inf
            self._meter.uninterrupted &= not paused
            if paused:
                self.phase = Phase.PAUSED
                self.restart_pause(now)

    def finish(self, end: Mapping[str, Any], store: ModelStore, now: float) -> tuple[RunState, str]:
        """Complete the run with its last message; return the state to write, and a sentence."""
        state, sentence = RunState(end["state"]), read(str(end["message"]))
        if end["log"]:
            _log.error("%s failed:\n%s", self.run.id, end["log"])
        if self.write_error:
            state, sentence = RunState.FAILED, self.write_error
        elif end["facts"]:
            try:
                store.finish(self.run.id, **end["facts"])
            except StoreError as error:
                state, sentence = RunState.FAILED, str(error)
        if state is RunState.DONE:
            self._meter.finish(now)
        return state, sentence or (self._stop_reason if state is RunState.STOPPED else "")

    def stop(self, reason: str, now: float) -> None:
        """Record that a stop was sent, and start the timeout for the worker's answer."""
        self._stop_reason = self._stop_reason or reason
        if not self.is_ending:
            self.phase = Phase.STOPPING
            if self._patience == inf:  # not while it opens an imported file
                self._allow(max(STOP_PATIENCE, 3 * self._longest_silence), now)

    def restart_pause(self, now: float) -> None:
        """Restart the pause's timeout, if the run is paused."""
        if self.phase is Phase.PAUSED:
            self._deadline = now + PAUSE_PATIENCE

    def _allow(self, seconds: float, now: float) -> None:
        """Set how long it may be silent."""
        self._patience, self._deadline = seconds, now + seconds

    def check(self, now: float, *, worker_present: bool, others_wait: bool) -> Overdue | None:
        """Return what is overdue, if anything. A pause has no limit while the queue is empty."""
        if not worker_present:
            self._missing_since = now if self._missing_since is None else self._missing_since
            return Overdue.RETURN if now - self._missing_since > LOST_PATIENCE else None
        self._missing_since = None
        if now <= self._deadline:
            return None
        if self.phase is Phase.PAUSED:
            return Overdue.RESUME if others_wait else None
        if self.phase is Phase.KILLED:
            return Overdue.DEATH
        self.phase, self._patience, self._deadline = Phase.KILLED, 0.0, now + KILL_PATIENCE
        return Overdue.ANSWER

    def died(self) -> tuple[RunState, str]:
        """Return how it ends without its worker: the state to write, and a sentence."""
        if self.phase is Phase.STOPPING:
            return RunState.STOPPED, ""
        if self.run.imported:
            why = _("Opening the file ended its worker unexpectedly. Nothing of it is used.")
            if self.phase is Phase.KILLED:
                why = _("The file was not open after {n} seconds. Nothing of it is used.")
            elif self.out_of_memory:
                why = _("The file needs more memory than a worker has. Nothing of it is used.")
            return RunState.FAILED, why.format(n=round(OPEN_PATIENCE))
        if self.phase is Phase.KILLED:
            return RunState.STOPPED, _(
                "It did not answer to Stop, so its worker was ended. What was learned up to the "
                "last checkpoint is kept."
            )
        if self.out_of_memory:
            return RunState.FAILED, out_of_memory()
        return RunState.INTERRUPTED, _(
            "Its worker process ended unexpectedly: something killed it, perhaps because memory "
            "ran out. Resume from the last checkpoint."
        )
