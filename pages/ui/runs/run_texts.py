"""Sentences about a run: provenance, ending, gap, a prediction. Any thread."""

from model_store import Run
from model_store.recipe.choices import FIGURES, SCHEDULES
from model_store.recipe.recipe import Recipe
from model_store.recipe.spoil import spoil_sentences
from model_store.recipe.text import percent
from model_store.runs.history import History
from model_store.runs.prediction import Outcome
from model_store.text import _, named, ngettext
from pages.ui.frame import layout

WELL = 0.02  # difference of an accuracy that was predicted well


def provenance_text(run: Run) -> str:
    """Say in Markdown which weights the run began with; "" if they were random."""
    origin = run.provenance
    if origin is None:
        return ""
    sentences = [_("It began with the weights of **{title}** (sha256 {hash}).")]
    if origin.is_imported:
        sentences = [
            _("It was imported from the file **{title}** (sha256 {hash})."),
            _("Its input is pixels from {pixels}."),
            _("It was trained elsewhere, so its training images are not known."),
        ]
    else:
        if origin.drawings:
            sentences += [_("It also learned from class drawings (hash {drawings}).")]
            sentences += [_("Each drawing was used {times} times.")]
        sentences += [
            _("Training the recipe again needs these weights and drawings: the run keeps them.")
        ]
    return " ".join(sentences).format(
        title=layout.plain(named(origin.title)),
        hash=origin.weights[:12],
        pixels=layout.plain(_(origin.pixels)),
        drawings=origin.drawings[:12],
        times=origin.copies,
    )


def spoil_text(recipe: Recipe) -> str:
    """Say what was spoiled in a recipe's training images; "" if nothing was."""
    if not recipe.spoil:
        return ""
    what = " ".join(spoil_sentences(recipe.spoil, recipe.data.names))
    parts = [_("Spoiled on purpose: {what}"), _("Test images are as they were.")]
    if recipe.validation == "split" and recipe.spoil.where == "validation":
        parts = [parts[0], _("Validation images are spoiled too; test images are as they were.")]
    return " ".join(parts).format(what=what)


def gap_text(
    gap: float, accuracy: float, interval: tuple[float, float], *, spoiled: bool = False
) -> str:
    """Explain training accuracy minus test `accuracy`, given the interval of the latter."""
    low, high = interval
    if spoiled:
        return _(
            "The training accuracy counts the spoiled images and labels: how often the model says "
            "what it was taught. The test counts what is true."
        )
    if gap > accuracy - low:
        return _(
            "The model is better on the images it learned from than on new ones, and the gap is "
            "too large for chance. This is over-fitting. Dropout, fewer units, fewer epochs or "
            "more images make it smaller."
        )
    if gap < accuracy - high:
        return _("The model is better on the test images than on those it learned from.")
    return _("The gap is inside the 95 % interval: no over-fitting can be seen.")


def ending_text(run: Run) -> str:
    """Say when early stopping ended a run and which weights it kept; "" without early stopping."""
    recipe, kept = run.recipe, run.kept_epoch
    sentences = []
    if run.stopped_early:
        sentences.append(
            _(
                "It stopped after epoch {n} of {all}: for {patience} epochs the {figure} had not "
                "improved."
            )
        )
    if kept:
        sentences.append(
            _("The model has the weights of epoch {kept}, where the {figure} was best.")
        )
    return " ".join(sentences).format(
        n=run.result.get("epochs", 0),
        all=recipe.epochs,
        patience=recipe.patience,
        figure=_(FIGURES[recipe.watch].label),
        kept=kept,
    )


def rate_text(run: Run, history: History) -> str:
    """Say how the learning rate changed; "" if it stayed as the recipe has it."""
    recipe = run.recipe
    sentences = []
    if recipe.schedule != "constant":
        sentences.append(_("Learning rate schedule: {schedule}."))
    if recipe.warmup:
        sentences.append(_("Warm-up: it grew from 0 over {warmup} epochs."))
    lowered = [rate for rate in history.learning_rates if rate.by == "plateau"]
    if lowered:
        sentences.append(
            ngettext(
                "It was lowered {times} time on plateau.",
                "It was lowered {times} times on plateau.",
                len(lowered),
            )
        )
    if history.rates_by_hand:
        sentences.append(_("A person set it to {rates}."))
    if not sentences or not history.epochs:
        return ""
    sentences.append(_("It was {first} at most and {last} in the last step."))
    return " ".join(sentences).format(
        schedule=_(SCHEDULES[recipe.schedule].label),
        warmup=f"{recipe.warmup:g}",
        times=len(lowered),
        rates=", ".join(f"{rate.value:g}" for rate in history.rates_by_hand),
        first=f"{max([recipe.learning_rate, *(r.value for r in history.rates_by_hand)]):g}",
        last=f"{history.epochs[-1].learning_rate:.3g}",
    )


def prediction_text(outcome: Outcome) -> str:
    """Say how a prediction of the accuracy compares with what came."""
    sentence = (
        _("Well predicted: {predicted} at the end, and it was {actual}.")
        if abs(outcome.actual - outcome.predicted) < WELL
        else _("You predicted {predicted} at the end; it was {actual}.")
    ).format(predicted=percent(outcome.predicted), actual=percent(outcome.actual))
    if abs(outcome.gap) < WELL:
        return sentence
    largest = (
        _("The curve was furthest above yours after {epoch} epochs: {n} percentage points.")
        if outcome.gap > 0
        else _("The curve was furthest below yours after {epoch} epochs: {n} percentage points.")
    )
    n = f"{100 * abs(outcome.gap):.0f}"
    return f"{sentence} {largest.format(epoch=f'{outcome.epoch:.1f}', n=n)}"
