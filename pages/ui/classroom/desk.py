"""Teacher's desk of a class, for a phone or a laptop beside the projector. Script thread."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st

from model_store import StoreError
from model_store.classroom.activities import FOLLOW, FOOL, KINDS, PREDICT
from model_store.classroom.classes import Activity, Member, SchoolClass
from model_store.lessons import library
from model_store.recipe.recipe import Recipe
from model_store.text import _, ngettext
from pages.ui.classroom.activity_forms import followable, start_form
from pages.ui.classroom.board import class_progress
from pages.ui.classroom.class_board import board_params
from pages.ui.classroom.class_end import class_end
from pages.ui.classroom.class_list import class_title
from pages.ui.classroom.join_information import desk_on_a_phone, join_information
from pages.ui.classroom.reader_choice import reader_choice
from pages.ui.classroom.rights import may_open
from pages.ui.components.live_refresh import refresh_on
from pages.ui.frame import layout, navigation, permissions
from pages.ui.services import singletons
from pages.ui.services.classes import topics
from pages.ui.services.classes.deletion import remove_member
from pages.ui.state import language, visitor


def desk(found: SchoolClass) -> None:
    """Draw what its teacher needs to lead a class."""
    with st.container(horizontal=True, vertical_alignment="center", key="desk_head"):
        layout.header(class_title(found))
        navigation.link(
            "classroom", f"**{_('Open the board')}**", ":material/cast:", **board_params(found)
        )
        if may_open():
            navigation.link("classroom", _("All classes"), ":material/list:")
        if permissions.is_teacher():
            navigation.link("teacher", _("Limits and trainings"), ":material/school:")
        if found.closed is None:
            desk_on_a_phone(found)
    with st.container(key="desk"):
        with st.container(key="desk_now"):
            st.fragment(_now, key="desk_now_part")(found.code, found.closed is None)
            if found.closed is None:
                start_form(found)
        with st.container(key="desk_side"):
            if found.closed is None:
                join_information(found)
            class_end(found)


def _seen(code: str) -> Any:
    """Return what the topic of the class has now; None without such a class."""
    topic = topics.class_topic(code)
    if topic is None:
        return None
    topic.look()
    return json.loads(f"{{{topic.since(0)}}}")["value"]


# -- what is going on ----------------------------------------------------------------------------


def _now(code: str, was_open: bool) -> None:
    """Draw the activity of now and the members. A fragment, run again at each change.

    It is one: of two fragments that ask to run at the same moment, one may not.
    """
    found = singletons.classes().find(code)
    refresh_on({f"class:{code}": _seen(code)}, key="desk_refresh", every=0.5)
    if found is None:
        layout.problem(_("This class was deleted."))
        return
    if was_open and found.closed is not None:
        st.rerun()  # another desk has closed the class
    if found.closed is None:
        _class_switches(found)
        activity = singletons.classes().activity(found.id)
        if activity is None:
            layout.remark(_("Nothing was started yet. Choose something below."))
        else:
            _activity(found, activity)
        reader_choice(found)
    else:
        layout.notice(_("This class is closed. Its report is below."))
    _people(found)


def _class_switches(found: SchoolClass) -> None:
    settings = found.settings
    with st.container(horizontal=True, key="desk_switches"):
        for key, label, icon, after in (
            (
                "pause",
                _("Resume") if settings.paused else _("Pause all"),
                ":material/play_arrow:" if settings.paused else ":material/pause:",
                replace(settings, paused=not settings.paused),
            ),
            (
                "nicknames",
                _("Hide nicknames") if settings.nicknames else _("Show nicknames"),
                ":material/visibility_off:" if settings.nicknames else ":material/visibility:",
                replace(settings, nicknames=not settings.nicknames),
            ),
            (
                "named_curves",
                _("Curves without names") if settings.named_curves else _("Curves with names"),
                ":material/person_off:" if settings.named_curves else ":material/person:",
                replace(settings, named_curves=not settings.named_curves),
            ),
        ):
            is_primary = key == "pause" and settings.paused
            change = singletons.classes().set
            _command(label, icon, key, change, found.id, after, is_primary=is_primary)


def _activity(found: SchoolClass, activity: Activity) -> None:
    classes = singletons.classes()
    is_open = activity.is_open(classes.now())
    with st.container(border=True, key="desk_activity"):
        st.markdown(f"### {_title(activity)}")
        if activity.kind != FOLLOW:
            class_progress(found.code)
        layout.remark(_state(activity, is_open))
        with st.container(horizontal=True):
            if is_open:
                _command(_("End now"), ":material/stop:", "end", classes.end_activity, found.id)
            if activity.kind == FOOL and not activity.is_revealed:
                _vote_button(activity)
            if activity.kind == PREDICT and not activity.settings.get("run"):
                _command(_("Train it"), ":material/play_arrow:", "train", _train, activity)
            if activity.kind == FOLLOW and is_open:
                _step_buttons(activity)
            if activity.kind != FOLLOW and not activity.is_revealed:
                _command(
                    _("Reveal on the board"),
                    ":material/visibility:",
                    "reveal",
                    classes.reveal,
                    activity.id,
                    is_primary=True,
                )


def _title(activity: Activity) -> str:
    settings = activity.settings
    name = _(KINDS[activity.kind])
    if settings.get("digit") is not None:
        return layout.plain(f"{name}: {settings['digit']}")
    path = str(settings.get("path", ""))
    shown = settings.get("text") or followable().get(path.partition("&")[0], path)
    return layout.plain(f"{name}: {shown}" if shown else name)


def _state(activity: Activity, is_open: bool) -> str:
    if activity.is_revealed:
        return _("The board shows the result.")
    if not is_open:
        return _("It has ended. Reveal the result, or start something else.")
    if activity.ends is None:
        return _("It is open until you end it.")
    until = time.strftime("%H:%M:%S", time.localtime(activity.ends))
    return _("It is open until {time}.").format(time=until)


def _vote_button(activity: Activity) -> None:
    if activity.settings["votes"]:
        layout.remark(_("Everybody says what they read."))
        return
    _command(_("Let everybody vote"), ":material/how_to_vote:", "vote", _open_vote, activity)


def _step_buttons(activity: Activity) -> None:
    """Draw the buttons that lead all phones through a lesson, if one is followed."""
    address = urlsplit(activity.settings["path"])
    query = dict(parse_qsl(address.query))
    lesson = (
        library.lesson(query.get("lesson", ""), language.current())
        if address.path == "/learn"
        else None
    )
    if lesson is None:
        return
    ids = [step.id for step in lesson.steps]
    place = ids.index(query["step"]) if query.get("step") in ids else 0
    layout.remark(
        _("Step {n} of {all}: {title}").format(
            n=place + 1, all=len(ids), title=layout.plain(lesson.steps[place].title)
        )
    )
    for label, icon, key, other in (
        (_("Step before"), ":material/arrow_back:", "step_before", place - 1),
        (_("Next step"), ":material/arrow_forward:", "step_next", place + 1),
    ):
        if 0 <= other < len(ids):
            path = f"/learn?{urlencode({'lesson': lesson.id, 'step': ids[other]})}"
            _command(label, icon, key, _follow, activity, path, is_primary=other > place)


def _follow(activity: Activity, path: str) -> None:
    singletons.classes().change_activity(activity.id, {**activity.settings, "path": path})


def _open_vote(activity: Activity) -> None:
    singletons.classes().change_activity(activity.id, {**activity.settings, "votes": True})


def _train(activity: Activity) -> None:
    """End the guesses and train the network that was guessed about. A callback."""
    recipe = Recipe.from_link(activity.settings["recipe"])
    run = singletons.engine().submit(recipe, visitor.visitor_id())
    singletons.classes().change_activity(activity.id, {**activity.settings, "run": run.id})


def _command(
    label: str,
    icon: str,
    key: str,
    do: Callable[..., object],
    *args: object,
    is_primary: bool = False,
) -> None:
    st.button(
        label,
        icon=icon,
        type="primary" if is_primary else "secondary",
        on_click=_do,
        args=(do, *args),
        key=f"desk_{key}",
    )


def _do(command: Callable[..., object], *args: object) -> None:
    """Carry out a command of the teacher; show why it failed. A callback."""
    with layout.problem_on(StoreError):
        command(*args)


# -- who is here ---------------------------------------------------------------------------------


def _people(found: SchoolClass) -> None:
    """Draw how many members there are and, if wanted, what a teacher can do about each."""
    members = singletons.classes().members(found.id)
    count = ngettext("{n} person", "{n} people", len(members)).format(n=len(members))
    with st.container(horizontal=True, vertical_alignment="center", key="desk_people"):
        st.markdown(f":material/groups: **{count}**", width="content")
        is_open = st.toggle(_("Hide or remove somebody"), key="desk_members")
    if is_open:
        for member in members:
            _member(found, member)


def _member(found: SchoolClass, member: Member) -> None:
    classes = singletons.classes()
    name = layout.plain(member.nickname) if member.nickname else _("no nickname")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"~~{name}~~" if member.is_hidden else name, width="stretch")
        st.button(
            _("Show") if member.is_hidden else _("Hide"),
            icon=":material/visibility:" if member.is_hidden else ":material/visibility_off:",
            help=_("Hidden members are not on the board at all."),
            on_click=_do,
            args=(classes.hide, found.id, member.id, not member.is_hidden),
            key=f"hide_{member.id}",
        )
        with st.popover(_("Remove"), icon=":material/person_remove:", key=f"remove_{member.id}"):
            st.write(_("Remove this member and everything that they gave? This cannot be undone."))
            st.button(
                _("Yes, remove"),
                type="primary",
                on_click=_do,
                args=(remove_member, found, member),
                key=f"remove_yes_{member.id}",
            )
