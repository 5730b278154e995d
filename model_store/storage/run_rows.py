"""A run as a row of the database, and back."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, insert

from model_store.recipe.recipe import Recipe, RecipeError
from model_store.runs import events
from model_store.runs.events import EpochEnd, Evaluated, Event, Started, StateChanged
from model_store.runs.label import Label
from model_store.runs.provenance import Provenance
from model_store.runs.run import Run, RunState
from model_store.runs.scores import Scores
from model_store.storage.database.schema import RUN, TRIAL, run_tags
from model_store.storage.errors import damaged
from model_store.storage.run_query import RANKS, search_text
from model_store.text import _, read, stored


def values(run: Run) -> dict[str, Any]:
    """Return all columns of a run but those of a deleted one."""
    recipe = run.recipe
    return {
        "id": run.id,
        "listed": TRIAL if run.sweep else RUN,
        "owner": run.owner,
        **owner_values(run.owner_name),
        "created": run.created,
        "lease": run.lease,
        "sweep": run.sweep,
        "verifies": run.verifies,
        "dataset": recipe.dataset,
        "network": recipe.network,
        "optimizer": recipe.optimizer,
        "learning_rate": recipe.learning_rate,
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
        "hidden_units": sum(layer.units for layer in recipe.hidden),
        "seed": recipe.seed,
        "parameters": recipe.parameters,
        "recipe_hash": recipe.hash,
        "drawable": recipe.data.drawable,
        "provenance": run.provenance.to_dict() if run.provenance else None,
        "recipe": json.dumps(recipe.to_dict(), separators=(",", ":")),
        **event_values(run),
        **manifest_values(run.manifest),
        **label_values(run),
    }


def owner_values(name: str) -> dict[str, Any]:
    """Return the columns that the owner's name changes."""
    return {"owner_name": name, "owner_key": name.casefold()}


def event_values(run: Run) -> dict[str, Any]:
    """Return the columns that events change."""
    scores, result = run.scores, run.result
    return {
        "state": run.state.value,
        "state_rank": RANKS[run.state],
        "message": stored(run.message),
        "started": run.started,
        "finished": run.finished,
        "epochs_done": scores.epochs,
        "seconds": run.seconds,
        "training_accuracy": scores.training,
        "last_validation": scores.last,
        "best_validation": scores.best,
        "best_epoch": scores.best_epoch,
        "result": dict(result),
        **{name: result.get(name) for name in ("test_accuracy", "test_loss", "train_accuracy")},
    }


def manifest_values(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that say that a run is complete."""
    return {"manifest": dict(manifest), "has_model": bool(manifest)}


def label_values(run: Run) -> dict[str, Any]:
    """Return the columns that a name, a note and tags change."""
    label = run.label
    return {
        "label": {"name": label.name, "note": label.note, "tags": label.tags},
        "title_key": run.title.casefold(),
        "search": search_text(run),
    }


def save_tags(connection: Connection, run: Run) -> None:
    """Replace the tags of a run."""
    connection.execute(delete(run_tags).where(run_tags.c.run == run.id))
    if run.label.tags:
        connection.execute(insert(run_tags), [{"run": run.id, "tag": t} for t in run.label.tags])


def run_of(row: Row[Any], root: Path) -> Run:
    """Return the run of a row; its folder is below `root`.

    Raises:
        RunDamaged: if the row makes no sense.
    """
    try:
        return Run(
            id=row.id,
            folder=root / row.id,
            recipe=_recipe(row.recipe),
            owner=row.owner,
            owner_name=row.owner_name,
            state=RunState(row.state),
            message=read(row.message),
            created=row.created,
            started=row.started,
            finished=row.finished,
            result=row.result,
            manifest=row.manifest,
            lease=row.lease,
            sweep=row.sweep,
            verifies=row.verifies,
            label=_label(row.label),
            provenance=Provenance.from_dict(row.provenance) if row.provenance else None,
            scores=_scores(row),
        )
    except RecipeError as error:
        raise damaged(row.id, str(error)) from None
    except (ValueError, LookupError, TypeError, RecursionError):
        raise damaged(row.id, _("its row makes no sense")) from None


def _scores(row: Row[Any]) -> Scores:
    return Scores(
        row.epochs_done,
        row.seconds,
        row.training_accuracy,
        row.last_validation,
        row.best_validation,
        row.best_epoch,
    )


@lru_cache(maxsize=4096)
def _recipe(text: str) -> Recipe:
    """Runs share few recipes, and a recipe is checked whenever it is made."""
    return Recipe.stored(json.loads(text))


def _label(raw: Mapping[str, Any]) -> Label:
    return Label(raw["name"], raw["note"], tuple(raw["tags"]))


def changed(run: Run, event: Event) -> Run:
    """Return the run after one event; of a resumed one the scores are those of its whole record."""
    match event:
        case StateChanged():
            state = RunState(event.state)
            finished = event.time if state.is_finished() else None
            return replace(run, state=state, message=read(event.message), finished=finished)
        case Started():
            return replace(run, started=event.time)
        case Evaluated():
            result = events.to_dict(event)
            kept = {k: result[k] for k in result if k not in ("kind", "time")}
            return replace(run, result=kept)
        case EpochEnd():
            return replace(run, scores=run.scores.after(event))
        case _:
            return run
