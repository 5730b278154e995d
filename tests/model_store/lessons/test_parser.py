"""Parser of lessons: a good file, and a sentence with a line for every mistake."""

import pytest

from model_store.lessons.lesson import Kind, Part
from model_store.lessons.parser import GROUPS, LessonError, parse
from model_store.recipe.presets import PRESETS
from model_store.recipe.recipe import Augment, Hidden, Recipe
from model_store.recipe.spoil import Spoil

GOOD = """\
---
title: A lesson
about: What it is about.
aim: What learners can do.
datasets: mnist digits
recipe main: mnist-softmax-regression epochs=2
recipe main digits: digits-softmax
recipe deep: mnist-mlp-128 hidden=32-16 dropout=0.5 batch_norm=yes
---

Hello **you**.

# one: The first step
minutes: 5
part: softmax_by_hand scores="1 -5.5 3"
part: picture split=test index=7 style=black

Read {{test_accuracy main | percent 2}}.

## code
export: model deep
```python
# no step: a comment
x = 1
```

## look
Look here.

## question choice
Which one?
- [ ] This
- [x] That
why: It is.

## question several
Which ones?
- [x] This
- [ ] That
- [x] Those
hint: Two of them.
why: They are.

## question number
How many?
= {{pixels}} ± 0.5
why: So many.

## question own
And yours?
= run main test_accuracy % +- 0.1
why: Yours.

## question word
What is it called?
= arg max | argmax
why: Its name.

## prediction guess
What do you expect?

## teacher
Aim.
"""


def test_a_good_file_is_read_whole() -> None:
    lesson = parse(GOOD, "a-lesson", "en")
    assert (lesson.title, lesson.datasets) == ("A lesson", ("mnist", "digits"))
    assert lesson.intro == "Hello **you**."
    (step,) = lesson.steps
    assert (step.id, step.title, step.minutes) == ("one", "The first step", 5)
    assert step.parts == (
        Part("softmax_by_hand", {"scores": (1.0, -5.5, 3.0)}),
        Part("picture", {"split": "test", "index": 7, "style": "black"}),
    )
    assert [(code.export, code.text) for code in step.code] == [
        (True, "model"),
        (False, "# no step: a comment\nx = 1"),
    ]
    assert step.code[0].recipe == "deep"
    kinds = [question.kind for question in step.questions]
    assert kinds == [
        *(Kind.CHOICE, Kind.CHOICES, Kind.NUMBER, Kind.NUMBER, Kind.WORD, Kind.PREDICTION)
    ]
    choice, several, number, own, word, _guess = step.questions
    assert (choice.right, several.right, several.hint) == ((1,), (0, 2), "Two of them.")
    assert number.number and (number.number.value, number.number.tolerance) == ("{{pixels}}", 0.5)
    assert own.number and own.number.percent
    assert (own.number.run, own.number.value) == ("main", "test_accuracy")
    assert word.words == ("arg max", "argmax")
    assert lesson.expressions() == ("test_accuracy main", "pixels")


def test_recipes_are_those_of_the_data_set() -> None:
    lesson = parse(GOOD, "a-lesson", "en")
    assert lesson.recipe("main", "mnist").epochs == 2
    digits = lesson.recipe("main", "digits")
    assert (digits.dataset, digits.batch_size, digits.name) == (
        *("digits", 16, "Digits softmax regression"),
    )
    deep = lesson.recipe("deep", "digits")
    layers = (Hidden(units, dropout=0.5, batch_norm=True) for units in (32, 16))
    assert deep.hidden == tuple(layers)
    with pytest.raises(KeyError):
        lesson.recipe("other", "digits")


def with_settings(settings: str) -> Recipe:
    """Return the recipe "main" of the good file with other settings."""
    return parse(change("epochs=2", settings), "a-lesson", "en").recipe("main", "mnist")


def test_settings_of_a_group_are_written_by_their_own_names() -> None:
    recipe = with_settings(
        "validation=split wrong_labels=0.6 wrong_from=4 wrong_to=9 patch=1 where=validation"
    )
    wanted = Spoil(wrong_labels=0.6, wrong_from=4, wrong_to=9, patch=1.0, where="validation")
    assert recipe.spoil == wanted
    assert with_settings("rare_class=7").spoil == Spoil(rare_class=7)
    assert with_settings("shift=2 rotation=20").augment == Augment(shift=2.0, rotation=20.0)
    options = dict(with_settings("optimizer=sgd momentum=0.9").optimizer_options)
    assert options["momentum"] == 0.9
    stopped = with_settings("validation=test patience=3 kept_weights=last watch=val_accuracy")
    assert (stopped.patience, stopped.kept_weights, stopped.watch) == (3, "last", "val_accuracy")
    slower = with_settings("schedule=step decay=0.2 decay_epochs=8")
    assert (slower.schedule, slower.decay, slower.decay_epochs) == ("step", 0.2, 8)


def test_a_group_keeps_what_the_preset_has() -> None:
    text = GOOD.replace(
        "mnist-mlp-128 hidden=32-16 dropout=0.5 batch_norm=yes", "drawing-ready shift=1"
    )
    changed = parse(text, "a-lesson", "en").recipe("deep", "mnist").augment
    before = PRESETS["drawing-ready"].recipe.augment
    assert before.shift != 1 and changed.shift == 1
    assert changed.amounts == {**before.amounts, "shift": 1.0}


def test_no_setting_has_the_name_of_another() -> None:
    names = [*Recipe.__slots__, *(name for group in GROUPS.values() for name in group)]
    assert len(set(names)) == len(names)
    assert {"momentum", "weight_decay"} <= GROUPS["optimizer_options"]


def change(old: str, new: str) -> str:
    """Return the good file with a change."""
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "line", "why"),
    [
        ("---\n", "", 1, "must begin"),
        ("---\n\nHello", "\nHello", 91, "that ends the front matter"),
        ("title: A lesson\n", "", 1, "'title' is missing"),
        ("title: A lesson", "title:", 2, "is no field"),
        ("title: A lesson", "title: A\ntitle: B", 3, "there twice"),
        ("title: A lesson", "name: A lesson", 2, "no field 'name'"),
        ("mnist digits\n", "mnist\n", 5, "'digits' is missing"),
        ("mnist digits\n", "digits cats\n", 5, "no data set 'cats'"),
        ("mnist digits\n", "digits digits\n", 5, "twice"),
        ("mnist-softmax-regression", "nonsense", 6, "no preset 'nonsense'"),
        ("epochs=2", "epochs=0", 6, "cannot be trained"),
        ("epochs=2", "epochs", 6, "name=value"),
        ("epochs=2", "speed=2", 6, "no setting called"),
        ("epochs=2", "dataset=digits", 6, "cannot be set here"),
        ("epochs=2", 'epochs="2', 6, "quotation"),
        ("epochs=2", "hidden=many", 6, "cannot be trained"),
        ("epochs=2", "wrong_labels=2", 6, "'wrong_labels': "),
        ("epochs=2", "wrong_labels=many", 6, "'wrong_labels': "),
        ("epochs=2", "wrong_labels=0.2 wrong_to=ten", 6, "'wrong_to': "),
        ("epochs=2", "wrong_labels=0.2 wrong_labels=0.3", 6, "or is there twice"),
        ("epochs=2", "spoil=0.2", 6, "'spoil' cannot be set here"),
        ("epochs=2", "own=0.2", 6, "'own' cannot be set here"),
        ("epochs=2", "wrong_from=4", 6, "'wrong_from' has no effect"),
        ("epochs=2", "rare_share=0.05", 6, "'rare_share' has no effect"),
        ("epochs=2", "patch=1 where=validation", 6, "'where' has no effect"),
        ("epochs=2", "decay=0.2", 6, "'decay' has no effect"),
        ("epochs=2", "schedule=cosine decay=0.2", 6, "'decay' has no effect"),
        ("epochs=2", "kept_weights=last", 6, "'kept_weights' has no effect"),
        ("epochs=2", "watch=val_loss", 6, "'watch' has no effect"),
        ("epochs=2", "schedule=fast", 6, "'schedule': "),
        ("epochs=2", "patience=3 validation=none", 6, "'watch': "),
        ("epochs=2", "label_smoothing=0.1 loss=mean_squared_error", 6, "'label_smoothing': "),
        ("epochs=2", "shift=99", 6, "'shift': "),
        ("epochs=2", "rho=0.9", 6, "'rho': "),
        ("recipe main digits:", "recipe main cats:", 7, "none of the lesson's"),
        ("recipe main digits:", "recipe other digits:", 7, "before 'recipe other digits'"),
        ("recipe deep:", "recipe built-in:", 8, "cannot be the name"),
        ("recipe deep:", "recipe main:", 8, "twice"),
        ("# one: The first step", "# one The first step", 13, "'# id: Title'"),
        ("# one: The first step", "# One: The first step", 13, "'# id: Title'"),
        ("minutes: 5\n", "", 13, "'minutes: N'"),
        ("minutes: 5", "minutes: 0", 14, "from 1 to 60"),
        ("minutes: 5", "minutes: 5\nminutes: 6", 15, "twice"),
        ("minutes: 5", "hours: 5", 14, "no field 'hours'"),
        ("part: picture", "part: film", 16, "no part 'film'"),
        ("style=black", "style=red", 16, "one of grey, black, colours"),
        ("style=black", "colour=red", 16, "'colour' is not"),
        ("index=7", "index=7 index=8", 16, "or twice"),
        ("index=7", "index=360", 16, "digits has 360"),
        ("index=7", "index=-1", 16, "a whole number"),
        ("index=7", "index=\u0663", 16, "a whole number"),
        ('"1 -5.5 3"', '"1"', 15, "two to ten numbers"),
        ('"1 -5.5 3"', '"1 inf"', 15, "two to ten numbers"),
        (
            "part: picture",
            'part: robustness changes="noise fog"\npart: picture',
            16,
            "some of noise",
        ),
        ("part: picture", 'part: robustness changes="shift shift"\npart: picture', 16, "some of"),
        ("part: picture", 'part: robustness changes=""\npart: picture', 16, "name=value"),
        (
            *("part: picture", 'part: robustness runs="main deep main"\npart: picture'),
            *(16, "one to 2 names"),
        ),
        ("part: picture", "part: twins clean=none\npart: picture", 16, "no recipe 'none'"),
        ("part: picture", "part: fool picture=photo\npart: picture", 16, "one of image, pad"),
        ("part: picture", "part: dotted label=10\npart: picture", 16, "from 0 to 9"),
        ("part: picture", "part: summary recipe=none\npart: picture", 16, "no recipe 'none'"),
        ("part: picture", "part: scores run=none\npart: picture", 16, "no recipe 'none'"),
        ("\n\nRead", "\nRead", 17, "is no field"),
        ("percent 2}}", "percent two}}", 18, "is no style"),
        ("percent 2}}", "percent 2}", 18, "written as {{name}}"),
        ("Read ", "Read <b>", 18, "HTML"),
        ("Read ", "Read ![x](y) ", 18, "pictures are parts"),
        ("export: model", "export: magic", 21, "'magic' is none of"),
        ("model deep", "model none", 21, "no recipe 'none'"),
        ("export: model deep", "x = 1", 21, "between"),
        ("x = 1\n```", "x = 1", 20, "last fence is missing"),
        ("## look", "## see", 27, "no section 'see'"),
        ("## look\nLook here.", "", 13, "no section '## look'"),
        ("Look here.", "", 27, "is empty"),
        ("## teacher\nAim.\n", "", 13, "no section '## teacher'"),
        ("## question choice", "## question", 30, "'## question id'"),
        ("## question several", "## question choice", 36, "two questions called choice"),
        ("Which one?\n", "", 30, "no text"),
        ("- [x] That\nwhy", "- [ ] That\nwhy", 30, "some options must be right"),
        ("- [ ] This\n- [x] That\nwhy: It is.", "why: It is.", 30, "options, or one line"),
        ("- [ ] This", "- [] This", 32, "an option begins with"),
        ("- [ ] This\n- [x] That", "- [ ] That\n- [x] That", 30, "the same"),
        ("why: It is.\n", "", 30, "'why: ...' is missing"),
        ("why: It is.", "why: It is.\nwhy: It is.", 35, "there twice"),
        ("why: It is.", "why: It is.\nMore text.", 35, "must come before"),
        (" ± 0.5", "", 46, "needs its tolerance"),
        ("{{pixels}} ± 0.5", "many ± 0.5", 46, "'many' is no number"),
        ("run main test_accuracy", "run main beauty", 51, "write '= run"),
        ("run main test_accuracy", "run none test_accuracy", 51, "no recipe 'none'"),
        ("arg max | argmax", "argmax | ", 56, "a right word is empty"),
        ("What do you expect?", "What?\n= 3 ± 1", 59, "no right answer"),
        ("Hello", "Hel\u202elo", 1, "invisible"),
        ("Hello", "Hel\ud800lo", 1, "cannot be saved"),
    ],
)
def test_a_mistake_is_a_sentence_with_its_line(old: str, new: str, line: int, why: str) -> None:
    with pytest.raises(LessonError) as caught:
        parse(change(old, new), "a-lesson", "en")
    message = str(caught.value)
    assert why in message
    if line != 91:  # the end of the file
        assert message.startswith(f"a-lesson/en.md, line {line}: ")


def test_two_steps_of_one_name_are_a_mistake() -> None:
    step = GOOD[GOOD.index("# one") :]
    with pytest.raises(LessonError, match="two steps called one"):
        parse(GOOD + step, "a-lesson", "en")


@pytest.mark.parametrize("text", ["", "---", "---\n---\n", "\x00", "# one: x\n", "---\n" * 500])
def test_rubbish_is_a_sentence(text: str) -> None:
    with pytest.raises(LessonError, match="line"):
        parse(text, "a-lesson", "en")


@pytest.mark.parametrize(("lesson", "language"), [("../x", "en"), ("A", "en"), ("a", "fr")])
def test_only_known_places_are_read(lesson: str, language: str) -> None:
    with pytest.raises(LessonError, match="no lesson and language"):
        parse(GOOD, lesson, language)
