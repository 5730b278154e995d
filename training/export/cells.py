"""A run as steps of plain Keras code, each with the words a teacher would say to it.

`script` and `notebook` write the same cells. The code needs Keras, NumPy and, for Digits,
scikit-learn and Pillow; nothing of Softmax Lab. Pure text, no heavy import, any thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from gettext import gettext as _

from model_store import Run
from model_store.recipe.choices import CLASSES, IMAGE_SIDE
from model_store.recipe.recipe import Recipe
from model_store.runs.history import History
from model_store.runs.provenance import WEIGHTS
from training.data.extra_images import EXTRA_FILE
from training.export.augment_code import augment_code
from training.export.data_code import import_lines, load_code
from training.export.network_code import compile_code, model_code, uses_seeds


@dataclass(frozen=True, slots=True)
class Cell:
    """One step: a heading, a paragraph (plain text, no line breaks) and its code."""

    heading: str
    text: str
    code: str


def cells(run: Run, history: History) -> tuple[Cell, ...]:
    """The steps from the imports to the test accuracy, in order."""
    return tuple(_cells(run, history))


def printable(text: str) -> str:
    """A person's text without what could end a line of code or of a comment."""
    return "".join(c if c.isprintable() else " " for c in text)


def differences(run: Run, history: History) -> tuple[str, ...]:
    """Where plain Keras goes another way than the run did, a sentence each; plain text."""
    recipe = run.recipe
    found = []
    if any(layer.dropout for layer in recipe.hidden):
        found.append(
            _(
                "Dropout switches off as many units as in the run, but not the same ones: the app "
                "makes its random numbers in another way. Expect close figures, not equal ones."
            )
        )
    else:
        found.append(
            _(
                "First weights, batches and their order are those of the run. The app computes the "
                "same sums in another order, so figures differ far behind the point, and a little "
                "more with every epoch."
            )
        )
    if history.learning_rates:
        found.append(
            _(
                "During the run the learning rate was changed by hand (to {rates}). This code "
                "keeps the first one."
            ).format(rates=", ".join(f"{rate.value:g}" for rate in history.learning_rates))
        )
    if _epochs(run) != recipe.epochs:
        found.append(
            _("The run was stopped in epoch {epoch} of {all}. This code trains {n}.").format(
                epoch=int(run.result["epochs"]) + 1, all=recipe.epochs, n=_epochs(run)
            )
        )
    return tuple(found)


def _cells(run: Run, history: History) -> Iterator[Cell]:
    recipe = run.recipe
    yield Cell(
        _("Settings"),
        _(
            "All chance comes from SEED: change it, and the network starts from other weights and "
            "sees the images in another order."
        ),
        _settings(run),
    )
    yield Cell(
        _("Data"),
        _(
            "Images are {side} x {side} numbers from 0 (paper) to 255 (ink), labels are numbers "
            "from 0 to 9. Divided by 255 the pixels lie between 0 and 1, which suits the size of "
            "the first weights."
        ).format(side=IMAGE_SIDE),
        load_code(recipe) + _scaling(recipe),
    )
    if recipe.subset is not None or recipe.validation == "split":
        yield Cell(_("Which images it learns from"), _selection_text(recipe), _selection(recipe))
    if run.added_sources:
        yield Cell(_("More images to learn from"), _added_text(run), _added(run))
    if recipe.augment:
        yield Cell(
            _("Images changed at random"),
            _(
                "Before each step every image of the batch is moved, turned, bent or redrawn a "
                "little, by chance, so that no image is ever seen twice. These are the app's own "
                "functions; with its random numbers they make the very images of the run. Test "
                "images are left as they are."
            ),
            augment_code(recipe),
        )
    yield Cell(
        _("Network"),
        _(
            "Flatten lays the rows of an image behind each other. In a Dense layer every unit "
            "weighs all numbers before it and adds a bias. The softmax at the end turns ten "
            "numbers into ten probabilities that add up to 1. {n} parameters are trained."
        ).format(n=f"{recipe.parameters:,}"),
        model_code(recipe),
    )
    if run.provenance:
        yield Cell(
            _("Weights to begin with"),
            _(
                "The run did not begin with random weights but with those of {run}. Download them "
                "from its page, as {file}, and put that file into the folder that you work in."
            ).format(run=printable(run.provenance.title), file=f"{run.id}-{WEIGHTS}"),
            _start(run),
        )
    yield Cell(
        _("How it learns"),
        _(
            "The loss says how wrong the ten probabilities are; the optimizer changes every weight "
            "a little so that the loss of the batch gets smaller."
        ),
        compile_code(recipe),
    )
    yield Cell(_("Training"), _training_text(run), _training(recipe))
    yield Cell(
        _("Test"),
        _("How good it is on images that it never learned from."),
        _evaluation(run),
    )


def _epochs(run: Run) -> int:
    return max(1, int(run.result.get("epochs", run.recipe.epochs)))


def _settings(run: Run) -> str:
    recipe = run.recipe
    lines = [
        *import_lines(recipe),
        "",
        f"SEED = {recipe.seed}",
        f"EPOCHS = {_epochs(run)}",
        f"BATCH_SIZE = {recipe.batch_size}",
    ]
    if uses_seeds(recipe) or recipe.augment:
        lines += [
            "",
            "",
            "def seed_for(*purpose):",
            f'    """{_("A seed of its own for each purpose and layer, made from SEED.")}"""',
            "    state = np.random.SeedSequence([SEED, *purpose]).generate_state(1)",
            "    return int(state[0]) >> 1",
        ]
    return "\n".join(lines)


def _scaling(recipe: Recipe) -> str:
    lines = [
        "",
        'x_train = x_train.astype("float32") / 255',
        'x_test = x_test.astype("float32") / 255',
    ]
    if recipe.labels == "one_hot":
        lines += [
            "",
            f"# {_('One-hot: the label 3 becomes ten numbers, a 1 at place 3 and nine 0.')}",
            f"y_train = keras.utils.to_categorical(y_train, {CLASSES})",
            f"y_test = keras.utils.to_categorical(y_test, {CLASSES})",
        ]
    return "\n".join(lines)


def _selection_text(recipe: Recipe) -> str:
    if recipe.validation != "split":
        return _("Only {n} of the training images, drawn by the seed.").format(
            n=f"{recipe.train_images:,}"
        )
    return _(
        "{n} images to learn from, drawn by the seed. {held} others are kept aside: their figures "
        "show after every epoch how good it is on new images, and the test set stays untouched."
    ).format(n=f"{recipe.train_images:,}", held=f"{recipe.validation_images:,}")


def _selection(recipe: Recipe) -> str:
    lines = ["shuffled = np.random.default_rng([SEED, 1]).permutation(len(x_train))"]
    n, held = recipe.train_images, recipe.validation_images
    if recipe.validation == "split":
        lines += [
            f"held_out = shuffled[{n}:{n + held}]",
            "x_validation, y_validation = x_train[held_out], y_train[held_out]",
        ]
    lines += [
        f"chosen = shuffled[:{n}]",
        "x_train, y_train = x_train[chosen], y_train[chosen]",
    ]
    return "\n".join(lines)


def _start(run: Run) -> str:
    return "\n".join(
        [
            f'with np.load("{run.id}-{WEIGHTS}") as start:',
            f"    layers = range({len(run.recipe.hidden) + 1})",
            '    names = [f"{kind}_{n}" for n in layers for kind in ("kernel", "bias")]',
            "    model.set_weights([start[name] for name in names])",
        ]
    )


def _added_text(run: Run) -> str:
    named = ", ".join(f"{source['name']} ({source['licence']})" for source in run.added_sources)
    return _(
        "The run was trained on {n} images more, from {sources}. Download them from its page, as "
        "{file}, and put that file into the folder that you work in. They are never tested on."
    ).format(n=f"{_added_images(run):,}", sources=printable(named), file=added_file(run))


def _added(run: Run) -> str:
    labels = 'added["labels"]'
    if run.recipe.labels == "one_hot":
        labels = f"keras.utils.to_categorical({labels}, {CLASSES})"
    return "\n".join(
        [
            f'with np.load("{added_file(run)}") as added:',
            '    more = added["images"].astype("float32") / 255',
            "    x_train = np.concatenate([x_train, more])",
            f"    y_train = np.concatenate([y_train, {labels}])",
        ]
    )


def added_file(run: Run) -> str:
    """What the images that were added to a run's data set are called when they are downloaded."""
    return f"{run.id}-{EXTRA_FILE}"


def _added_images(run: Run) -> int:
    return sum(int(source["images"]) for source in run.added_sources)


def _training_text(run: Run) -> str:
    recipe = run.recipe
    images = recipe.train_images + _added_images(run)
    words = [
        _("An epoch is one look at every training image, in {n} batches.").format(
            n=f"{-(-images // recipe.batch_size):,}"
        )
    ]
    if recipe.shuffle == "once":
        words.append(_("The images are shuffled once; each epoch takes them in the same order."))
    else:
        words.append(_("The images are shuffled before every epoch, by the seed."))
    return " ".join(words)


def _training(recipe: Recipe) -> str:
    shuffled = recipe.shuffle == "every_epoch"
    every = shuffled or bool(recipe.augment)
    fit = [
        "changed(x_train[order], epoch)," if recipe.augment else "x_train[order],",
        "y_train[order],",
        "batch_size=BATCH_SIZE,",
        *(("initial_epoch=epoch,", "epochs=epoch + 1,") if every else ("epochs=EPOCHS,",)),
        f"shuffle=False,  # {_('the order above is the one')}",
    ]
    if recipe.validation == "test":
        fit.append("validation_data=(x_test, y_test),")
    elif recipe.validation == "split":
        fit.append("validation_data=(x_validation, y_validation),")
    fit.append("verbose=2,")
    stream = "epoch" if shuffled else "0"
    body = [
        f"order = np.random.default_rng([SEED, 2, {stream}]).permutation(len(x_train))",
        f"{'part' if every else 'fitted'} = model.fit(",
        *(f"    {line}" for line in fit),
        ")",
    ]
    if not every:
        return "\n".join([*body, "figures = fitted.history"])
    body += [
        "for name, values in part.history.items():",
        "    figures.setdefault(name, []).extend(values)",
    ]
    return "\n".join(
        ["figures = {}", "for epoch in range(EPOCHS):", *(f"    {line}" for line in body)]
    )


def _evaluation(run: Run) -> str:
    lines = [
        "test_loss, test_accuracy = model.evaluate(x_test, y_test, verbose=0)",
        'print(f"test accuracy {test_accuracy:.4f}, test loss {test_loss:.4f}")',
    ]
    if "test_accuracy" in run.result:
        accuracy, loss = run.result["test_accuracy"], run.result["test_loss"]
        lines.append(f'print("in Softmax Lab {accuracy:.4f}, loss {loss:.4f}")')
    return "\n".join(lines)
