"""A run as others see it: an immutable snapshot, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from model_store.recipe.recipe import Recipe
from model_store.runs.label import Label
from model_store.runs.provenance import Origin


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"

    def is_finished(self) -> bool:
        """No worker has it and none will, unless a person resumes it."""
        return self not in (RunState.QUEUED, RunState.RUNNING, RunState.PAUSED)

    def ended_early(self) -> bool:
        """It is over without having come to its end: a person may resume it."""
        return self.is_finished() and self is not RunState.DONE


@dataclass(frozen=True, slots=True)
class Run:
    """A snapshot of a run's folder. Times are unix seconds; accuracies in `result` are in [0, 1].

    `result` has `test_loss`, `test_accuracy`, `train_loss`, `train_accuracy`, `epochs`, `steps`,
    `seconds`; it is empty until the run was evaluated. `manifest` is empty until the run is
    complete: hashes of its files, versions, data hash and seed. `shipped` runs come with the app.
    `lease` names the process that trains it (see `model_store.storage.process_lease`), `sweep` the
    sweep that it is
    a trial of, if any, and `verifies` the run that it trains again to see whether it comes out the
    same, if any; `label` is what its owner wrote on it; `origin` says whose weights it began with,
    None for random ones.
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
    origin: Origin | None = None

    @property
    def added_sources(self) -> Sequence[Mapping[str, Any]]:
        """Images beside the data set: `extra_images.Source` as dicts."""
        return tuple(self.manifest.get("sources", ())[1:])

    @property
    def title(self) -> str:
        """The name that it was given, or the recipe's title."""
        return self.label.name or self.recipe.title

    @property
    def brought(self) -> bool:
        """It is from a file and was not trained here: of its recipe only the network is known."""
        return self.origin is not None and self.origin.is_file

    @property
    def has_model(self) -> bool:
        """The run is complete enough to draw against."""
        return bool(self.manifest)


@dataclass(frozen=True, slots=True)
class Deleted:
    """A run in the bin; `when` it was deleted in unix seconds."""

    run: Run
    when: float
