"""A receipt: what a run was made from and what came out, to be kept and to be held against.

Pure; any thread. JSON for `training.export.verification`, Markdown for people.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from gettext import gettext as _
from typing import Any

from model_store import Run
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.runs.history import History
from training.export.cells import printable

KIND = "softmax-lab receipt"
FORMAT = 1
MAX_BYTES = 1_000_000  # of a receipt that is read: 200 epochs take 40,000
FIGURES = ("test_accuracy", "test_loss", "train_accuracy", "train_loss")
EPOCH_FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")

Epoch = tuple[float | None, ...]


class ReceiptError(ValueError):
    """A sentence about a file that is no receipt."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What makes a run, and what it gave.

    `figures` holds `FIGURES` and "seconds"; `epochs` has `EPOCH_FIGURES` for each epoch; `curve` is
    the sha256 of `points` live points. `data` is the data set's hash, `files` maps names to sha256.
    `sources` says where the training images are from: a name, a licence and how many; the first is
    the data set. `start` is the sha256 of the weights that it began with, "" for random ones.
    `by_hand` says what a person did to the run while it trained, a sentence each.
    """

    run: str
    title: str
    recipe: Recipe
    data: str
    versions: Mapping[str, str]
    machine: Mapping[str, str]
    command: str
    figures: Mapping[str, float]
    epochs: tuple[Epoch, ...]
    points: int
    curve: str
    files: Mapping[str, str]
    sources: tuple[Mapping[str, str], ...] = ()
    start: str = ""
    by_hand: tuple[str, ...] = ()

    @property
    def has_added_images(self) -> bool:
        """Whether it was trained on images beside the recipe's data set."""
        return len(self.sources) > 1

    @classmethod
    def of(cls, run: Run, history: History) -> Receipt:
        """The receipt of a complete run (`run.has_model`)."""
        manifest = run.manifest
        points = [(chunk.step, chunk.loss, chunk.accuracy) for chunk in history.chunks]
        return cls(
            run=run.id,
            title=run.title,
            recipe=run.recipe,
            data=str(manifest.get("data", "")),
            versions=_texts(manifest.get("versions")),
            machine=_texts(manifest.get("machine")),
            command=str(manifest.get("command", "")),
            figures={name: float(run.result[name]) for name in (*FIGURES, "seconds")},
            epochs=tuple(
                tuple(getattr(epoch, name) for name in EPOCH_FIGURES) for epoch in history.epochs
            ),
            points=len(points),
            curve=hashlib.sha256(json.dumps(points).encode()).hexdigest(),
            files=_texts(manifest.get("files")),
            sources=tuple(_texts(source) for source in manifest.get("sources", ())),
            start=run.provenance.weights if run.provenance else "",
            by_hand=tuple(_by_hand(run, history)),
        )

    def to_json(self) -> str:
        """The text of a receipt's file; `from_json` brings the same receipt back."""
        return json.dumps(
            {
                "kind": KIND,
                "format": FORMAT,
                "run": self.run,
                "title": self.title,
                "recipe": self.recipe.to_dict(),
                "recipe_hash": self.recipe.hash,
                "seed": self.recipe.seed,
                "data": self.data,
                "versions": dict(self.versions),
                "machine": dict(self.machine),
                "command": self.command,
                "figures": dict(self.figures),
                "epochs": [dict(zip(EPOCH_FIGURES, epoch, strict=True)) for epoch in self.epochs],
                "points": self.points,
                "curve": self.curve,
                "files": dict(self.files),
                "sources": [dict(source) for source in self.sources],
                "start": self.start,
                "by_hand": list(self.by_hand),
            },
            indent=2,
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Receipt:
        """The receipt of a file's text.

        Raises:
            ReceiptError: for anything else, whatever it is.
        """
        if len(text) > MAX_BYTES:
            raise ReceiptError(_("The file is too large to be a receipt."))
        try:
            raw = json.loads(text)
            if raw["kind"] != KIND or raw["format"] != FORMAT:
                raise ReceiptError(_("The file is not a receipt that this version can read."))
            recipe = Recipe.from_dict(raw["recipe"])
            if (raw["recipe_hash"], raw["seed"]) != (recipe.hash, recipe.seed):
                raise ReceiptError(
                    _("The receipt contradicts itself: its recipe is not the one of its hash.")
                )
            return cls(
                run=printable(str(raw["run"]))[:80],
                title=printable(str(raw["title"]))[:120],
                recipe=recipe,
                data=str(raw["data"]),
                versions=_texts(raw["versions"]),
                machine=_texts(raw["machine"]),
                command=printable(str(raw["command"])),
                figures={name: float(raw["figures"][name]) for name in (*FIGURES, "seconds")},
                epochs=tuple(_epoch(epoch) for epoch in raw["epochs"]),
                points=int(raw["points"]),
                curve=str(raw["curve"]),
                files=_texts(raw["files"]),
                sources=tuple(_texts(source) for source in raw["sources"]),
                start=str(raw["start"]),
                by_hand=tuple(printable(str(sentence)) for sentence in raw["by_hand"]),
            )
        except RecipeError as error:
            raise ReceiptError(
                _("The receipt's recipe cannot be trained: {why}").format(why=error)
            ) from None
        except ReceiptError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            raise ReceiptError(_("The file is not a receipt, or it is damaged.")) from None

    def to_markdown(self) -> str:
        """The receipt for a person, to be read as it is or as Markdown."""
        rows = [
            (_("run"), self.run),
            (_("data set"), f"{self.recipe.data.label} ({self.data})"),
            *((_("training images from"), ", ".join(source.values())) for source in self.sources),
            (_("began with"), self.start or _("random weights")),
            (_("network"), f"{self.recipe.network}, {self.recipe.parameters:,} {_('parameters')}"),
            (_("recipe hash"), self.recipe.hash),
            (_("seed"), str(self.recipe.seed)),
            *self.versions.items(),
            *self.machine.items(),
            (_("made by"), self.command),
        ]
        return "\n".join(
            [
                f"# {_('Receipt')}: {_plain(self.title)}",
                "",
                *_table((_("what it was made from"), ""), rows),
                "",
                *_table((_("what came out"), ""), self._came_out()),
                "",
                *_table((_("file"), "sha256"), list(self.files.items())),
                "",
                *(f"{_plain(sentence)}\n" for sentence in self.by_hand),
                _("The whole recipe:"),
                "",
                "```json",
                json.dumps(self.recipe.to_dict(), indent=2),
                "```",
                "",
                _("Train it again and compare: `python -m training verify RECEIPT.json`"),
                "",
            ]
        )

    def _came_out(self) -> list[tuple[str, str]]:
        figures = [(name.replace("_", " "), f"{self.figures[name]:.6f}") for name in FIGURES]
        return [
            *figures,
            (_("training time"), _("{n} s").format(n=f"{self.figures['seconds']:.1f}")),
            (_("live points"), f"{self.points:,} ({self.curve})"),
        ]


def _by_hand(run: Run, history: History) -> list[str]:
    sentences = [
        _("The learning rate was changed by hand to {value} at step {step}.").format(
            value=f"{rate.value:g}", step=f"{rate.step:,}"
        )
        for rate in history.learning_rates
    ]
    if run.result["epochs"] < run.recipe.epochs:
        sentences.append(
            _("The run was stopped after {done} of {all} epochs.").format(
                done=run.result["epochs"], all=run.recipe.epochs
            )
        )
    return sentences


def _epoch(raw: Mapping[str, Any]) -> Epoch:
    return tuple(None if raw[name] is None else float(raw[name]) for name in EPOCH_FIGURES)


def _texts(raw: Any) -> dict[str, str]:
    if not isinstance(raw, Mapping):
        return {}
    return {printable(str(name)): printable(str(value)) for name, value in raw.items()}


def _table(heads: tuple[str, str], rows: list[tuple[str, str]]) -> list[str]:
    lines = [f"| {_plain(name)} | {_plain(value)} |" for name, value in rows]
    return [f"| {heads[0]} | {heads[1]} |", "|---|---|", *lines]


def _plain(text: str) -> str:
    escaped = printable(text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{c}" if c in r"\`*[]|~#" else c for c in escaped)
