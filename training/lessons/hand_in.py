"""A learner's work in a lesson as one HTML file: answers, predictions, runs, receipts. Any thread.

The page needs nothing else, has no script, and can be printed.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from model_store import Run
from model_store.lessons.answers import answer_text
from model_store.lessons.lesson import Lesson, Question, Step
from model_store.lessons.markdown import html
from model_store.lessons.progress import Progress
from model_store.recipe.choices import DATASETS
from model_store.recipe.text import percent, visible
from model_store.runs.history import History
from model_store.runs.prediction import Prediction
from model_store.text import _, named
from model_store.text.languages import speaking
from training.export.receipt import Receipt
from training.lessons.sheet import page


@dataclass(frozen=True, slots=True)
class HandedRun:
    """A run of a lesson's recipe, with the recipe's name for people, and its record."""

    name: str
    run: Run
    history: History


def hand_in(
    lesson: Lesson, dataset: str, progress: Progress, runs: Sequence[HandedRun], name: str = ""
) -> str:
    """Return the file, in the lesson's language. `name` is the learner's, "" leaves a line."""
    with speaking(lesson.language):
        title = _("Hand-in: {lesson}").format(lesson=lesson.title)
        body = "".join(_body(lesson, dataset, progress, runs, name, title))
    return page(title, lesson.language, body)


def _body(
    lesson: Lesson,
    dataset: str,
    progress: Progress,
    runs: Sequence[HandedRun],
    name: str,
    title: str,
) -> Iterator[str]:
    last = max((answer.time for answer in progress.answers.values()), default=0.0)
    when = datetime.fromtimestamp(last, UTC).strftime("%Y-%m-%d %H:%M UTC") if last else "–"
    yield f"<h1>{escape(title)}</h1>"
    yield f'<p class="top"><span>{escape(_("Name:"))} <b>{escape(visible(name))}</b></span>'
    yield f"<span>{escape(_('Last answer:'))} {escape(when)}</span></p>"
    marked = [(step, question) for step, question in lesson.questions() if question.marked]
    right = sum(1 for each in marked if (a := progress.answer(*each)) and a.right and not a.shown)
    facts = _("{done} of {all} steps done · {right} of {n} questions answered correctly · {data}")
    text = facts.format(
        done=progress.done(lesson),
        all=len(lesson.steps),
        right=right,
        n=len(marked),
        data=_(DATASETS[dataset].label),
    )
    yield f"<p>{escape(text)}</p>"
    for number, step in enumerate(lesson.steps, 1):
        yield f"<section><h2>{number} {escape(lesson.fill(step.title, dataset))}</h2>"
        for question in step.questions:
            yield _question(lesson, dataset, progress, step, question)
        yield "</section>"
    for handed in runs:
        yield "".join(_run(handed))


def _question(
    lesson: Lesson, dataset: str, progress: Progress, step: Step, question: Question
) -> str:
    given = progress.answer(step, question)
    text = html(lesson.fill(question.text, dataset))
    if given is None or not (given.given or given.shown):
        return f'<div class="question">{text}<p><i>{escape(_("no answer"))}</i></p></div>'
    shown = escape(visible(answer_text(question, given.given, lesson, dataset)))
    if given.right is None:
        unmarked = escape(_("not checked: its training has not ended"))
        verdict = f"<i>{unmarked}</i>" if question.marked else ""
    elif given.right and not given.shown:
        verdict = f'<span class="key">✓ {escape(_("correct"))}</span>'
    else:
        verdict = f'<span class="wrong">✗ {escape(_("not correct"))}</span>'
    notes = []
    if given.tries > 1:
        notes.append(_("{n} tries").format(n=given.tries))
    if given.shown:
        notes.append(_("the answer was shown"))
    small = f"<small>({escape(', '.join(notes))})</small>" if notes else ""
    return f'<div class="question">{text}<p><b>{shown}</b> {verdict} {small}</p></div>'


def _run(handed: HandedRun) -> Iterator[str]:
    run = handed.run
    title = _("Training: {name}").format(name=visible(handed.name))
    yield f"<section><h2>{escape(title)}</h2>"
    if not (run.has_model and run.result):
        yield f"<p>{escape(_('It has not ended.'))}</p></section>"
        return
    rows = [
        (_("run"), run.id),
        (_("title"), visible(named(run.title))),
        (_("network"), run.recipe.network),
        (_("seed"), str(run.recipe.seed)),
        (_("test accuracy"), percent(run.result["test_accuracy"], 2)),
        (_("test loss"), f"{run.result['test_loss']:.4f}"),
        (_("accuracy on the training set"), percent(run.result["train_accuracy"], 2)),
        (_("seconds"), f"{run.result['seconds']:.1f}"),
    ]
    prediction = Prediction.read(run.folder)
    outcome = prediction.outcome(handed.history, run.recipe.epochs) if prediction else None
    if outcome:
        sentence = _("{predicted} at the end; it was {actual}")
        values = {"predicted": percent(outcome.predicted), "actual": percent(outcome.actual)}
        rows.append((_("predicted accuracy"), sentence.format(**values)))
    cells = (f"<tr><th>{escape(head)}</th><td>{escape(value)}</td></tr>" for head, value in rows)
    yield f"<table>{''.join(cells)}</table>"
    receipt = Receipt.of(run, handed.history).to_json()
    link = f"data:application/json;base64,{base64.b64encode(receipt.encode()).decode()}"
    label = escape(_("Download the receipt"))
    file = escape(f"{run.id}-receipt.json")
    yield f'<p class="screen"><a download="{file}" href="{link}">{label}</a></p>'
    head = escape(_("The receipt"))
    yield f'<details class="screen"><summary>{head}</summary><pre>{escape(receipt)}</pre></details>'
    yield "</section>"
