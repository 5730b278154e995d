"""A run as an immutable snapshot, and its states. Pure, any thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from model_store.recipe.recipe import Recipe
from model_store.runs.label import Label
from model_store.runs.provenance import Provenance
from model_store.runs.scores import Scores


class RunState(StrEnum):
    """State of a run."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"

    def is_finished(self) -> bool:
        """True if no worker has the run and none will, unless a person resumes it."""
        return self not in (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED)

    def ended_early(self) -> bool:
        """True if the run is finished but not done: a person may resume it."""
        return self.is_finished() and self is not RunState.DONE


@dataclass(frozen=True, slots=True)
class Run:
    """Snapshot of a run's folder. Times are unix seconds; accuracies in `result` are in [0, 1].

    `result` has `test_loss`, `test_accuracy`, `train_loss`, `train_accuracy`, `epochs`, `steps`
    and `seconds`; it is empty until the run is evaluated. `manifest` has hashes, versions, data
    hash and seed; it is empty until the run is complete. `shipped` runs come with the app. `lease`
    names the process that trains the run (see `model_store.storage.database.processes`). `sweep` is
    the sweep of a trial, `verifies` the run that this one repeats. `provenance` is None for a start
    from random weights. `scores` are the figures of its epochs. The owner chose `owner_name`.
    """

    id: str
    folder: Path
    recipe: Recipe
    owner: str
    state: RunState
    message: str
    created: float
    started: float | None = None
    finished: float | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    shipped: bool = False
    lease: str = ""
    sweep: str = ""
    verifies: str = ""
    label: Label = field(default_factory=Label)
    provenance: Provenance | None = None
    scores: Scores = field(default_factory=Scores)
    owner_name: str = ""

    @property
    def added_sources(self) -> Sequence[Mapping[str, Any]]:
        """Images beside the data set: `extra_images.Source` as dicts."""
        sources = self.manifest.get("sources")
        listed = sources[1:] if isinstance(sources, list | tuple) else ()
        return tuple(source for source in listed if isinstance(source, Mapping))

    @property
    def title(self) -> str:
        """Name that a person gave the run, or else the recipe's title."""
        return self.label.name or self.recipe.title

    @property
    def imported(self) -> bool:
        """True if the run was imported from a file: only its network is known."""
        return self.provenance is not None and self.provenance.is_imported

    @property
    def seconds(self) -> float | None:
        """Seconds of training; None before an epoch has ended, or for an imported run."""
        if self.imported:
            return None
        return self.result.get("seconds", self.scores.seconds)

    @property
    def stopped_early(self) -> bool:
        """True if early stopping ended the training, not a person and not the last epoch."""
        return bool(self.result.get("stopped_early", False))

    @property
    def kept_epoch(self) -> int:
        """Epoch whose weights the model has, if early stopping chose it; else 0."""
        return int(self.result.get("kept_epoch", 0))

    @property
    def has_model(self) -> bool:
        """True if the run is complete, so that its model can answer."""
        return bool(self.manifest)


@dataclass(frozen=True, slots=True)
class Deleted:
    """A run in the bin; `when` is the time of its deletion in unix seconds."""

    run: Run
    when: float
