"""Receipt of a run: what it was made from and its result, to be kept and to be compared.

Pure; any thread. JSON for `training.export.verification`, Markdown for people.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from model_store import Run
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.runs.history import History
from model_store.text import _
from training.export.cells import printable

KIND = "softmax-lab receipt"
FORMAT = 1
MAX_BYTES = 1_000_000  # of a receipt that is read: 200 epochs take 40,000
FIGURES = ("test_accuracy", "test_loss", "train_accuracy", "train_loss")
EPOCH_FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")

Epoch = tuple[float | None, ...]


class ReceiptError(ValueError):
    """File that is not a receipt; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Ingredients and result of a run. The fields are the keys of its JSON file.

    `figures` has `FIGURES` and "seconds". `epochs` has `EPOCH_FIGURES` of each epoch. `curve` is
    the sha256 of `points` live points. `data` is the data set's hash, `files` maps names to sha256.
    `sources` has name, licence and number of the training images, the data set first. `start` is
    the sha256 of the initial weights, "" for random ones. `by_hand` lists what a person did to the
    run while it trained, a sentence each.
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

    @classmethod
    def of(cls, run: Run, history: History) -> Receipt:
        """Return the receipt of a complete run (`run.has_model`)."""
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
        """Return the text of a receipt's file; `from_json` reads it."""
        raw = {"kind": KIND, "format": FORMAT} | asdict(self)
        raw |= {
            "recipe": self.recipe.to_dict(),
            "recipe_hash": self.recipe.hash,
            "seed": self.recipe.seed,
            "epochs": [dict(zip(EPOCH_FIGURES, epoch, strict=True)) for epoch in self.epochs],
        }
        return json.dumps(raw, indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Receipt:
        """Return the receipt of a file's text.

        Raises:
            ReceiptError: if it is anything else.
        """
        if len(text) > MAX_BYTES:
            raise ReceiptError(_("The file is too large to be a receipt."))
        try:
            raw = json.loads(text)
            if raw["kind"] != KIND or raw["format"] != FORMAT:
                raise ReceiptError(_("The file is not a receipt that this version can read."))
            recipe = Recipe.from_dict(raw["recipe"])
            if (raw["recipe_hash"], raw["seed"]) != (recipe.hash, recipe.seed):
                raise ReceiptError(_("The receipt's recipe and its recipe hash do not match."))
            return cls(
                run=printable(str(raw["run"]))[:80],
                title=printable(str(raw["title"]))[:120],
                recipe=recipe,
                data=str(raw["data"]),
                versions=_texts(raw["versions"]),
                machine=_texts(raw["machine"]),
                command=printable(str(raw["command"])),
                figures={name: float(raw["figures"][name]) for name in (*FIGURES, "seconds")},
                epochs=tuple(map(_epoch, raw["epochs"])),
                points=int(raw["points"]),
                curve=str(raw["curve"]),
                files=_texts(raw["files"]),
                sources=tuple(map(_texts, raw["sources"])),
                start=str(raw["start"]),
                by_hand=tuple(printable(str(sentence)) for sentence in raw["by_hand"]),
            )
        except RecipeError as error:
            sentence = _("The receipt's recipe cannot be trained: {why}")
            raise ReceiptError(sentence.format(why=error)) from None
        except ReceiptError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            raise ReceiptError(_("The file is not a receipt, or it is damaged.")) from None

    def to_markdown(self) -> str:
        """Return the receipt for a person, as Markdown."""
        made_from = [
            (_("run"), self.run),
            (_("data set"), f"{self.recipe.data.label} ({self.data})"),
            *((_("training images from"), ", ".join(source.values())) for source in self.sources),
            (_("initial weights"), self.start or _("random")),
            (_("network"), f"{self.recipe.network}, {self.recipe.parameters:,} {_('parameters')}"),
            (_("recipe hash"), self.recipe.hash),
            (_("seed"), str(self.recipe.seed)),
            *self.versions.items(),
            *self.machine.items(),
            (_("made by"), self.command),
        ]
        result = [
            *((name.replace("_", " "), f"{self.figures[name]:.6f}") for name in FIGURES),
            (_("training time"), _("{n} s").format(n=f"{self.figures['seconds']:.1f}")),
            (_("live points"), f"{self.points:,} ({self.curve})"),
        ]
        lines = [
            f"# {_('Receipt')}: {_escape(self.title)}",
            *_table(_("made from"), "", made_from),
            *_table(_("result"), "", result),
            *_table(_("file"), "sha256", self.files.items()),
            *("", *map(_escape, self.by_hand)),
            *("", _("The recipe:"), "", "```json"),
            *(json.dumps(self.recipe.to_dict(), indent=2), "```", ""),
            _("Train it again and compare: `python -m training verify RECEIPT.json`"),
        ]
        return "\n".join(lines) + "\n"


def _by_hand(run: Run, history: History) -> Iterator[str]:
    for rate in history.rates_by_hand:
        yield _("The learning rate was changed by hand to {value} at step {step}.").format(
            value=f"{rate.value:g}", step=f"{rate.step:,}"
        )
    if run.result["epochs"] < run.recipe.epochs and not run.stopped_early:
        yield _("The run was stopped after {done} of {all} epochs.").format(
            done=run.result["epochs"], all=run.recipe.epochs
        )


def _epoch(raw: Mapping[str, Any]) -> Epoch:
    return tuple(None if raw[name] is None else float(raw[name]) for name in EPOCH_FIGURES)


def _texts(raw: Any) -> dict[str, str]:
    if not isinstance(raw, Mapping):
        return {}
    return {printable(str(name)): printable(str(value)) for name, value in raw.items()}


def _table(name: str, value: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    lines = [f"| {_escape(name)} | {_escape(value)} |" for name, value in rows]
    return ["", f"| {name} | {value} |", "|---|---|", *lines]


def _escape(text: str) -> str:
    escaped = printable(text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{c}" if c in r"\`*[]|~#" else c for c in escaped)
