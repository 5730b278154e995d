"""Parts of a step about the network: softmax, activations, layers, settings. Script thread."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from model_store.inference.classifier import ACTIVATIONS as FUNCTIONS
from model_store.inference.classifier import softmax
from model_store.recipe.choices import ACTIVATIONS, LABELS, LOSSES, OPTIMIZERS, VALIDATIONS
from model_store.recipe.recipe import Recipe
from model_store.text import _
from pages.ui.components.live_plot import live_plot
from pages.ui.components.network import network as network_picture
from pages.ui.evaluate.weights_view import weights_view
from pages.ui.figures import lessons
from pages.ui.frame import layout
from pages.ui.learn.context import Context
from pages.ui.learn.own_run import needed_run
from pages.ui.runs.model_summary import model_summary
from pages.ui.services import model_cache


def softmax_by_hand(context: Context, place: int, scores: Sequence[float]) -> None:
    """Draw fields for scores, and the two steps from them to probabilities."""
    columns = st.columns(min(len(scores), 5))
    given = []
    for i, score in enumerate(scores):
        with columns[i % len(columns)]:
            given.append(
                st.number_input(
                    _("score {n}").format(n=i + 1),
                    -50.0,
                    50.0,
                    float(score),
                    step=1.0,
                    key=context.key(place, f"score_{i}"),
                    persist_state="session",
                )
            )
    values = np.array(given)
    powers, shares = np.exp(values), softmax(values)
    heads = (_("score x"), _("e to the power of x"), _("divided by the sum"))
    rows = [
        (f"{x:g}", _large(power), lessons.probability(float(share)))
        for x, power, share in zip(values, powers, shares, strict=True)
    ]
    total = (f"**{_('sum')}**", _large(powers.sum()), f"{shares.sum():.4f}")
    st.table([dict(zip(heads, row, strict=True)) for row in (*rows, total)], hide_index=True)
    names = [f"{x:g}" for x in values]
    for name, share in zip(names, shares, strict=True):
        st.progress(
            float(min(1, max(0, share))),
            text=_("score {x}: {percent} %").format(x=name, percent=f"{100 * share:.2f}"),
        )


def _large(value: float) -> str:
    return f"{value:,.2f}" if 0.01 <= value < 1e6 else f"{value:.2e}"


def activation(context: Context, place: int, name: str) -> None:
    """Draw an activation's curve and one point of it that a person moves."""
    at = st.slider(_("input"), -4.0, 4.0, 1.5, 0.1, key=context.key(place, "at"))
    curve = lessons.activation_curve(name, at)
    live_plot(curve, context.key(place, "curve"), 300, _("Output for each input"))
    value = float(FUNCTIONS[name](np.array([at]))[0])
    st.markdown(f"**{name}({at:g}) = {value:.3g}**")
    layout.remark(_(ACTIVATIONS[name].help))


def descent(context: Context, place: int) -> None:
    """Draw gradient descent of one weight w from 4 on the loss w², with a chosen learning rate."""
    rate = st.slider(_("learning rate"), 0.0, 1.2, 0.1, 0.05, key=context.key(place, "rate"))
    weights = lessons.descent(4.0, rate)
    label = _("The loss for each weight, and ten steps")
    live_plot(lessons.descent_curve(weights), context.key(place, "curve"), 320, label)
    values = " → ".join(f"{w:.3g}" for w in weights)
    st.markdown(_("The weight, step by step: {values}").format(values=f"**{values}**"))


def summary(context: Context, place: int, recipe: str, activations: str) -> None:
    """Draw the layers of a recipe's network, their output shapes and parameters."""
    del place
    model_summary(context.recipe(recipe), expanded=True, apart=activations == "apart")


def settings(context: Context, place: int, recipe: str) -> None:
    """Draw how a recipe's network is compiled and fitted, a sentence for each setting."""
    del place
    chosen = context.recipe(recipe)
    optimizer, loss = OPTIMIZERS[chosen.optimizer], LOSSES[chosen.loss]
    options = ", ".join(f"{name} = {value:g}" for name, value in chosen.optimizer_options)
    heads = (_("setting"), _("value"), _("what it means"))
    rows = [
        (_("optimizer"), optimizer.label, _(optimizer.help)),
        (_("learning rate"), f"{chosen.learning_rate:g}", _("The size of each step.")),
        *([(_("optimizer options"), options, "")] if options else []),
        (_("loss"), f"`{chosen.loss}`", _(loss.help)),
        (_("labels"), _(LABELS[chosen.labels].label), _(LABELS[chosen.labels].help)),
        (_("metrics"), "`accuracy`", _("The part of the images that are answered correctly.")),
    ]
    st.table([dict(zip(heads, row, strict=True)) for row in rows], hide_index=True)


def fit_parameters(recipe: Recipe) -> None:
    """Draw the parameters of the fit: batch size, epochs, images, validation, metrics."""
    names = ["loss", "accuracy"]
    if recipe.validation != "none":
        names += ["val_loss", "val_accuracy"]
    rows = {
        _("batch size"): str(recipe.batch_size),
        _("epochs"): str(recipe.epochs),
        _("images"): f"{recipe.train_images:,}",
        _("steps an epoch"): f"{recipe.steps_per_epoch:,}",
        _("validation"): _(VALIDATIONS[recipe.validation].label),
        _("metrics"): ", ".join(names),
    }
    st.markdown(
        " · ".join(f"{layout.plain(name)} **{layout.plain(v)}**" for name, v in rows.items())
    )


def weights(context: Context, place: int, run: str) -> None:
    """Draw the weights of the first layer as pictures."""
    del place
    found = needed_run(context, run)
    if found is not None:
        weights_view(model_cache.classifier(found), context.names)


def network(context: Context, place: int, run: str) -> None:
    """Draw the picture of a run's network with a test image in it."""
    found = needed_run(context, run)
    if found is not None:
        model = model_cache.browser_model(found)
        image = np.asarray(context.arrays.x_test[0])
        network_picture(model, context.names, context.key(place, found.id), image)
