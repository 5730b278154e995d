"""What phones ask of classes: the page, joining, entries, races. Any thread.

Every refusal is a `Refusal` with a sentence in the visitor's language.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from html import escape
from http import HTTPStatus
from string import Template
from typing import Any

from model_store import StoreError
from model_store.classroom import activities
from model_store.classroom.activities import ActivityError
from model_store.classroom.classes import Activity, ClassError, Member, SchoolClass, WrongCode
from model_store.classroom.drawing import DrawingError
from model_store.recipe.choices import CLASSES, OPTIMIZERS
from model_store.recipe.recipe import RecipeError
from model_store.text import _
from model_store.text import languages as text_languages
from pages.ui import browser
from pages.ui.figures import theme
from pages.ui.server.browser_routes import bundle_path
from pages.ui.server.class_routes import Raw, Refusal
from pages.ui.services import model_cache, singletons
from pages.ui.services.classes import results, words
from training.engine.engine import EngineError
from training.loop.control import Action, Command

VOTES = 10  # drawings of others that each member is shown


def page() -> str:
    """Return the page of a phone in the language of this thread; the same for every class."""
    data = {
        "names": [str(digit) for digit in range(CLASSES)],
        "colours": theme.CLASS_COLOURS,
        "optimizers": {
            name: [_(found.label), found.learning_rate] for name, found in OPTIMIZERS.items()
        },
        "words": words.words(),
        "titles": words.titles(),
    }
    return Template(browser.read("class_page.html")).substitute(
        language=text_languages.language(),
        percent=escape(_("{number} %").format(number="")),
        title=escape(_("Class")),
        starting=escape(_("One moment ...")),
        no_script=escape(_("This page needs JavaScript. Open it in a browser that allows it.")),
        data=json.dumps(data).replace("<", "\\u003c"),
        module=bundle_path("class_page"),
    )


def join(visitor: str, _code: str, raw: Raw) -> dict[str, Any]:
    """Make the visitor a member of the class whose `code` was sent, or give a place back."""
    code, nickname, personal = (_text(raw, name) for name in ("code", "nickname", "personal"))
    with _refused():
        member = singletons.classes().join(code, visitor, nickname, personal)
        found = singletons.classes().find(code)
        if found is None:
            raise Refusal(HTTPStatus.NOT_FOUND, _("This class does not exist any more."))
        return _told(found, member)


def mine(visitor: str, code: str) -> dict[str, Any] | None:
    """Return what a member is told, with what they gave to the newest activity.

    None for others, and without such a class: this does not tell what codes there are.
    """
    with _refused():
        found = singletons.classes().find(code)
        member = singletons.classes().member(found.id, visitor) if found else None
        return None if found is None or member is None else _told(found, member)


def _told(found: SchoolClass, member: Member) -> dict[str, Any]:
    activity = singletons.classes().activity(found.id)
    given = activity and singletons.classes().given(activity.id, member.id)
    return {
        "code": found.code,
        "name": found.name,
        "member": member.id,
        "personal": member.personal_code,
        "nickname": member.nickname,
        "now": singletons.classes().now(),
        "activity": activity.id if activity else "",
        "given": given or {},
        "model": _model(found),
    }


def _model(found: SchoolClass) -> dict[str, Any] | None:
    """Return the class's model, which its phones load before everybody draws at once."""
    with suppress(StoreError):
        return model_cache.browser_model(results.reader({"model": found.settings.model}))
    return None


def enter(visitor: str, code: str, raw: Raw) -> None:
    """Keep what a member gives."""
    slot, activity_id = _text(raw, "slot"), _text(raw, "activity")
    with _refused():
        found, member = _member(visitor, code)
        if slot == "run" or slot.startswith(activities.vote_slot(member.id, "")):
            raise ActivityError(_("This does not belong to the activity that is open now."))
        singletons.classes().enter(found, member, slot, raw.get("content"), activity_id)


def others(visitor: str, code: str) -> list[dict[str, Any]]:
    """Return drawings of others for a vote, without what they shall be: `slot`, `strokes`, `ink`.

    Each member gets those of the members who came next, so that all have about as many votes.
    """
    with _refused():
        found, member = _member(visitor, code)
        activity = singletons.classes().activity(found.id)
        if activity is None or activity.kind != activities.FOOL or not activity.settings["votes"]:
            return []
        members = singletons.classes().members(found.id)
        place = [each.id for each in members].index(member.id)
        after = [*members[place + 1 :], *members[:place]]
        order = {each.id: rank for rank, each in enumerate(after) if not each.is_hidden}
        drawn = [
            (slot, order[owner], owner)
            for owner, slot in singletons.classes().changes(activity.id)
            if owner in order and not activities.is_vote_slot(slot)
        ]
        chosen = [(owner, slot) for slot, _rank, owner in sorted(drawn)[:VOTES]]
        owners = {owner for owner, _slot in chosen}
        entries = singletons.classes().entries(activity.id, members=owners)
    found_at = {(entry.member, entry.slot): entry.content for entry in entries}
    return [
        {
            "slot": activities.vote_slot(*place),
            **{name: found_at[place][name] for name in ("strokes", "ink")},
        }
        for place in chosen
        if place in found_at
    ]


def race(visitor: str, code: str, raw: Raw) -> dict[str, Any]:
    """Start the run of a racer, in place of their last one."""
    settings, activity_id = raw.get("settings"), _text(raw, "activity")
    with _refused():
        found, member = _member(visitor, code)
        activity = singletons.classes().open_activity(found, activity_id)
        if activity.kind != activities.RACE or not isinstance(settings, dict):
            raise ActivityError(_("This does not belong to the activity that is open now."))
        recipe = activities.race_recipe(activity.settings, settings)
        _stop_last(activity, member)
        run = singletons.engine().submit(recipe, visitor)
        content = {"settings": settings, "run": run.id}
        try:
            singletons.classes().enter(found, member, "run", content, activity.id)
        except StoreError:
            singletons.engine().command(run.id, Command(Action.STOP), "")
            raise
    return {"run": run.id}


def _stop_last(activity: Activity, member: Member) -> None:
    last = singletons.classes().given(activity.id, member.id).get("run")
    if last is not None:
        with suppress(StoreError):
            if not singletons.store().open(last["run"]).state.is_finished():
                singletons.engine().command(last["run"], Command(Action.STOP), "")


def _member(visitor: str, code: str) -> tuple[SchoolClass, Member]:
    """Return a class and the member that a visitor is.

    Raises:
        Refusal: the same for any other visitor, and without such a class.
    """
    found = singletons.classes().find(code)
    member = singletons.classes().member(found.id, visitor) if found else None
    if found is None or member is None:
        raise Refusal(HTTPStatus.FORBIDDEN, _("You are not in this class. Join it first."))
    return found, member


@contextmanager
def _refused() -> Iterator[None]:
    """Turn errors into refusals."""
    try:
        yield
    except WrongCode as error:
        raise Refusal(HTTPStatus.NOT_FOUND, str(error)) from None
    except (ClassError, DrawingError, ActivityError, RecipeError, EngineError) as error:
        raise Refusal(HTTPStatus.CONFLICT, str(error)) from None
    except StoreError as error:
        raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from None


def _text(raw: Raw, name: str) -> str:
    value = raw.get(name)
    return value[:200] if isinstance(value, str) else ""
