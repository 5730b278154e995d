"""Forms that start an activity of a class. Script thread."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from model_store import StoreError
from model_store.classroom.activities import (
    DRAW,
    FOLLOW,
    FOOL,
    KINDS,
    MAX_OPTIONS,
    MAX_TEXT,
    MOST_DRAWINGS,
    PREDICT,
    QUESTION,
    RACE,
    READ,
)
from model_store.classroom.classes import SchoolClass
from model_store.lessons import library
from model_store.recipe.choices import CLASSES
from model_store.recipe.own_data import to_dict
from model_store.recipe.presets import PRESETS
from model_store.recipe.validation import MAX_EPOCHS
from model_store.text import _, named
from pages.ui.frame import layout, navigation
from pages.ui.frame.dataset_choices import dataset_choices, own_dataset
from pages.ui.services import singletons
from pages.ui.state import language
from training.data import datasets
from training.data.datasets import DataError

ICONS = {
    DRAW: ":material/draw:",
    FOOL: ":material/theater_comedy:",
    RACE: ":material/sports_score:",
    PREDICT: ":material/show_chart:",
    QUESTION: ":material/quiz:",
    FOLLOW: ":material/follow_the_signs:",
}
MINUTES = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
ANY = "any"
Settings = dict[str, Any]


def start_form(found: SchoolClass) -> None:
    """Draw a choice of activities and the form of the chosen one."""
    layout.section(_("Start something"))
    kind = st.pills(
        _("Activity"),
        list(KINDS),
        default=DRAW,
        required=True,
        format_func=lambda each: f"{ICONS[each]} {_(KINDS[each])}",
        label_visibility="collapsed",
        key="activity_kind",
    )
    with st.form(f"start_{kind}", border=True):
        layout.explain(ABOUT[kind]())
        settings = FORMS[kind]()
        seconds = None
        if kind != FOLLOW:
            minutes = st.select_slider(
                _("Time"),
                (*MINUTES, None),
                value=None if kind in (RACE, PREDICT) else 2.0,
                format_func=_time_text,
                key=f"time_{kind}",
            )
            seconds = None if minutes is None else 60 * minutes
        if not st.form_submit_button(
            _("Start"), type="primary", icon=":material/play_arrow:", key=f"start_button_{kind}"
        ):
            return
    with layout.problem_on(StoreError, what=_("This could not be started.")):
        if kind in READ:
            settings["model"] = found.settings.model
        singletons.classes().start(found.id, kind, settings, seconds)
        st.rerun()


def _time_text(minutes: float | None) -> str:
    if minutes is None:
        return _("until I end it")
    return (
        _("{n} s").format(n=round(60 * minutes))
        if minutes < 1
        else _("{n} min").format(n=f"{minutes:g}")
    )


def _draw() -> Settings:
    one, two = st.columns(2)
    digit = one.selectbox(
        _("Which digit"),
        [ANY, *map(str, range(CLASSES))],
        format_func=lambda each: _("each person another one") if each == ANY else each,
        key="draw_digit",
    )
    count = two.number_input(
        _("Drawings a person"), min_value=1, max_value=MOST_DRAWINGS, value=3, key="draw_count"
    )
    return {"digit": None if digit == ANY else int(digit), "count": count}


def _fool() -> Settings:
    count = st.number_input(
        _("Drawings a person"), min_value=1, max_value=MOST_DRAWINGS, value=1, key="fool_count"
    )
    return {"count": count, "votes": False}


def _race() -> Settings:
    one, two = st.columns(2)
    known = dataset_choices()
    usable = [name for name, data in known.items() if data.own or datasets.available(name)]
    dataset = one.selectbox(
        _("Data set"),
        usable,
        index=usable.index("digits"),
        format_func=lambda name: known[name].title,
        key="race_dataset",
    )
    epochs = two.number_input(
        _("Epochs for everybody"), min_value=1, max_value=MAX_EPOCHS, value=20, key="race_epochs"
    )
    own = None
    with layout.problem_on(DataError):
        own = own_dataset(dataset)
    described = {} if own is None else {"own": to_dict(own)}
    return {"dataset": dataset, **described, "epochs": epochs}


def _predict() -> Settings:
    usable = [name for name, preset in PRESETS.items() if datasets.available(preset.recipe.dataset)]
    name = st.selectbox(
        _("Recipe"),
        usable,
        format_func=lambda each: named(PRESETS[each].recipe.title),
        key="predict_recipe",
    )
    return {"recipe": PRESETS[name].recipe.to_link()}


def _question() -> Settings:
    text = st.text_area(_("Question"), max_chars=MAX_TEXT, height=80, key="question_text")
    options = st.text_area(
        _("Answers, one a line"),
        height=120,
        help=_("2 to {n} answers. Begin the right one with *, if there is one.").format(
            n=MAX_OPTIONS
        ),
        key="question_options",
    )
    lines = [line.strip() for line in (options or "").splitlines() if line.strip()]
    right = next((place for place, line in enumerate(lines) if line.startswith("*")), None)
    shown = [line.removeprefix("*").strip() for line in lines]
    return {"text": text or "", "options": shown, "right": right}


def _follow() -> Settings:
    pages = followable()
    path = st.selectbox(
        _("Page for all phones"), list(pages), format_func=pages.__getitem__, key="follow_path"
    )
    return {"path": path}


def followable() -> dict[str, str]:
    """Return the titles of lessons and pages that phones can follow, by path."""
    shown = library.lessons(language.current())
    lessons = {f"/learn?lesson={lesson.id}": lesson.title for lesson in shown}
    entries = {name: entry for name, entry in navigation.ENTRIES.items() if name != "classroom"}
    pages = {f"/{'' if name == 'home' else name}": _(e.title) for name, e in entries.items()}
    return lessons | pages


FORMS: Mapping[str, Callable[[], Settings]] = {
    DRAW: _draw,
    FOOL: _fool,
    RACE: _race,
    PREDICT: _predict,
    QUESTION: _question,
    FOLLOW: _follow,
}
ABOUT: Mapping[str, Callable[[], str]] = {
    DRAW: lambda: _("Everybody draws digits. How well does the network read your class?"),
    FOOL: lambda: _("Draw a digit that people read and the network does not."),
    RACE: lambda: _("Everybody trains with the same epochs. Who has the best test accuracy?"),
    PREDICT: lambda: _("Everybody draws how the accuracy will grow. Then you train it."),
    QUESTION: lambda: _("One question, several answers. The bars appear when you reveal them."),
    FOLLOW: lambda: _("All phones show the page that you choose."),
}
