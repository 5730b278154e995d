"""Names and values of a recipe's settings, for tables of what differs. Pure, any thread."""

from model_store.analysis.recipe_diff import Value
from model_store.recipe.choices import ACTIVATIONS, AUGMENTATIONS, OPTIMIZERS
from model_store.recipe.settings import CHOICES, LAYER_SETTINGS, SETTINGS
from model_store.runs.run import Run
from model_store.text import N_, _

_NAMES = {
    **{name: setting.label for name, setting in SETTINGS.items()},
    "train_images": N_("Training images"),
    # Of `model_store.analysis.data_diff`, beside the recipe:
    "provenance": N_("Began with the weights of"),
    "added": N_("Images beside the data set"),
    "data": N_("Data hash"),
}


def setting_name(name: str) -> str:
    """Return the name of a setting of `recipe_diff.settings`, or of a difference in the data."""
    head, _dot, rest = name.partition(".")
    if head == "hidden":
        number, _dot, what = rest.partition(".")
        what = _(LAYER_SETTINGS[what].label).lower()
        return _("Hidden layer {n}: {what}").format(n=number, what=what)
    if head == "optimizer_options":
        return _("Optimizer option {name}").format(name=rest)
    if head == "augment":
        return _("Random change: {what}").format(what=_(AUGMENTATIONS[rest].label))
    return _(_NAMES[name])


def setting_value(name: str, value: Value) -> str:
    """Format a setting's value; a dash if the recipe has no such setting."""
    if value is None or value == "":
        return "–"
    options = ACTIVATIONS if name.endswith(".activation") else None
    if name in CHOICES:
        options = CHOICES[name].choices
    if options is not None and value in options:
        return _(options[str(value)].label)
    if isinstance(value, int):
        return str(value) if name == "seed" else f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def recipe_line(run: Run) -> str:
    """Return a run's recipe in short: data set, network, how it learns."""
    recipe = run.recipe
    activations = dict.fromkeys(_(ACTIVATIONS[h.activation].label) for h in recipe.hidden)
    parts = [recipe.data.title, " ".join((recipe.network, *activations))]
    if run.imported:
        return " · ".join((*parts, _("from a file")))
    optimizer = _(OPTIMIZERS[recipe.optimizer].label)
    parts += [
        f"{optimizer} {recipe.learning_rate:g}",
        _("batch {n}").format(n=recipe.batch_size),
        _("{n} epochs").format(n=recipe.epochs),
    ]
    return " · ".join(parts)
