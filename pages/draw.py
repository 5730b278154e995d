"""Draw: a digit on the pad, ten bars answer at pen-up; any model of the store."""

from __future__ import annotations

from gettext import gettext as _

import streamlit as st

from model_store import Run, StoreError
from pages.ui import layout, navigation, services, state
from pages.ui.answer import answer, picture, preparation, seen
from pages.ui.pad import SIDE, pad
from training.datasets import DataError
from training.images import BlankDrawing, stages


def choose(runs: list[Run]) -> Run:
    """The model to ask: the link's, the one chosen here, or the newest that knows digits."""
    wanted = state.param("run")
    ids = [run.id for run in runs]
    if wanted and wanted not in ids:
        layout.problem(
            _("The model in this link is not here."),
            _("It may have been deleted, or it is not finished yet."),
            _("Another one answers below."),
        )
    first = next((i for i, run in enumerate(runs) if run.recipe.data.drawable), 0)
    index = ids.index(wanted) if wanted in ids else first
    by_id = {run.id: run for run in runs}
    chosen = st.selectbox(
        _("Model"),
        ids,
        index=index,
        format_func=lambda run_id: _name(by_id[run_id]),
        help=_("Every finished training can be asked; the newest stand first."),
        key=f"model_{wanted}",
    )
    if wanted or chosen != ids[first]:
        state.set_params(run=chosen)
    return by_id[chosen]


def _name(run: Run) -> str:
    accuracy = layout.percent(run.result.get("test_accuracy"))
    origin = _(" (comes with the app)") if run.shipped else ""
    return f"{run.title} · {accuracy}{origin}"


@st.fragment
def draw(run: Run) -> None:
    """Pad, bars and what the network sees: only this part runs again at pen-up."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        strokes = pad()
    try:
        steps = stages(strokes, SIDE, SIDE)
    except BlankDrawing:
        steps = None
    except ValueError as error:
        layout.problem(_("The drawing cannot be read."), str(error), _("Clear the pad."))
        return
    image = steps.centred if steps else None
    probabilities = None if image is None else services.classifier(run).probabilities(image)
    with right:
        answer(probabilities, run.recipe.data.class_names, key="bars")
    with left:
        seen(image)
    with st.expander(_("How your drawing is prepared")):
        layout.explain(
            _("The network learned from digits that were cropped, scaled and centred like this.")
        )
        if steps:
            preparation(steps)


@st.fragment
def try_images(run: Run) -> None:
    """The same bars for the data set's own test images."""
    try:
        data = services.dataset(run.recipe.dataset)
    except DataError as error:
        layout.problem(_("The test images are not here."), str(error))
        navigation.link("data", _("Get them"), dataset=run.recipe.dataset)
        return
    names = run.recipe.data.class_names
    last = len(data.x_test) - 1
    index = st.number_input(_("Test image (0 to {n})").format(n=last), 0, last, 0, key="index")
    left, right = st.columns([2, 3], gap="large")
    truth = names[int(data.y_test[index])]
    with left:
        st.html(picture(data.x_test[index], truth, 224))
    with right:
        answer(
            services.classifier(run).probabilities(data.x_test[index]),
            names,
            key="test_bars",
            truth=truth,
        )


layout.header(
    _("Draw"), _("Draw a digit, big or small, anywhere on the pad. The network says what it reads.")
)
models = [run for run in services.store().list() if run.has_model]
if not models:
    layout.empty(_("No model yet"), _("Train one: on Digits it takes seconds."))
    navigation.link("train", _("Train one"), ":material/show_chart:", recipe="digits-quick")
else:
    try:
        model = choose(models)
        services.classifier(model)
        if model.recipe.data.drawable:
            ways = st.segmented_control(
                _("What it reads"),
                [_("my drawing"), _("test images")],
                default=_("my drawing"),
                label_visibility="collapsed",
                key="way",
            )
            (try_images if ways == _("test images") else draw)(model)
        else:
            layout.explain(_("This model knows clothing: it is asked about the test images."))
            try_images(model)
    except StoreError as error:
        layout.problem(_("This model cannot be used."), str(error), _("Choose another one."))
