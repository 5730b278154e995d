"""Report of a class: an HTML file to print, a table, and an archive of all. Pure, any thread."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape

from model_store.classroom.drawing import Drawing
from model_store.recipe.text import percent, visible
from model_store.text import _
from training.images.drawing_files import to_json
from training.lessons.sheet import page

Curve = Sequence[tuple[float, float]]
WIDTH, HEIGHT, EDGE = 640, 240, 24  # of a chart, in its own units
LINES = ("#3f90da", "#e76300", "#832db6", "#717581", "#bd1f01", "#a96b59", "#94a4a2", "#ffa90e")
COLUMNS = (
    *("activity", "kind", "started", "member", "slot", "label", "read", "confidence"),
    *("option", "right", "run", "test_accuracy", "distance"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """Drawing with a line of text below."""

    drawing: Drawing
    text: str


@dataclass(frozen=True, slots=True)
class ReportedActivity:
    """An activity of a report.

    `title` and `facts` are sentences; `started` is in unix seconds. `bars` have a name, a value in
    [0, 1] and its text. `curves` are (x, accuracy) by name, both in [0, 1]; `real`, if there, is
    drawn bold. `rows` are its entries for the table, by `COLUMNS`.
    """

    title: str
    kind: str
    started: float
    facts: Sequence[str] = ()
    bars: Sequence[tuple[str, float, str]] = ()
    pictures: Sequence[Picture] = ()
    curves: Sequence[tuple[str, Curve]] = ()
    real: Curve = ()
    rows: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True, slots=True)
class ClassReport:
    """What a class has done. `members` are nicknames, "" for none; `opened` is in unix seconds.

    `drawings` are all of "Draw this"; `receipts` are JSON texts by run.
    """

    name: str
    language: str
    opened: float
    members: Sequence[str]
    activities: Sequence[ReportedActivity]
    drawings: Sequence[Drawing] = ()
    receipts: Mapping[str, str] = field(default_factory=dict)

    def html(self) -> str:
        """Return the report as a page that needs nothing else and has no script."""
        title = _("Report: {name}").format(name=visible(self.name))
        return page(title, self.language, f"<h1>{escape(title)}</h1>{''.join(self._body())}")

    def _body(self) -> Iterator[str]:
        facts = _("opened {when} · {n} people · {m} activities").format(
            when=_when(self.opened), n=len(self.members), m=len(self.activities)
        )
        yield f"<p><small>{escape(facts)}</small></p>"
        named = ", ".join(visible(name) for name in self.members if name)
        if named:
            yield f"<p>{escape(named)}</p>"
        for number, activity in enumerate(self.activities, 1):
            yield "".join(_activity(activity, number))

    def csv(self) -> str:
        """Return one row for each entry of a member; a spreadsheet reads no cell as a formula."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, activity in enumerate(self.activities, 1):
            own = {
                "activity": number,
                "kind": activity.kind,
                "started": datetime.fromtimestamp(activity.started, UTC).isoformat(),
            }
            for row in activity.rows:
                values = {**own, **row}
                writer.writerow([_cell(values.get(name, "")) for name in COLUMNS])
        return out.getvalue()

    def archive(self) -> bytes:
        """Return a ZIP with page, table, drawings and receipts."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("report.html", self.html())
            archive.writestr("entries.csv", self.csv())
            if self.drawings:
                archive.writestr("drawings.json", to_json(self.drawings))
            for run, receipt in self.receipts.items():
                archive.writestr(f"receipts/{run}.json", receipt)
        return file.getvalue()


def _activity(activity: ReportedActivity, number: int) -> Iterator[str]:
    when = datetime.fromtimestamp(activity.started, UTC).strftime("%H:%M UTC")
    yield f"<section><h2>{number} {escape(visible(activity.title))} <small>{when}</small></h2>"
    for fact in activity.facts:
        yield f"<p>{escape(visible(fact))}</p>"
    if activity.bars:
        yield "<table>"
        for name, value, text in activity.bars:
            width = round(300 * min(max(value, 0.0), 1.0))
            bar = (
                f'<svg width="300" height="14" role="img" aria-label="{escape(text)}">'
                f'<path fill="#eee" d="M0 0h300v14h-300z"/>'
                f'<path fill="{LINES[0]}" d="M0 0h{width}v14h-{width}z"/></svg>'
            )
            cells = f"<td>{escape(visible(name))}</td><td>{bar}</td><td>{escape(text)}</td>"
            yield f"<tr>{cells}</tr>"
        yield "</table>"
    if activity.curves or activity.real:
        yield _chart(activity)
    if activity.pictures:
        yield "<p>"
        yield from map(_picture, activity.pictures)
        yield "</p>"
    yield "</section>"


def _picture(picture: Picture) -> str:
    """Return a drawing as a figure of 28 mm, dark on white."""
    lines = "".join(
        f'<polyline points="{" ".join(f"{x:g},{y:g}" for x, y in (*s.points, s.points[-1]))}" '
        f'stroke-width="{s.width:g}"/>'
        for s in picture.drawing.strokes
    )
    svg = (
        '<svg width="96" height="96" viewBox="0 0 280 280" fill="none" stroke="#111" '
        f'stroke-linecap="round" stroke-linejoin="round">{lines}</svg>'
    )
    style = "display:inline-block;width:112px;margin:0 8px 8px 0;vertical-align:top"
    text = f"<br><small>{escape(visible(picture.text))}</small>"
    return f'<span style="{style}">{svg}{text}</span>'


def _chart(activity: ReportedActivity) -> str:
    lines = [
        _line(points, LINES[place % len(LINES)], 1.5, name)
        for place, (name, points) in enumerate(activity.curves)
    ]
    if activity.real:
        lines.append(_line(activity.real, "#111", 3.5, _("the training")))
    marks = "".join(
        f'<text x="0" y="{_y(value) + 4:.0f}" font-size="11">{escape(percent(value, 0))}</text>'
        f'<path d="M34 {_y(value):.0f}h{WIDTH - 40}" stroke="#ddd"/>'
        for value in (0.0, 0.5, 1.0)
    )
    return f'<svg width="100%" viewBox="0 0 {WIDTH} {HEIGHT}">{marks}{"".join(lines)}</svg>'


def _line(points: Curve, colour: str, width: float, name: str) -> str:
    places = " ".join(f"{36 + x * (WIDTH - 44):.1f},{_y(y):.1f}" for x, y in points)
    title = f"<title>{escape(visible(name))}</title>"
    style = f'fill="none" stroke="{colour}" stroke-width="{width:g}"'
    return f'<polyline points="{places}" {style}>{title}</polyline>'


def _y(value: float) -> float:
    return EDGE + (1 - min(max(value, 0.0), 1.0)) * (HEIGHT - 2 * EDGE)


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _cell(value: object) -> object:
    """Return a value for a table; a text that a spreadsheet would calculate gets a quote first."""
    if isinstance(value, str):
        value = visible(value)
        return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
    return value
