"""Names and values of a recipe's settings, for tables of what differs. Pure, any thread."""

from model_store.analysis.recipe_diff import Value
from model_store.recipe.choices import AUGMENTATIONS, OPTIMIZERS, activation_label
from model_store.recipe.settings import CHOICES, LAYER_SETTINGS, SETTINGS
from model_store.recipe.spoil import SPOILED, SPOILS
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
    if head == "spoil":
        return _("Spoiled: {what}").format(what=_(SPOILS[rest].label))
    return _(_NAMES[name])


def setting_value(name: str, value: Value) -> str:
    """Format a setting's value; a dash if the recipe has no such setting."""
    if value is None or value == "":
        return "–"
    if name.endswith(".activation"):
        return activation_label(str(value))
    if name in CHOICES and value in CHOICES[name].choices:
        return _(CHOICES[name].choices[str(value)].label)
    if name == "spoil.where":
        return _(SPOILED[str(value)].label)
    if value is True:
        return _("on")
    if isinstance(value, int):
        return str(value) if name == "seed" else f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def recipe_line(run: Run) -> str:
    """Return a run's recipe in short: data set, network, how it learns."""
    recipe = run.recipe
    activations = dict.fromkeys(activation_label(h.activation) for h in recipe.hidden)
    parts = [recipe.data.title, " ".join((recipe.network, *activations))]
    if any(layer.batch_norm for layer in recipe.hidden):
        parts.append(_("batch normalisation"))
    if run.imported:
        return " · ".join((*parts, _("from a file")))
    optimizer = _(OPTIMIZERS[recipe.optimizer].label)
    parts += [
        f"{optimizer} {recipe.learning_rate:g}",
        _("batch {n}").format(n=recipe.batch_size),
        _("{n} epochs").format(n=recipe.epochs),
    ]
    if recipe.schedule != "constant":
        parts.append(_(CHOICES["schedule"].choices[recipe.schedule].label))
    if recipe.patience:
        parts.append(_("stops early"))
    if recipe.spoil:
        parts.append(_("spoiled data"))
    return " · ".join(parts)
