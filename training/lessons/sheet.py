"""A lesson as a sheet to print, and the teacher's key: one HTML file each. Pure, any thread."""

from collections.abc import Iterator
from html import escape

from model_store.lessons.answers import right_answer_text
from model_store.lessons.lesson import Lesson, Question, Step
from model_store.lessons.markdown import html, inline_html
from model_store.recipe.choices import DATASETS
from model_store.text import _
from model_store.text.languages import speaking

STYLE = """
@page { size: A4; margin: 11mm 14mm; }
* { box-sizing: border-box; }
body { font: 10pt/1.33 system-ui, "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  color: #111; background: #fff; max-width: 46rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 17pt; margin: 0 0 .2em; }
h2 { font-size: 11.5pt; margin: 0 0 .15em; }
body:has(.note) { font-size: 9pt; line-height: 1.3; }  /* a key */
p, ul, ol { margin: .15em 0; }
ul, ol { padding-left: 1.3em; }
.top { display: flex; gap: 2em; justify-content: space-between; margin: .6em 0; }
.top span { flex: 1; border-bottom: 1px solid #555; padding-bottom: .1em; }
section { border-top: 1px solid #999; padding: .3em 0; }
.question { margin: .2em 0; }
.question > p:first-child { font-weight: 600; }
.options { list-style: none; padding: 0; columns: 2; column-gap: 2em; }
.options li { break-inside: avoid; padding-left: 1.4em; text-indent: -1.4em; }
.options.long { columns: 1; }
.line { display: block; border-bottom: 1px solid #777; height: 1.6em; }
.line.short { width: 14em; }
.key { color: #0a4d1e; }
.note { background: #f2f2f2; padding: .2em .5em; margin-top: .2em; font-size: 9pt; }
small { color: #444; }
pre { white-space: pre-wrap; font-size: 8.5pt; line-height: 1.3; padding: .5em; }
table { border-collapse: collapse; width: 100%; }
td, th { border: 1px solid #bbb; padding: .2em .5em; text-align: left; vertical-align: top; }
.wrong { color: #9a1c0c; }
@media print { body { margin: 0; padding: 0; max-width: none; } .screen { display: none; } }
"""
LONG = 42  # characters of an option that needs a line of its own
CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(title: str, language: str, body: str) -> str:
    """Return a self-contained HTML page; `body` is HTML, `title` plain text."""
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{CSP}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>{body}</body></html>\n"
    )


def sheet(lesson: Lesson, dataset: str, *, key: bool = False) -> str:
    """Return the sheet to print, one to two pages; with `key` the answers and teachers' notes."""
    with speaking(lesson.language):
        of_key = _("Key for the teacher: {title}").format(title=lesson.title)
        title = of_key if key else lesson.title
        body = "".join(_body(lesson, dataset, title, key))
    return page(title, lesson.language, body)


def _body(lesson: Lesson, dataset: str, title: str, key: bool) -> Iterator[str]:
    yield f"<h1>{escape(title)}</h1><p>{inline_html(lesson.about)}</p>"
    facts = _("{n} minutes · data: {data}").format(
        n=lesson.minutes, data=_(DATASETS[dataset].label)
    )
    yield f"<p><small>{escape(facts)} · /learn?lesson={escape(lesson.id)}</small></p>"
    if key:
        yield f'<div class="note"><b>{escape(_("Aim"))}.</b> {inline_html(lesson.aim)}</div>'
    else:
        name, date = escape(_("Name:")), escape(_("Date:"))
        yield f'<p class="top"><span>{name}</span><span>{date}</span></p>'
    for number, step in enumerate(lesson.steps, 1):
        yield "".join(_step(lesson, step, number, dataset, key))


def _step(lesson: Lesson, step: Step, number: int, dataset: str, key: bool) -> Iterator[str]:
    minutes = escape(_("{n} min").format(n=step.minutes))
    title = escape(lesson.fill(step.title, dataset))
    yield f"<section><h2>{number} {title} <small>{minutes}</small></h2>"
    if not key:
        yield html(lesson.fill(step.look, dataset))
    for question in step.questions:
        yield _question(lesson, question, dataset, key)
    if key:
        yield f'<div class="note">{html(lesson.fill(step.teacher, dataset))}</div>'
    yield "</section>"


def _question(lesson: Lesson, question: Question, dataset: str, key: bool) -> str:
    text = html(lesson.fill(question.text, dataset))
    options = [lesson.fill(option, dataset) for option in question.options]
    if key:
        return f'<div class="question">{text}{_answer(lesson, question, dataset)}</div>'
    if options:
        long = " long" if max(map(len, options)) > LONG else ""
        items = "".join(f"<li>☐ {inline_html(option)}</li>" for option in options)
        return f'<div class="question">{text}<ul class="options{long}">{items}</ul></div>'
    short = " short" if question.number or question.words else ""
    return f'<div class="question">{text}<span class="line{short}"></span></div>'


def _answer(lesson: Lesson, question: Question, dataset: str) -> str:
    if not question.marked:
        said = _("No answer is wrong: learners write what they expect.")
    elif question.number and question.number.run:
        said = _("A figure of the learner's own training. The app knows it.")
    else:
        said = right_answer_text(question, lesson, dataset)
    why = inline_html(lesson.fill(question.why, dataset))
    return f'<p class="key"><b>{inline_html(said)}</b> {why}</p>'
