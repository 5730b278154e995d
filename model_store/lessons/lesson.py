"""A lesson, its steps and its questions, as frozen data. Pure, any thread.

Texts are Markdown. `{{...}}` in them is a figure, which `Lesson.fill` writes for one data set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Recipe
from model_store.recipe.text import percent
from model_store.text import _, named

FIGURE = re.compile(r"\{\{([^{}|]+?)(?:\|([^{}|]+?))?\}\}")
BUILT_IN = "built-in"  # the model of the data set that comes with the app
Figures = Mapping[str, Mapping[str, Any]]  # expression -> data set -> value


class Kind(StrEnum):
    """Kind of a question."""

    CHOICE = "choice"  # one right option
    CHOICES = "choices"  # several right options
    NUMBER = "number"
    WORD = "word"
    PREDICTION = "prediction"  # no answer is wrong


@dataclass(frozen=True, slots=True)
class NumberAnswer:
    """The right number: a figure, or one of the learner's own run, and its tolerance.

    `value` is a number as text or `{{...}}`. If `run` names a recipe of the lesson, the answer is
    `value` of the learner's run of it, one of `RUN_FIGURES`. With `percent` it is 100 times as
    large, and `tolerance` counts percentage points.
    """

    value: str
    tolerance: float
    percent: bool = False
    run: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a step. `right` are the places of the right `options`, `words` the right words.

    `hint` is shown after a wrong answer, `why` after a right one.
    """

    id: str
    kind: Kind
    text: str
    options: tuple[str, ...] = ()
    right: tuple[int, ...] = ()
    number: NumberAnswer | None = None
    words: tuple[str, ...] = ()
    hint: str = ""
    why: str = ""

    @property
    def marked(self) -> bool:
        """True if there are right and wrong answers."""
        return self.kind is not Kind.PREDICTION


@dataclass(frozen=True, slots=True)
class Part:
    """A live part of the app, by its name in `parts.PARTS`, with every argument."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Code:
    """A block of code: a cell of the export (`training.lessons.step_code`), or `text`."""

    text: str
    export: bool = False
    recipe: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what to read, the code that does it, the parts to use, what to look for."""

    id: str
    title: str
    minutes: int
    text: str
    parts: tuple[Part, ...] = ()
    code: tuple[Code, ...] = ()
    look: str = ""
    questions: tuple[Question, ...] = ()
    teacher: str = ""


@dataclass(frozen=True, slots=True)
class RecipeRule:
    """A recipe of a lesson: a preset and what is changed, as `Recipe.from_dict` takes it."""

    preset: str
    changes: Mapping[str, Any] = field(default_factory=dict)

    def recipe(self, dataset: str) -> Recipe:
        """Return the recipe for a data set. RecipeError if it cannot be trained."""
        base = PRESETS[self.preset].recipe
        if base.dataset == dataset and not self.changes:
            return base
        changed = {**base.to_dict(), **self.changes, "dataset": dataset}
        return Recipe.from_dict({**changed, "name": self.changes.get("name", "")})


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson in one language. `datasets` are those that it runs on, the best one first.

    `rules` are its recipes by (name, data set); the data set "" is any other.
    """

    id: str
    language: str
    title: str
    about: str
    aim: str
    datasets: tuple[str, ...]
    intro: str
    steps: tuple[Step, ...]
    rules: Mapping[tuple[str, str], RecipeRule] = field(default_factory=dict)
    figures: Figures = field(default_factory=dict)

    @property
    def minutes(self) -> int:
        """Minutes of all steps."""
        return sum(step.minutes for step in self.steps)

    @property
    def recipe_names(self) -> tuple[str, ...]:
        """Names of its recipes, each once."""
        return tuple(dict.fromkeys(name for name, _dataset in self.rules))

    def recipe(self, name: str, dataset: str) -> Recipe:
        """Return one of its recipes for a data set. KeyError if there is none of that name."""
        rule = self.rules.get((name, dataset)) or self.rules[name, ""]
        return rule.recipe(dataset)

    def recipe_label(self, name: str, dataset: str) -> str:
        """Return the name of one of its recipes for people, else its id; as `recipe`."""
        return named(self.recipe(name, dataset).name) or name

    def step(self, step_id: str) -> int:
        """Return the place of a step, counted from 0; 0 for any other text."""
        return next((i for i, step in enumerate(self.steps) if step.id == step_id), 0)

    def questions(self) -> Iterator[tuple[Step, Question]]:
        """Yield every question with its step, in order."""
        for step in self.steps:
            for question in step.questions:
                yield step, question

    def texts(self) -> Iterator[str]:
        """Yield every text that a person reads, figures not filled in."""
        yield from (self.title, self.about, self.aim, self.intro)
        for step in self.steps:
            yield from (step.title, step.text, step.look, step.teacher)
            yield from (code.text for code in step.code)
            for question in step.questions:
                yield from (question.text, *question.options, question.hint, question.why)
                yield from (question.number.value,) if question.number else ()

    def expressions(self) -> tuple[str, ...]:
        """Return the figures that its texts name, each once."""
        found = (match[1].strip() for text in self.texts() for match in FIGURE.finditer(text))
        return tuple(dict.fromkeys(found))

    def figure(self, expression: str, dataset: str) -> Any:
        """Return a measured figure; None if it was not measured."""
        return self.figures.get(expression, {}).get(dataset)

    def fill(self, text: str, dataset: str) -> str:
        """Return a text with its figures; one that was not measured stays as it is written."""

        def write(match: re.Match[str]) -> str:
            value = self.figure(match[1].strip(), dataset)
            return match[0] if value is None else written(value, (match[2] or "").split())

        return FIGURE.sub(write, text)


def written(value: Any, style: Sequence[str] = ()) -> str:
    """Return a figure as text.

    `style` is ("percent", digits), (digits,) for decimals, or () for the usual: whole numbers with
    separators, others with four decimals.

    Raises:
        ValueError: if there is no such style.
    """
    if isinstance(value, str):
        return _(value)  # the name of a class or of a data set
    if style and style[0] == "percent":
        return percent(float(value), int(style[1]) if style[1:] else 1)
    if style:
        return f"{float(value):,.{int(style[0])}f}"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4f}"
