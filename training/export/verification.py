"""Does a run come out again? A receipt held against the receipt of a second training.

The second training is an ordinary run, whose folder keeps the receipt (`RECEIPT`). On the same
machine with the same versions the two agree bit for bit; elsewhere they agree as closely as two
trainings of one recipe do. No TensorFlow; any thread.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from gettext import gettext as _

from model_store import ModelStore, Run, RunNotFound
from model_store.recipe.presets import SPREAD
from model_store.recipe.recipe import Recipe
from model_store.recipe.validation import MAX_NAME
from model_store.runs.history import History
from model_store.runs.provenance import WEIGHTS, InitialWeights
from training.data.extra_images import EXTRA_FILE, ExtraImages, training_data, unpack
from training.export.receipt import EPOCH_FIGURES, FIGURES, Receipt

RECEIPT_FILE = "receipt.json"  # of the folder of a run that verifies another
LOSS_SHARE, LOSS_FLOOR = 0.1, 0.02  # a loss may differ by this share, and by this in any case


class Match(StrEnum):
    """How two trainings of one recipe agree."""

    EXACT = "exact"  # every figure, every point and every weight, bit for bit
    CLOSE = "close"  # within the tolerance of each figure
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class FigureComparison:
    """One figure in both trainings, and how far apart it may be."""

    name: str
    first: float
    again: float
    tolerance: float

    @property
    def difference(self) -> float:
        """Absolute."""
        return abs(self.again - self.first)

    @property
    def within(self) -> bool:
        """False for what is no number, too."""
        return self.difference <= self.tolerance


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: in a word, in sentences, and figure by figure."""

    match: Match
    sentences: tuple[str, ...]
    comparisons: tuple[FigureComparison, ...]


class VerifyError(Exception):
    """A sentence about a receipt that nothing can be held against here."""


def refusal_reason(receipt: Receipt) -> str:
    """Why training the recipe again would be another run; empty if it would not."""
    if not receipt.by_hand:
        return ""
    return " ".join(
        [*receipt.by_hand, _("Its recipe alone does not give it again, so it cannot be verified.")]
    )


@dataclass(frozen=True, slots=True)
class TrainingInputs:
    """What a receipt's run was trained from beside its data set, found in this store."""

    added: list[ExtraImages]
    start: InitialWeights | None


def find_inputs(store: ModelStore, receipt: Receipt) -> TrainingInputs:
    """What the receipt's run was trained from, checked together with its data set.

    Raises:
        VerifyError: if the run cannot be trained again, or not from what is here.
        DataError: if the images cannot be read.
    """
    if refusal_reason(receipt):
        raise VerifyError(refusal_reason(receipt))
    added = _kept(store, receipt.run, EXTRA_FILE) if receipt.has_added_images else None
    start = _start(store, receipt) if receipt.start else None
    data = training_data(receipt.recipe, added)
    if data.fingerprint != receipt.data:
        raise VerifyError(
            _(
                "The receipt's run was trained on other images: those of {dataset} have the hash "
                "{here} here and {there} in the receipt. Verify it where it was trained."
            ).format(
                dataset=receipt.recipe.data.label,
                here=data.fingerprint[:12],
                there=receipt.data[:12] or _("none"),
            )
        )
    return TrainingInputs(unpack(added) if added else [], start)


def _start(store: ModelStore, receipt: Receipt) -> InitialWeights:
    weights = _kept(store, receipt.run, WEIGHTS)
    origin = store.open(receipt.run).provenance
    if origin is None or hashlib.sha256(weights).hexdigest() != receipt.start:
        raise VerifyError(
            _("The weights that the run began with are not here any more. It cannot be verified.")
        )
    return InitialWeights(origin, weights)


def _kept(store: ModelStore, run_id: str, name: str) -> bytes:
    """A file that only the run's own folder has."""
    try:
        return (store.open(run_id).folder / name).read_bytes()
    except (RunNotFound, OSError):
        raise VerifyError(
            _(
                "The receipt's run began with weights, or learned from images, that only the store "
                "has where it was trained. Verify it there."
            )
        ) from None


def verification_recipe(receipt: Receipt) -> Recipe:
    """The receipt's recipe, named so that nobody takes the second run for the first."""
    name = _("Verification of {title}").format(title=receipt.title)
    return receipt.recipe.with_(name=name[:MAX_NAME])


def contradiction(store: ModelStore, receipt: Receipt) -> str:
    """What the receipt says otherwise than the run of its name in this store; empty if nothing.

    A run of that name elsewhere is none of this store's business.
    """
    try:
        run = store.open(receipt.run)
    except RunNotFound:
        return ""
    if not (run.has_model and run.result):
        return ""
    own = receipt_of(store, run)
    if own.recipe.hash != receipt.recipe.hash:
        where = _("its recipe is another one")
    else:
        where = _first_difference(own, receipt)
    if not where:
        return ""
    return _(
        "The receipt is not the one of the run {id} in this store: in the receipt, {where}."
    ).format(id=run.id, where=where)


def verdict_of(store: ModelStore, run: Run) -> Verdict:
    """What a complete run that verifies another says about the receipt in its folder.

    Raises:
        VerifyError: if the receipt is gone.
        ReceiptError: if it is damaged.
    """
    try:
        first = Receipt.from_json((run.folder / RECEIPT_FILE).read_bytes())
    except OSError:
        raise VerifyError(_("The receipt that this run was to verify is gone.")) from None
    return compare(first, receipt_of(store, run))


def receipt_of(store: ModelStore, run: Run) -> Receipt:
    """The receipt of a complete run."""
    return Receipt.of(run, History.from_events(store.events(run.id)))


def verifications(runs: list[Run], run_id: str) -> list[Run]:
    """Those of the runs that verify this one, in their order."""
    return [run for run in runs if run.verifies == run_id]


def compare(first: Receipt, again: Receipt) -> Verdict:
    """Hold the receipt of a second training against the first's."""
    findings = tuple(_findings(first, again))
    apart = tuple(_provenance_differences(first, again))
    made_from = [(r.recipe.hash, r.data, r.start) for r in (first, again)]
    if made_from[0] != made_from[1]:
        return Verdict(Match.DIFFERENT, (_("It was not the same training."), *apart), findings)
    if not _first_difference(first, again):
        return Verdict(
            Match.EXACT,
            (
                _("It matches bit for bit: every live point, every epoch, every weight."),
                *apart,
            ),
            findings,
        )
    if not apart:
        apart = (
            _(
                "Data, versions and processor are the same, so the figures should be, too. "
                "Something else differs: libraries beside these, or the memory of the machine."
            ),
        )
    where = _first_difference(first, again)
    if all(finding.within for finding in findings):
        words = _("It matches within the tolerance, but not bit for bit: {where}.")
        return Verdict(Match.CLOSE, (words.format(where=where), *apart), findings)
    words = _("It does not match: {where}.")
    return Verdict(Match.DIFFERENT, (words.format(where=where), *apart), findings)


def _findings(first: Receipt, again: Receipt) -> Iterator[FigureComparison]:
    for name in FIGURES:
        a, b = first.figures[name], again.figures[name]
        yield FigureComparison(name, a, b, tolerance(name, a, first.recipe))


def tolerance(name: str, value: float, recipe: Recipe) -> float:
    """How far a figure may be from `value` where bits cannot agree.

    An accuracy: what plain Keras' runs scatter by, or, where that is more, 95% of the differences
    that chance alone makes between two classifiers of this accuracy on so many images (the normal
    approximation for the difference of two proportions). A loss: a tenth of it.
    """
    if not name.endswith("accuracy"):
        return max(LOSS_FLOOR, LOSS_SHARE * abs(value))
    images = recipe.data.test if name.startswith("test") else recipe.train_images
    share = min(max(value, 0.0), 1.0)
    return max(SPREAD, 1.96 * math.sqrt(2 * share * (1 - share) / images))


def _first_difference(first: Receipt, again: Receipt) -> str:
    """Where the two part, first things first; empty if they are the same, bit for bit."""
    for number, (one, two) in enumerate(zip(first.epochs, again.epochs, strict=False), 1):
        for name, a, b in zip(EPOCH_FIGURES, one, two, strict=True):
            if a != b:
                return _("in epoch {n} the {name} is {b} instead of {a}").format(
                    n=number, name=name.replace("_", " "), a=_number(a), b=_number(b)
                )
    if len(first.epochs) != len(again.epochs):
        return _("it has {b} epochs instead of {a}").format(
            a=len(first.epochs), b=len(again.epochs)
        )
    if (first.points, first.curve) != (again.points, again.curve):
        return _("the live points differ, though the epochs do not")
    if first.files.get("weights.npz") != again.files.get("weights.npz"):
        return _("the weights differ, though the curves do not")
    for name in FIGURES:
        if first.figures[name] != again.figures[name]:
            return _("the {name} differs, though curves and weights do not").format(
                name=name.replace("_", " ")
            )
    return ""


def _number(value: float | None) -> str:
    return _("missing") if value is None else f"{value:.6f}"


def _provenance_differences(first: Receipt, again: Receipt) -> Iterator[str]:
    """What the two were not made alike from, a sentence each."""
    sentence = _("The {what} differs: {a} then, {b} now.")
    if first.recipe.hash != again.recipe.hash:
        yield sentence.format(what=_("recipe"), a=first.recipe.hash, b=again.recipe.hash)
    if first.data != again.data:
        yield sentence.format(what=_("data"), a=first.data[:12], b=again.data[:12])
    if first.start != again.start:
        names = [receipt.start[:12] or _("random weights") for receipt in (first, again)]
        yield sentence.format(what=_("beginning"), a=names[0], b=names[1])
    facts: tuple[tuple[Mapping[str, str], Mapping[str, str]], ...] = (
        (first.versions, again.versions),
        (first.machine, again.machine),
    )
    for then, now in facts:
        for name in dict.fromkeys([*then, *now]):
            if then.get(name) != now.get(name):
                unknown = _("unknown")
                yield sentence.format(
                    what=name, a=then.get(name, unknown), b=now.get(name, unknown)
                )
