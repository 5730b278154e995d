"""Verification of a run: its receipt compared with the receipt of a second training.

The second training is an ordinary run, whose folder keeps the receipt (`RECEIPT_FILE`). On the same
machine with the same versions the two agree bit for bit. Elsewhere they agree as closely as two
trainings of one recipe do. No TensorFlow; any thread.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from model_store import ModelStore, Run, RunNotFound
from model_store.recipe.presets import SPREAD
from model_store.recipe.recipe import Recipe
from model_store.recipe.validation import MAX_NAME
from model_store.runs.history import History
from model_store.runs.provenance import WEIGHTS, InitialWeights
from model_store.text import _
from training.data.extra_images import EXTRA_FILE, ExtraImages, training_data, unpack
from training.data.own_sets import OwnSets
from training.export.receipt import EPOCH_FIGURES, FIGURES, Receipt

RECEIPT_FILE = "receipt.json"  # in the folder of a run that verifies another
LOSS_FRACTION, LOSS_FLOOR = 0.1, 0.02  # a loss may differ by the larger of the two


class Match(StrEnum):
    """Agreement of two trainings of one recipe."""

    EXACT = "exact"  # every figure, every point and every weight, bit for bit
    CLOSE = "close"  # within the tolerance of each figure
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class FigureComparison:
    """One figure in both trainings, and the tolerance for their difference."""

    name: str
    first: float
    again: float
    tolerance: float

    @property
    def difference(self) -> float:
        """Absolute difference; nan for figures that are not numbers."""
        return abs(self.again - self.first)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of a verification: a word, sentences, and each figure."""

    match: Match
    sentences: tuple[str, ...]
    comparisons: tuple[FigureComparison, ...]


class VerifyError(Exception):
    """Receipt that cannot be verified here; the message is a sentence for a person."""


def refusal_reason(receipt: Receipt) -> str:
    """Return why the recipe alone cannot repeat the run; "" if it can."""
    sentence = _("The recipe alone does not repeat that, so it cannot be verified.")
    return " ".join([*receipt.by_hand, sentence]) if receipt.by_hand else ""


def find_inputs(
    store: ModelStore, receipt: Receipt
) -> tuple[list[ExtraImages], InitialWeights | None]:
    """Return the extra images and initial weights of the receipt's run, found in this store.

    Raises:
        VerifyError: if the run cannot be trained again, or not from what is here.
        DataError: if the images cannot be read.
    """
    if refusal_reason(receipt):
        raise VerifyError(refusal_reason(receipt))
    added = _run_file(store, receipt.run, EXTRA_FILE) if len(receipt.sources) > 1 else None
    start = None
    if receipt.start:
        weights = _run_file(store, receipt.run, WEIGHTS)
        origin = store.open(receipt.run).provenance
        if origin is None or hashlib.sha256(weights).hexdigest() != receipt.start:
            sentence = _("The run's initial weights are gone, so it cannot be verified.")
            raise VerifyError(sentence)
        start = InitialWeights(origin, weights)
    own = OwnSets(store.root).content(receipt.recipe.dataset)
    data = training_data(receipt.recipe, added, own)
    if data.fingerprint != receipt.data:
        sentence = _(
            "The receipt's run was trained on other images. The images of {dataset} have the hash "
            "{here} here and {there} in the receipt. Verify it where it was trained."
        )
        here, there = data.fingerprint[:12], receipt.data[:12] or _("none")
        dataset = receipt.recipe.data.title
        raise VerifyError(sentence.format(dataset=dataset, here=here, there=there))
    return unpack(added) if added else [], start


def _run_file(store: ModelStore, run_id: str, name: str) -> bytes:
    try:
        return (store.open(run_id).folder / name).read_bytes()
    except (RunNotFound, OSError):
        sentence = _(
            "The receipt's run used initial weights or extra images that are only in the store "
            "where it was trained. Verify it there."
        )
        raise VerifyError(sentence) from None


def verification_recipe(receipt: Receipt) -> Recipe:
    """Return the receipt's recipe, with a different name for the second run."""
    name = _("Verification of {title}").format(title=receipt.title)
    return receipt.recipe.with_(name=name[:MAX_NAME])


def contradiction(store: ModelStore, receipt: Receipt) -> str:
    """Return how the receipt differs from the run of its name in this store; "" if it does not.

    A run that is not in this store contradicts nothing.
    """
    try:
        run = store.open(receipt.run)
    except RunNotFound:
        return ""
    if not (run.has_model and run.result):
        return ""
    own = receipt_of(store, run)
    difference = _first_difference(own, receipt)
    if own.recipe.hash != receipt.recipe.hash:
        difference = _("its recipe is another one")
    sentence = _(
        "The receipt is not the one of the run {id} in this store: in the receipt, {difference}."
    )
    return sentence.format(id=run.id, difference=difference) if difference else ""


def verdict_of(store: ModelStore, run: Run) -> Verdict:
    """Compare a complete run that verifies another with the receipt in its folder.

    Raises:
        VerifyError: if the receipt is missing.
        ReceiptError: if it is damaged.
    """
    try:
        first = Receipt.from_json((run.folder / RECEIPT_FILE).read_bytes())
    except OSError:
        raise VerifyError(_("The receipt that this run should verify is missing.")) from None
    return compare(first, receipt_of(store, run))


def receipt_of(store: ModelStore, run: Run) -> Receipt:
    """Return the receipt of a complete run."""
    return Receipt.of(run, History.from_events(store.events(run.id)))


def compare(first: Receipt, again: Receipt) -> Verdict:
    """Compare the receipts of a first and a second training."""
    pairs = [(name, first.figures[name], again.figures[name]) for name in FIGURES]
    figures = tuple(FigureComparison(*p, tolerance(*p[:2], first.recipe)) for p in pairs)
    causes = tuple(_provenance_differences(first, again))
    same, other = ((r.recipe.hash, r.data, r.start) for r in (first, again))
    difference = _first_difference(first, again)
    match = Match.DIFFERENT
    if same != other:
        sentence = _("It was not the same training.")
    elif not difference:
        match = Match.EXACT
        sentence = _("It matches bit for bit: every live point, every epoch, every weight.")
    else:
        if all(figure.difference <= figure.tolerance for figure in figures):
            match = Match.CLOSE
            sentence = _("It matches within the tolerance, but not bit for bit: {difference}.")
        else:
            sentence = _("It does not match: {difference}.")
        sentence = sentence.format(difference=difference)
        causes = causes or (
            _(
                "Data, versions and processor are the same, so the figures should be the same. "
                "Something else differs: other libraries, or faulty memory."
            ),
        )
    return Verdict(match, (sentence, *causes), figures)


def tolerance(name: str, value: float, recipe: Recipe) -> float:
    """Return how far a figure may be from `value` where bits cannot agree.

    For an accuracy it is the spread of plain Keras' runs. Or, if that is more, it is the 95 % range
    of the difference between two classifiers of this accuracy on so many images (the normal
    approximation for the difference of two proportions). For a loss it is a tenth of it.
    """
    if not name.endswith("accuracy"):
        return max(LOSS_FLOOR, LOSS_FRACTION * abs(value))
    images = recipe.data.test if name.startswith("test") else recipe.train_images
    accuracy = min(max(value, 0.0), 1.0)
    return max(SPREAD, 1.96 * math.sqrt(2 * accuracy * (1 - accuracy) / images))


def _first_difference(first: Receipt, again: Receipt) -> str:
    """Return the earliest difference as half a sentence; "" if they are equal bit for bit."""
    for number, (one, two) in enumerate(zip(first.epochs, again.epochs, strict=False), 1):
        for name, a, b in zip(EPOCH_FIGURES, one, two, strict=True):
            if a != b:
                was, now = (_("missing") if x is None else f"{x:.6f}" for x in (a, b))
                words = _("in epoch {n} the {name} is {now} instead of {was}")
                return words.format(n=number, name=name.replace("_", " "), was=was, now=now)
    if len(first.epochs) != len(again.epochs):
        words = _("it has {now} epochs instead of {was}")
        return words.format(was=len(first.epochs), now=len(again.epochs))
    if (first.points, first.curve) != (again.points, again.curve):
        return _("the live points differ, though the epochs do not")
    if first.files.get("weights.npz") != again.files.get("weights.npz"):
        return _("the weights differ, though the curves do not")
    for name in FIGURES:
        if first.figures[name] != again.figures[name]:
            words = _("the {name} differs, though curves and weights do not")
            return words.format(name=name.replace("_", " "))
    return ""


def _provenance_differences(first: Receipt, again: Receipt) -> Iterator[str]:
    """Yield a sentence for each ingredient that differs."""
    sentence = _("Different {what}: {a} then, {b} now.")
    random = _("random")
    rows = [
        (_("recipe"), first.recipe.hash, again.recipe.hash),
        (_("data"), first.data[:12], again.data[:12]),
        (_("initial weights"), first.start[:12] or random, again.start[:12] or random),
    ]
    pairs = ((first.versions, again.versions), (first.machine, again.machine))
    for then, now in pairs:
        names, unknown = dict.fromkeys([*then, *now]), _("unknown")
        rows += [(name, then.get(name, unknown), now.get(name, unknown)) for name in names]
    return (sentence.format(what=what, a=a, b=b) for what, a, b in rows if a != b)
