"""Report of a class: a page without scripts, a table without formulas, an archive."""

import csv
import io
import zipfile
from html.parser import HTMLParser

import pytest

from tests.support.drawings import seven
from training.lessons.class_report import COLUMNS, ClassReport, Picture, ReportedActivity

HOSTILE = '<script>alert("x")</script>'


class Tags(HTMLParser):
    """Collects the tags of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _value in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def report(name: str = "9b", **activity: object) -> ClassReport:
    values: dict[str, object] = {"title": "Draw this: 7", "kind": "draw", "started": 1e9}
    shown = ReportedActivity(**{**values, **activity})  # type: ignore[arg-type]
    return ClassReport(name, "en", 1e9, ["Ada", ""], [shown], [seven()], {"run-1": "{}"})


def test_a_report_has_its_activities_with_pictures_and_curves() -> None:
    page = report(
        facts=["1 of 2 is read correctly."],
        bars=[("Our class", 0.5, "50.0 %")],
        pictures=[Picture(seven(), "Ada: is 7, read as 1")],
        curves=[("Ada", [(0.0, 0.1), (1.0, 0.9)])],
        real=[(0.5, 0.8)],
    ).html()
    found = Tags(page)
    for text in ("9b", "Ada", "Draw this: 7", "50.0 %", "1 of 2", "read as 1", "2001-09-09"):
        assert text in found.text
    assert page.count("<polyline") == 3  # the drawing, the guess, the training


def test_what_people_wrote_is_only_text() -> None:
    page = report(
        name=HOSTILE,
        title=HOSTILE,
        facts=[HOSTILE],
        bars=[(HOSTILE, 2.0, HOSTILE)],
        pictures=[Picture(seven(), HOSTILE)],
        curves=[(HOSTILE, [(0.0, -1.0), (1.0, 7.0)])],
    ).html()
    assert "script" not in Tags(page).tags
    assert "<script" not in page


def test_the_table_has_a_row_for_each_entry_and_no_formula() -> None:
    rows = [
        {"member": '=HYPERLINK("http://x")', "slot": "0", "label": 7, "read": 1},
        {"member": "Ada", "slot": "1", "label": 7, "read": 7, "confidence": 0.5},
    ]
    read = list(csv.DictReader(io.StringIO(report(rows=rows).csv())))
    assert tuple(read[0]) == COLUMNS
    assert read[0]["member"] == '\'=HYPERLINK("http://x")'
    assert (read[1]["member"], read[1]["read"], read[1]["activity"]) == ("Ada", "7", "1")


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1+1", "@SUM(1)", "\t=cmd()", "\u200b=cmd()"])
def test_no_nickname_is_a_formula(name: str) -> None:
    (row,) = csv.DictReader(io.StringIO(report(rows=[{"member": name}]).csv()))
    assert row["member"].startswith("'")


def test_the_archive_has_everything() -> None:
    with zipfile.ZipFile(io.BytesIO(report().archive())) as archive:
        assert set(archive.namelist()) == {
            *("report.html", "entries.csv", "drawings.json", "receipts/run-1.json")
        }


def test_a_class_that_did_nothing_has_a_report() -> None:
    empty = ClassReport("", "zh", 0.0, [], [])
    assert "<h1>" in empty.html()
    assert empty.csv().count("\n") == 1
