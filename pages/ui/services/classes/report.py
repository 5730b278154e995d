"""The report of a class, made from the store. Any thread."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from model_store import Run, StoreError
from model_store.classroom.activities import DRAW, FOOL, KINDS, PREDICT, QUESTION, RACE
from model_store.classroom.classes import Activity, Entry, SchoolClass
from model_store.classroom.drawing import Drawing
from model_store.recipe.choices import DATASETS
from model_store.recipe.text import percent
from model_store.text import _, languages, named
from pages.ui.services import records, singletons
from pages.ui.services.classes import results
from training.export.receipt import Receipt
from training.lessons.class_report import ClassReport, Picture, ReportedActivity

MOST_PICTURES = 40  # of an activity
Names = Mapping[str, str]
Value = dict[str, Any]


def class_report(found: SchoolClass) -> ClassReport:
    """Return the report; members whom the teacher has hidden are not in it.

    Raises:
        StoreError: if the store cannot be read.
    """
    classes = singletons.classes()
    members = [member for member in classes.members(found.id) if not member.is_hidden]
    names = {
        member.id: member.nickname or _("Person {n}").format(n=place)
        for place, member in enumerate(members, 1)
    }
    activities = classes.activities(found.id)
    given = [results.visible_entries(found, activity) for activity in activities]
    pairs = list(zip(activities, given, strict=True))
    return ClassReport(
        name=found.name or found.code,
        language=languages.language(),
        opened=found.created,
        members=[member.nickname for member in members],
        activities=[_reported(found, activity, entries, names) for activity, entries in pairs],
        drawings=[
            Drawing.from_dict(entry.content)
            for activity, entries in pairs
            if activity.kind == DRAW
            for entry in entries
        ],
        receipts=dict(_receipts(pairs)),
    )


def _reported(
    found: SchoolClass, activity: Activity, entries: Sequence[Entry], names: Names
) -> ReportedActivity:
    result = results.activity_result(found, activity) or {}
    settings = activity.settings
    about = settings.get("text") or settings.get("path") or settings.get("digit")
    title = _(KINDS[activity.kind])
    parts = _PARTS[activity.kind](result, activity, entries, names) if result else {}
    return ReportedActivity(
        title=title if about is None else f"{title}: {about}",
        kind=activity.kind,
        started=activity.started,
        rows=list(_rows(activity, entries, names, result)),
        **parts,
    )


def _drawn(result: Value, activity: Activity, entries: Sequence[Entry], names: Names) -> Value:
    share = result["correct"] / result["all"]
    low, high = (percent(value) for value in result["interval"])
    facts = _("{n} of {all} drawings are read correctly, 95 % confidence interval {low} to {high}.")
    bars = [(_("Drawings of our class"), share, percent(share))]
    if result["test"] is not None:
        known = DATASETS.get(result["dataset"])
        label = result["dataset"] if known is None else known.title
        name = _("Test images of {dataset}").format(dataset=label)
        bars.insert(0, (name, result["test"], percent(result["test"])))
    text = _("{name}: is {label}, read as {read}")
    return {
        "facts": [
            facts.format(n=result["correct"], all=result["all"], low=low, high=high),
            _reader(activity),
        ],
        "bars": bars,
        "pictures": list(_pictures(result["mistakes"], entries, names, text)),
    }


def _reader(activity: Activity) -> str:
    title = named(results.reader(activity.settings).title)
    return _("The network that read the drawings: {title}").format(title=title)


def _fooled(result: Value, activity: Activity, entries: Sequence[Entry], names: Names) -> Value:
    shown = result["drawings"]
    facts = _("{n} of {all} drawings fooled the network but not the class")
    text = _("{name}: is {label}, read as {read}")
    fooled = [each for each in shown if each["fooled"]]
    return {
        "facts": [facts.format(n=result["fooled"], all=len(shown)), _reader(activity)],
        "pictures": list(_pictures(fooled, entries, names, text)),
    }


def _raced(result: Value, _activity: Activity, entries: Sequence[Entry], names: Names) -> Value:
    bars = []
    for placed in result["places"]:
        low, high = (percent(value) for value in placed["interval"])
        value = _("{percent} ({low} to {high})").format(
            percent=percent(placed["accuracy"]), low=low, high=high
        )
        bars.append((f"{placed['place']}. {names[placed['member']]}", placed["accuracy"], value))
    curves = []
    for entry in entries:
        run = _run(entry.content["run"])
        if run is not None:
            curve = results.real_curve(records.history(run), run.recipe)
            curves.append((names[entry.member], curve))
    fact = _("Those who share a place differ by no more than random variation may cause.")
    return {"facts": [fact], "bars": bars, "curves": curves}


def _predicted(result: Value, _activity: Activity, entries: Sequence[Entry], names: Names) -> Value:
    curves = []
    for entry in entries:
        points = entry.content["points"]
        last = len(points) - 1
        curves.append((names[entry.member], [(i / last, y) for i, y in enumerate(points)]))
    facts = []
    if result["guesses"]:
        best = result["guesses"][0]
        text = _("Closest guess: {name}, {n} points off on average.")
        facts = [text.format(name=names[best["member"]], n=f"{100 * best['distance']:.1f}")]
    return {"facts": facts, "curves": curves, "real": result["real"]}


def _answered(result: Value, activity: Activity, _entries: Sequence[Entry], _names: Names) -> Value:
    bars = []
    for place, option in enumerate(activity.settings["options"]):
        count = result["counts"][place]
        mark = " ✓" if place == result["right"] else ""
        bars.append((f"{option}{mark}", count / max(1, result["given"]), str(count)))
    return {"bars": bars}


def _pictures(
    shown: Sequence[Value], entries: Sequence[Entry], names: Names, text: str
) -> Iterator[Picture]:
    by_place = {(entry.member, entry.slot): entry for entry in entries}
    for each in shown[:MOST_PICTURES]:
        entry = by_place.get((each["member"], each["slot"]))
        if entry is not None:
            line = text.format(name=names[entry.member], label=each["label"], read=each["read"])
            yield Picture(Drawing.from_dict(entry.content), line)


def _rows(
    activity: Activity, entries: Sequence[Entry], names: Names, result: Value
) -> Iterator[Value]:
    _entries, found = results.read_drawings(activity, entries)
    read: dict[tuple[str, str], Value] = {}
    if found is not None:
        for place, entry in enumerate(_entries):
            read[entry.member, entry.slot] = {
                "read": int(found.evaluation.answers[place]),
                "confidence": round(float(found.evaluation.confidence[place]), 4),
            }
    placed = {each["member"]: each["accuracy"] for each in result.get("places", ())}
    distances = {each["member"]: each["distance"] for each in result.get("guesses", ())}
    for entry in entries:
        row: Value = {"member": names[entry.member], "slot": entry.slot}
        content = entry.content
        row["label"] = content.get("label", content.get("digit", ""))
        row |= read.get((entry.member, entry.slot), {})
        if activity.kind == QUESTION:
            row["option"] = activity.settings["options"][content["option"]]
            right = activity.settings["right"]
            row["right"] = "" if right is None else int(right == content["option"])
        elif activity.kind == RACE:
            row |= {"run": content["run"], "test_accuracy": placed.get(entry.member, "")}
        elif activity.kind == PREDICT:
            row["distance"] = distances.get(entry.member, "")
        yield row


def _receipts(pairs: Sequence[tuple[Activity, Sequence[Entry]]]) -> Iterator[tuple[str, str]]:
    """Return the receipts of finished runs of races and of predicted curves, by run."""
    for activity, entries in pairs:
        ids = [str(entry.content["run"]) for entry in entries if entry.slot == "run"]
        for run_id in (*ids, str(activity.settings.get("run", ""))):
            run = _run(run_id)
            if run is not None and run.has_model and run.result:
                yield run.id, Receipt.of(run, records.history(run)).to_json()


def _run(run_id: str) -> Run | None:
    with suppress(StoreError):
        return singletons.store().open(run_id)
    return None


_PARTS: Mapping[str, Any] = {
    DRAW: _drawn,
    FOOL: _fooled,
    RACE: _raced,
    PREDICT: _predicted,
    QUESTION: _answered,
}
