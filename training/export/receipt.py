"""Receipt of a run: what it was made from and its result, to be kept and to be compared.

Pure; any thread. JSON for `training.export.verification`, Markdown for people.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from model_store import Run
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.recipe.spoil import spoil_sentences
from model_store.recipe.validation import is_number, is_whole
from model_store.runs.history import History
from model_store.text import _
from training.export.cells import printable

KIND = "softmax-lab receipt"
FORMAT = 1
MAX_BYTES = 1_000_000  # of a receipt that is read: 200 epochs take 40,000
FIGURES = ("test_accuracy", "test_loss", "train_accuracy", "train_loss")
EPOCH_FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")

Epoch = tuple[float | None, ...]
T = TypeVar("T")


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
            ReceiptError: if it is anything else; it names the entry that is wrong.
        """
        entries = _Entries(_json_of(text))
        if not entries.has("kind", KIND):
            sentence = _('The file is not a receipt: its entry kind is not "{kind}".')
            raise ReceiptError(sentence.format(kind=KIND))
        if not entries.has("format", FORMAT):
            sentence = _("Another version of the app wrote this receipt: its format is not {n}.")
            raise ReceiptError(sentence.format(n=FORMAT))
        recipe = _recipe_of(entries)
        figures = entries.inside("figures")
        return cls(
            run=entries.text("run")[:80],
            title=entries.text("title")[:120],
            recipe=recipe,
            data=entries.text("data"),
            versions=entries.inside("versions").texts(),
            machine=entries.inside("machine").texts(),
            command=entries.text("command"),
            figures={name: figures.number(name) for name in (*FIGURES, "seconds")},
            epochs=tuple(
                tuple(epoch.number_or_none(name) for name in EPOCH_FIGURES)
                for epoch in entries.each("epochs")
            ),
            points=entries.whole("points"),
            curve=entries.text("curve"),
            files=entries.inside("files").texts(),
            sources=tuple(source.texts() for source in entries.each("sources")),
            start=entries.text("start"),
            by_hand=entries.list_of_texts("by_hand"),
        )

    def to_markdown(self) -> str:
        """Return the receipt for a person, as Markdown."""
        made_from = [
            (_("run"), self.run),
            (_("data set"), f"{self.recipe.data.label} ({self.data})"),
            *((_("training images from"), ", ".join(source.values())) for source in self.sources),
            (_("initial weights"), self.start or _("random")),
            (_("network"), f"{self.recipe.network}, {self.recipe.parameters:,} {_('parameters')}"),
            *(
                (_("spoiled on purpose"), sentence)
                for sentence in spoil_sentences(self.recipe.spoil, self.recipe.data.names)
            ),
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


class _Entries:
    """Entries of a JSON object in a receipt's file; each mistake is named with its place.

    Elements of a list count from 1.
    """

    def __init__(self, raw: Any, where: str = "") -> None:
        self._where = where
        if not isinstance(raw, dict):
            raise self._wrong(where or _("The file"), _("named entries in braces"), raw)
        self._raw: dict[str, Any] = raw

    def place(self, name: str | int) -> str:
        """Return the path of an entry: `figures.test_loss`, `epochs[2].loss`."""
        if isinstance(name, int):
            return f"{self._where}[{name}]"
        return f"{self._where}.{name}" if self._where else name

    def has(self, name: str, value: str | int) -> bool:
        return bool(self._raw.get(name) == value)

    def any(self, name: str) -> Any:
        if name not in self._raw:
            sentence = _("The receipt has no entry {where}. Perhaps a part of the file is missing.")
            raise ReceiptError(sentence.format(where=self.place(name)))
        return self._raw[name]

    def inside(self, name: str) -> _Entries:
        return _Entries(self.any(name), self.place(name))

    def each(self, name: str) -> Iterator[_Entries]:
        for number, raw in enumerate(self._list(name), 1):
            yield _Entries(raw, f"{self.place(name)}[{number}]")

    def text(self, name: str) -> str:
        return printable(self._expect(name, str, _("text")))

    def texts(self) -> dict[str, str]:
        return {printable(name): self.text(name) for name in self._raw}

    def list_of_texts(self, name: str) -> tuple[str, ...]:
        values = self._list(name)
        for number, value in enumerate(values, 1):
            if not isinstance(value, str):
                raise self._wrong(f"{self.place(name)}[{number}]", _("text"), value)
        return tuple(map(printable, values))

    def number(self, name: str) -> float:
        value = self.any(name)
        if not is_number(value):
            raise self._wrong(self.place(name), _("a number"), value)
        return float(value)

    def number_or_none(self, name: str) -> float | None:
        return None if self.any(name) is None else self.number(name)

    def whole(self, name: str) -> int:
        value = self.any(name)
        if not is_whole(value, 0, 10**12):
            raise self._wrong(self.place(name), _("a whole number"), value)
        return value

    def _list(self, name: str) -> list[Any]:
        return self._expect(name, list, _("a list"))

    def _expect(self, name: str, kind: type[T], words: str) -> T:
        value = self.any(name)
        if not isinstance(value, kind):
            raise self._wrong(self.place(name), words, value)
        return value

    @staticmethod
    def _wrong(where: str, wanted: str, value: Any) -> ReceiptError:
        sentence = _("{where} must be {wanted}; it is {found}.")
        found = _described(value)
        return ReceiptError(sentence.format(where=where[:120], wanted=wanted, found=found))


def _described(value: Any) -> str:
    """Return what a JSON value is, in words."""
    if value is None:
        return _("empty (null)")
    if isinstance(value, bool):
        return _("true or false")
    if isinstance(value, int | float):
        return _("the number {n}").format(n=repr(value)[:20])
    if isinstance(value, str):
        return _("the text {text}").format(text=repr(value[:30]))
    return _("a list") if isinstance(value, list) else _("named entries in braces")


def _json_of(text: str | bytes) -> Any:
    if len(text) > MAX_BYTES:
        sentence = _("The file is larger than {n} MB: it is something else than a receipt.")
        raise ReceiptError(sentence.format(n=MAX_BYTES // 10**6))
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        sentence = _(
            "Line {line}, character {column}: the file is no JSON from here on. A receipt begins "
            "and ends with a brace, and has a comma between entries. Perhaps a part is missing."
        )
        raise ReceiptError(sentence.format(line=error.lineno, column=error.colno)) from None
    except UnicodeDecodeError as error:
        sentence = _("Byte {n}: the file is not plain text, so it is not a receipt.")
        raise ReceiptError(sentence.format(n=f"{error.start + 1:,}")) from None
    except (ValueError, RecursionError):
        sentence = _("The file has numbers or brackets that no receipt has.")
        raise ReceiptError(sentence) from None


def _recipe_of(entries: _Entries) -> Recipe:
    """Return the recipe, if it can be trained and is the one of the receipt's hash."""
    try:
        recipe = Recipe.from_dict(entries.any("recipe"))
    except RecipeError as error:
        named = {
            ("recipe" if n == "recipe" else f"recipe.{n}"): why for n, why in error.problems.items()
        }
        problems = " ".join(f"{name}: {why}"[:200] for name, why in list(named.items())[:5])
        sentence = _("The receipt's recipe cannot be trained. {problems}")
        raise ReceiptError(sentence.format(problems=problems)) from None
    for name, value in (("recipe_hash", recipe.hash), ("seed", recipe.seed)):
        if entries.any(name) != value:
            sentence = _(
                "{where} does not belong to the recipe in the receipt, which has {value}: one of "
                "them was changed."
            )
            raise ReceiptError(sentence.format(where=name, value=value))
    return recipe


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
