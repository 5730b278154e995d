"""Parser of a lesson's text file. Every mistake is a sentence with file and line. Pure.

CONTRIBUTING.md, "How to write a lesson", has the format.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from model_store.lessons.answers import RUN_FIGURES, plain_word
from model_store.lessons.lesson import (
    BUILT_IN,
    FIGURE,
    Code,
    Kind,
    Lesson,
    NumberAnswer,
    Part,
    Question,
    RecipeRule,
    Step,
    written,
)
from model_store.lessons.parts import PARTS, RecipeName, RecipeNames, Whole, defaults
from model_store.recipe.choices import AUGMENTATIONS, DATASETS, OPTIMIZERS
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Recipe, RecipeError
from model_store.recipe.spoil import SPOILS
from model_store.recipe.text import printable, visible
from model_store.text.languages import LANGUAGES

EXPORTS = ("settings", "load", "scale", "one_hot", "model", "compile", "fit", "evaluate")
MOST_MINUTES = 60
# Settings that a recipe has in a group, each written by its own name.
GROUPS: Mapping[str, frozenset[str]] = {
    "augment": frozenset(AUGMENTATIONS),
    "spoil": frozenset(SPOILS),
    "optimizer_options": frozenset(name for each in OPTIMIZERS.values() for name in each.options),
}
IN_LAYERS = ("dropout", "batch_norm")  # of all hidden layers
_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")
_FIELD = re.compile(r"([a-z][a-z0-9 _-]*):(?:\s+(.*))?")
_OPTION = re.compile(r"- \[([ x])\] (.+)")
_NUMBER = re.compile(r"(?P<value>.+?)\s*(?P<percent>%)?\s*(?:±|\+-)\s*(?P<tolerance>[\d.]+)")
_LESSON_FIELDS = ("title", "about", "aim", "datasets")
_FENCE = "```"


class LessonError(ValueError):
    """A mistake in a lesson's file; the message names file and line."""


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str


_Lines = list[_Line]


def parse(text: str, lesson_id: str, language: str, name: str = "") -> Lesson:
    """Return the lesson of a file's text.

    Args:
        text: of the file.
        lesson_id: name of its folder.
        language: one of `LANGUAGES`.
        name: of the file, for messages.

    Raises:
        LessonError: for the first mistake.
    """
    return _Parser(name or f"{lesson_id}/{language}.md").lesson(text, lesson_id, language)


class _Parser:
    """Parser of one file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rules: dict[tuple[str, str], RecipeRule] = {}
        self.datasets: tuple[str, ...] = ()

    def fail(self, line: _Line | int, why: str) -> LessonError:
        number = line if isinstance(line, int) else line.number
        return LessonError(f"{self.name}, line {number}: {why}")

    def lesson(self, text: str, lesson_id: str, language: str) -> Lesson:
        if printable(text) != text or visible(text) != text:
            raise self.fail(1, "the file has characters that are invisible or cannot be saved")
        if not _ID.fullmatch(lesson_id) or language not in LANGUAGES:
            raise self.fail(1, f"{lesson_id}/{language} is no lesson and language")
        lines = [_Line(i, line.rstrip()) for i, line in enumerate(text.split("\n"), 1)]
        head, rest = self._front_matter(lines)
        fields = self._lesson_fields(head)
        chunks = list(_split(rest, "# "))
        intro, steps = chunks[0][1], chunks[1:]
        if not steps:
            raise self.fail(len(lines), "the lesson has no step; a step begins with '# id: Title'")
        made: list[Step] = []
        for heading, body in steps:
            step = self._step(heading, body)
            if any(step.id == other.id for other in made):
                raise self.fail(heading, f"there are two steps called {step.id}")
            made.append(step)
        return Lesson(
            lesson_id,
            language,
            title=fields["title"],
            about=fields["about"],
            aim=fields["aim"],
            datasets=self.datasets,
            intro=self._markdown(intro),
            steps=tuple(made),
            rules=self.rules,
        )

    def _front_matter(self, lines: _Lines) -> tuple[_Lines, _Lines]:
        if lines[0].text != "---":
            raise self.fail(1, "the file must begin with a line '---'")
        for i, line in enumerate(lines[1:], 1):
            if line.text == "---":
                return lines[1:i], lines[i + 1 :]
        raise self.fail(len(lines), "the line '---' that ends the front matter is missing")

    def _lesson_fields(self, head: _Lines) -> dict[str, str]:
        found: dict[str, str] = {}
        recipes: list[tuple[_Line, str, str]] = []
        for line in head:
            if not line.text:
                continue
            key, value = self._field(line)
            if key.startswith("recipe "):
                recipes.append((line, key, value))
            elif key not in _LESSON_FIELDS:
                known = ", ".join((*_LESSON_FIELDS, "recipe NAME", "recipe NAME DATASET"))
                raise self.fail(line, f"a lesson has no field '{key}'; it has {known}")
            elif key in found:
                raise self.fail(line, f"the field '{key}' is there twice")
            else:
                found[key] = value
                if key == "datasets":
                    self._read_datasets(line, value)
        for key in _LESSON_FIELDS:
            if key not in found:
                raise self.fail(1, f"the field '{key}' is missing in the front matter")
        for line, key, value in recipes:
            self._recipe(line, key, value)
        return found

    def _field(self, line: _Line) -> tuple[str, str]:
        match = _FIELD.fullmatch(line.text)
        if match is None or not match[2]:
            raise self.fail(line, f"'{line.text[:40]}' is no field; write 'name: value'")
        return match[1], match[2].strip()

    def _read_datasets(self, line: _Line, value: str) -> None:
        self.datasets = tuple(value.split())
        for name in self.datasets:
            if name not in DATASETS:
                known = ", ".join(DATASETS)
                raise self.fail(line, f"there is no data set '{name}'; there are {known}")
        if "digits" not in self.datasets:
            raise self.fail(line, "'digits' is missing: every lesson works without internet")
        if len(set(self.datasets)) < len(self.datasets):
            raise self.fail(line, "a data set is there twice")

    def _recipe(self, line: _Line, key: str, value: str) -> None:
        _word, name, *datasets = key.split()
        dataset = datasets[0] if datasets else ""
        if len(datasets) > 1 or (dataset and dataset not in self.datasets):
            raise self.fail(line, f"'{' '.join(datasets)}' is none of the lesson's data sets")
        if not _ID.fullmatch(name) or name == BUILT_IN:
            raise self.fail(line, f"'{name}' cannot be the name of a recipe")
        if (name, dataset) in self.rules:
            raise self.fail(line, f"the field '{key}' is there twice")
        if dataset and (name, "") not in self.rules:
            raise self.fail(line, f"write 'recipe {name}: ...' before 'recipe {name} {dataset}'")
        preset, *changes = self._words(line, value)
        if preset not in PRESETS:
            raise self.fail(line, f"there is no preset '{preset}' in presets.toml")
        rule = RecipeRule(preset, self._changes(line, preset, changes))
        for each in [dataset] if dataset else self.datasets:
            if not dataset and (name, each) in self.rules:
                continue
            try:
                recipe = rule.recipe(each)
            except (RecipeError, TypeError) as error:
                raise self.fail(
                    line, f"with {each} the recipe cannot be trained: {_sentences(error)}"
                ) from None
            if idle := _idle(recipe, rule.changes):
                raise self.fail(line, f"the setting '{idle}' has no effect beside the others")
        self.rules[name, dataset] = rule

    def _changes(self, line: _Line, preset: str, words: list[str]) -> dict[str, Any]:
        """Return what `Recipe.from_dict` takes; `hidden` is like 128-64.

        A setting of `GROUPS` is added to those that the preset has.
        """
        changes: dict[str, Any] = {}
        grouped: dict[str, dict[str, Any]] = {}
        in_layers: dict[str, Any] = {}
        for key, value in (self._pair(line, word) for word in words):
            group = next((name for name, settings in GROUPS.items() if key in settings), "")
            known = {**changes, **in_layers, **grouped.get(group, {})}
            if key in known or key in ("dataset", "own", *GROUPS):
                raise self.fail(line, f"the setting '{key}' cannot be set here, or is there twice")
            if key in IN_LAYERS:
                in_layers[key] = value == "yes" if value in ("yes", "no") else _number(value)
            elif key == "hidden":
                units = [] if value == "none" else value.split("-")
                changes[key] = [{"units": _number(n), "activation": "relu"} for n in units]
            elif group:
                grouped.setdefault(group, {})[key] = _number(value)
            else:
                changes[key] = _number(value)
        base = PRESETS[preset].recipe.to_dict()
        if in_layers:
            layers = changes.get("hidden") or base["hidden"]
            changes["hidden"] = [{**layer, **in_layers} for layer in layers]
        return {**changes, **{name: {**base.get(name, {}), **grouped[name]} for name in grouped}}

    def _words(self, line: _Line, text: str) -> list[str]:
        try:
            words = shlex.split(text)
        except ValueError:
            raise self.fail(line, "a quotation mark is not closed") from None
        if not words:
            raise self.fail(line, "the value is missing")
        return words

    def _pair(self, line: _Line, word: str) -> tuple[str, str]:
        key, equals, value = word.partition("=")
        if not (key and equals and value):
            raise self.fail(line, f"'{word}' is not written as name=value")
        return key, value

    def _step(self, heading: _Line, body: _Lines) -> Step:
        step_id, colon, title = heading.text[2:].partition(":")
        if not _ID.fullmatch(step_id) or not colon or not title.strip():
            raise self.fail(
                heading, "a step begins with '# id: Title', the id in a to z, 0 to 9, -"
            )
        chunks = list(_split(body, "## "))
        fields = chunks[0][1]
        ends = next((i for i, line in enumerate(fields) if not line.text), len(fields))
        minutes, parts = self._step_fields(heading, fields[:ends])
        step = Step(step_id, title.strip(), minutes, self._markdown(fields[ends:]), parts)
        if not step.text:
            raise self.fail(heading, "the step has no text, or no empty line before it")
        for mark, lines in chunks[1:]:
            step = self._section(step, mark, lines)
        if not step.teacher:
            raise self.fail(heading, f"the step {step_id} has no section '## teacher'")
        if not step.look:
            raise self.fail(heading, f"the step {step_id} has no section '## look'")
        if not step.questions:
            raise self.fail(heading, f"the step {step_id} has no question")
        return step

    def _step_fields(self, heading: _Line, lines: _Lines) -> tuple[int, tuple[Part, ...]]:
        minutes, parts = 0, []
        for line in lines:
            key, value = self._field(line)
            if key == "minutes" and not minutes:
                try:
                    minutes = Whole(1, 1, MOST_MINUTES).read(value)
                except ValueError as error:
                    raise self.fail(line, f"'minutes' must be {error}") from None
            elif key == "part":
                parts.append(self._part(line, value))
            else:
                raise self.fail(line, f"a step has no field '{key}', or it is there twice")
        if not minutes or not parts:
            raise self.fail(heading, "below its heading a step has 'minutes: N' and 'part: NAME'")
        return minutes, tuple(parts)

    def _part(self, line: _Line, value: str) -> Part:
        name, *words = self._words(line, value)
        if name not in PARTS:
            raise self.fail(line, f"there is no part '{name}'; there are {', '.join(PARTS)}")
        known, given = PARTS[name], dict[str, Any]()
        for key, text in (self._pair(line, word) for word in words):
            if key not in known or key in given:
                names = ", ".join(known) or "no arguments"
                raise self.fail(line, f"the part '{name}' has {names}; '{key}' is not, or twice")
            try:
                given[key] = known[key].read(text)
            except ValueError as error:
                raise self.fail(line, f"'{key}' must be {error}") from None
        arguments = {**defaults(name), **given}
        for key, argument in known.items():
            if isinstance(argument, RecipeNames):
                self._know(line, arguments[key])
            elif isinstance(argument, RecipeName):
                extra = (BUILT_IN,) if argument.built_in else ()
                self._know(line, (arguments[key],), extra)
        self._index(line, arguments)
        return Part(name, arguments)

    def _know(self, line: _Line, names: tuple[str, ...], extra: tuple[str, ...] = ()) -> None:
        known = (*dict.fromkeys(name for name, _dataset in self.rules), *extra)
        for name in names:
            if name not in known:
                raise self.fail(line, f"the lesson has no recipe '{name}'; it has {list(known)}")

    def _index(self, line: _Line, arguments: Mapping[str, Any]) -> None:
        """Every data set of the lesson must have the image."""
        index = arguments.get("index", arguments.get("first"))
        if index is None:
            return
        for name in self.datasets:
            images = getattr(DATASETS[name], arguments["split"])
            if index >= images:
                raise self.fail(line, f"{name} has {images} such images: there is no {index}")

    def _section(self, step: Step, mark: _Line, lines: _Lines) -> Step:
        kind, _space, question_id = mark.text[3:].partition(" ")
        if kind in ("question", "prediction"):
            if not _ID.fullmatch(question_id):
                raise self.fail(mark, f"write '## {kind} id', the id in a to z, 0 to 9, -")
            if any(question.id == question_id for question in step.questions):
                raise self.fail(mark, f"there are two questions called {question_id}")
            question = self._question(question_id, kind, mark, lines)
            return replace(step, questions=(*step.questions, question))
        if question_id or kind not in ("code", "look", "teacher"):
            known = "code, look, question ID, prediction ID, teacher"
            raise self.fail(mark, f"a step has no section '{mark.text[3:]}'; it has {known}")
        if kind == "code":
            if step.code:
                raise self.fail(mark, "the section 'code' is there twice")
            return replace(step, code=tuple(self._code(mark, lines)))
        if getattr(step, kind):
            raise self.fail(mark, f"the section '{kind}' is there twice")
        text = self._markdown(lines)
        if not text:
            raise self.fail(mark, f"the section '{kind}' is empty")
        return replace(step, look=text) if kind == "look" else replace(step, teacher=text)

    def _code(self, mark: _Line, lines: _Lines) -> Iterator[Code]:
        block: list[str] | None = None
        found = False
        for line in lines:
            if block is not None and line.text != _FENCE:
                block.append(line.text)
            elif block is not None:
                yield Code("\n".join(block))
                block, found = None, True
            elif line.text == f"{_FENCE}python":
                block = []
            elif line.text.startswith("export:"):
                yield self._export(line)
                found = True
            elif line.text:
                raise self.fail(
                    line, f"code is 'export: NAME' or between {_FENCE}python and {_FENCE}"
                )
        if block is not None or not found:
            raise self.fail(mark, "the code is empty, or its last fence is missing")

    def _export(self, line: _Line) -> Code:
        words = self._words(line, self._field(line)[1])
        name, recipe = words[0], words[1] if words[1:] else "main"
        if name not in EXPORTS or words[2:]:
            raise self.fail(
                line, f"'{name}' is none of {', '.join(EXPORTS)}, or has too many words"
            )
        self._know(line, (recipe,))
        return Code(name, export=True, recipe=recipe)

    def _question(self, question_id: str, kind: str, mark: _Line, lines: _Lines) -> Question:
        text: _Lines = []
        options: list[str] = []
        right: list[int] = []
        answers: _Lines = []
        notes = {"hint": "", "why": ""}
        for line in lines:
            option = _OPTION.fullmatch(line.text)
            key = line.text.partition(":")[0]
            if option:
                right += [len(options)] if option[1] == "x" else []
                options.append(option[2])
            elif line.text.startswith("= "):
                answers.append(line)
            elif key in notes and line.text != key:
                if notes[key]:
                    raise self.fail(line, f"'{key}:' is there twice")
                notes[key] = self._checked(line, self._field(line)[1])
            elif line.text.startswith("- ["):
                raise self.fail(line, "an option begins with '- [ ] ' or '- [x] '")
            elif line.text and (options or answers or any(notes.values())):
                raise self.fail(line, "the question's text must come before its answers and notes")
            else:
                text.append(line)
        made = Question(
            question_id, Kind.CHOICE, self._markdown(text), hint=notes["hint"], why=notes["why"]
        )
        if not made.text:
            raise self.fail(mark, "the question has no text")
        if len(set(options)) < len(options):
            raise self.fail(mark, "two options are the same")
        made = replace(made, options=tuple(options))
        if kind == "prediction":
            if answers or right:
                raise self.fail(mark, "a prediction has no right answer")
            if len(options) == 1:
                raise self.fail(mark, "one option is no choice")
            return replace(made, kind=Kind.PREDICTION)
        if bool(options) == bool(answers) or len(answers) > 1:
            raise self.fail(mark, "a question has options, or one line '= answer'")
        if not made.why:
            raise self.fail(mark, "the line 'why: ...' is missing")
        if answers:
            return self._answer(made, answers[0])
        if not right or len(options) < 2 or len(right) == len(options):
            raise self.fail(mark, "some options must be right, '- [x]', and some wrong, '- [ ]'")
        several = Kind.CHOICES if len(right) > 1 else Kind.CHOICE
        return replace(made, kind=several, right=tuple(right))

    def _answer(self, question: Question, line: _Line) -> Question:
        text = line.text[2:].strip()
        number = _NUMBER.fullmatch(text)
        if number is None:
            if re.fullmatch(r"[\d.\s]+%?", text) or text.startswith(("run ", "{{")):
                raise self.fail(line, "a number needs its tolerance: '= 0.87 ± 0.01'")
            words = tuple(word.strip() for word in text.split("|"))
            if not all(map(plain_word, words)):
                raise self.fail(line, "a right word is empty; write '= word | other word'")
            return replace(question, kind=Kind.WORD, words=words)
        value, tolerance = number["value"], float(number["tolerance"])
        if value.startswith("run "):
            _run, recipe, *figure = value.split()
            if len(figure) != 1 or figure[0] not in RUN_FIGURES:
                raise self.fail(line, f"write '= run RECIPE FIGURE ± 0.01', one of {RUN_FIGURES}")
            self._know(line, (recipe,))
            answer = NumberAnswer(figure[0], tolerance, bool(number["percent"]), run=recipe)
        else:
            if not FIGURE.fullmatch(value) and not math.isfinite(_finite(value)):
                raise self.fail(line, f"'{value}' is no number")
            answer = NumberAnswer(value, tolerance, bool(number["percent"]))
            self._checked(line, value)
        return replace(question, kind=Kind.NUMBER, number=answer)

    def _markdown(self, lines: _Lines) -> str:
        for line in lines:
            self._checked(line, line.text)
        return "\n".join(line.text for line in lines).strip()

    def _checked(self, line: _Line, text: str) -> str:
        """Return a text whose figures are well written and which has no HTML."""
        if re.search(r"<[a-zA-Z/!]", text):
            raise self.fail(line, "HTML is not allowed; write Markdown")
        if "![" in text:
            raise self.fail(line, "pictures are parts, not Markdown")
        for match in FIGURE.finditer(text):
            try:
                written(0.5, (match[2] or "").split())
            except (ValueError, IndexError):
                style = f"'{match[2].strip()}'"
                raise self.fail(
                    line, f"{style} is no style; write 3, percent or percent 2"
                ) from None
        if "{{" in FIGURE.sub("", text) or "}}" in FIGURE.sub("", text):
            raise self.fail(line, "a figure is written as {{name}} or {{name | percent}}")
        return text


def _sentences(error: RecipeError | TypeError) -> str:
    """Return what is wrong, each sentence after the name of its setting."""
    if not isinstance(error, RecipeError):
        return str(error)
    named = ((name.rpartition(".")[2], text) for name, text in error.problems.items())
    return " ".join(f"'{name}': {text}" for name, text in named)


def _idle(recipe: Recipe, changes: Mapping[str, Any]) -> str:
    """Return a changed setting that does not count beside the others; "" if all do."""
    spoil = changes.get("spoil", {})
    counted = recipe.spoil.values
    for name, value in spoil.items():
        if counted[name] != value or (name == "where" and recipe.validation != "split"):
            return str(name)
    return next((name for name in changes if not recipe.uses(name)), "")


def _split(lines: _Lines, mark: str) -> Iterator[tuple[_Line, _Lines]]:
    """Split at the lines that begin with `mark`, but not inside a fence; first what is before."""
    heading, body, fenced = _Line(0, ""), list[_Line](), False
    for line in lines:
        fenced ^= line.text.startswith(_FENCE)
        if line.text.startswith(mark) and not fenced:
            yield heading, body
            heading, body = line, []
        else:
            body.append(line)
    yield heading, body


def _number(text: str) -> Any:
    """Return a whole number, another number, or the text."""
    readers: tuple[Callable[[str], Any], ...] = (int, float)
    for read in readers:
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _finite(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
