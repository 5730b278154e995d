"""A run as steps of plain Keras code, each with a teacher's words.

`script` and `notebook` write the same cells. The code needs Keras, NumPy and, for Digits,
scikit-learn and Pillow; nothing of Softmax Lab. Pure text, no heavy import, any thread.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from model_store import Run
from model_store.recipe.choices import IMAGE_SIDE
from model_store.recipe.recipe import Recipe
from model_store.recipe.settings import BATCH_NORM
from model_store.recipe.spoil import spoil_sentences
from model_store.runs.history import History
from model_store.runs.provenance import WEIGHTS
from model_store.text import _
from training.data.extra_images import EXTRA_FILE
from training.export.augment_code import augment_code
from training.export.data_code import import_lines, load_code
from training.export.network_code import compile_code, model_code, uses_seeds
from training.export.schedule_code import callbacks_code
from training.export.spoil_code import chosen_code, spoil_code, validation_code

_SEED_FOR = '''\


def seed_for(*purpose):
    """{words}"""
    state = np.random.SeedSequence([SEED, *purpose]).generate_state(1)
    return int(state[0]) >> 1'''

SCALING = """\

x_train = x_train.astype("float32") / 255
x_test = x_test.astype("float32") / 255"""

_START = """\
with np.load("{file}") as start:
    model.set_weights([start[name] for name in start.files])"""

_EXTRA = """\
with np.load("{file}") as added:
    more = added["images"].astype("float32") / 255
    x_train = np.concatenate([x_train, more])
    y_train = np.concatenate([y_train, {labels}])"""

EVALUATION = """\
test_loss, test_accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test accuracy {test_accuracy:.4f}, test loss {test_loss:.4f}")"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One step: a heading, a paragraph (plain text, no line breaks) and its code."""

    heading: str
    text: str
    code: str


def printable(text: str) -> str:
    """Return a person's text without characters that could end a line of code or a comment."""
    return "".join(c if c.isprintable() else " " for c in text)


def differences(run: Run, history: History) -> tuple[str, ...]:
    """Return where plain Keras differs from the run, as plain sentences."""
    recipe = run.recipe
    found = [
        _(
            "Dropout switches off as many units as in the run, but other ones: the app makes its "
            "random numbers in another way. Expect close figures, not equal ones."
        )
        if any(layer.dropout for layer in recipe.hidden)
        else _(
            "Initial weights, batches and their order are those of the run. The app computes the "
            "same sums in another order. So figures differ in late decimal places, and a little "
            "more with every epoch."
        )
    ]
    if by_hand := history.rates_by_hand:
        rates = ", ".join(f"{rate.value:g}" for rate in by_hand)
        sentence = _("The learning rate was changed by hand (to {rates}). This code does not.")
        found.append(sentence.format(rates=rates))
    if _epochs(run) != recipe.epochs:  # by hand
        sentence = _("The run was stopped in epoch {epoch} of {all}. This code trains {n}.")
        epoch = int(run.result["epochs"]) + 1
        found.append(sentence.format(epoch=epoch, all=recipe.epochs, n=_epochs(run)))
    return tuple(found)


def cells(run: Run) -> Iterator[Cell]:
    """Yield the steps from the imports to the test accuracy, in order."""
    recipe = run.recipe
    yield Cell(
        _("Settings"),
        _(
            "All random numbers come from SEED. With another SEED the network starts from other "
            "weights and sees the images in another order."
        ),
        settings_code(run),
    )
    yield Cell(
        _("Data"),
        _(
            "Images are {side} x {side} numbers from 0 (background) to 255 (ink). Labels are "
            "numbers from 0 to {last}. Divided by 255, pixels lie between 0 and 1: that suits the "
            "size of the initial weights."
        ).format(side=IMAGE_SIDE, last=recipe.classes - 1),
        load_code(recipe) + ("" if recipe.spoil else _scaling(recipe)),
    )
    if recipe.spoil:
        text = _(
            "These are the app's own functions. With the same seed they spoil the same images and "
            "labels as in the run. Test images stay as they are."
        )
        what = " ".join(spoil_sentences(recipe.spoil, recipe.data.names))
        yield Cell(
            _("Spoiled images"), f"{what} {text}", f"{spoil_code(recipe)}\n{_scaling(recipe)}"
        )
    if recipe.subset is not None or recipe.validation == "split":
        yield _selection(recipe)
    if run.added_sources:
        yield _extra(run)
    if recipe.augment:
        yield Cell(
            _("Augmented images"),
            _(
                "Before each step every image of the batch is moved, rotated, bent or redrawn a "
                "little, at random, so that no image is seen twice. These are the app's own "
                "functions. With its random numbers they make the images of the run. Test images "
                "stay as they are."
            ),
            augment_code(recipe),
        )
    network = _(
        "Flatten puts the rows of an image one after the other. Each unit of a Dense layer "
        "multiplies all its inputs by weights, adds them up and adds a bias. The softmax at "
        "the end turns {classes} numbers into {classes} probabilities that add up to 1. {n} "
        "parameters are trained."
    ).format(n=f"{recipe.trained_parameters:,}", classes=recipe.classes)
    if any(layer.batch_norm for layer in recipe.hidden):
        network += " " + _("BatchNormalization: {help}").format(help=_(BATCH_NORM.help))
    yield Cell(_("Network"), network, model_code(recipe))
    if run.provenance:
        file = f"{run.id}-{WEIGHTS}"
        yield Cell(
            _("Initial weights"),
            _(
                "The run did not start from random weights but from those of {run}. Download them "
                "from its page, as {file}, and put that file into the folder that you work in."
            ).format(run=printable(run.provenance.title), file=file),
            _START.format(file=file),
        )
    yield Cell(
        _("Loss and optimizer"),
        _(
            "The loss is a number for how wrong the probabilities are. The optimizer changes "
            "every weight a little, so that the loss of the batch gets smaller."
        ),
        compile_code(recipe),
    )
    yield training_cell(run)
    yield Cell(_("Test"), _("How good it is on images that it never learned from."), _test(run))


def _epochs(run: Run) -> int:
    """Return the epochs to train; early stopping may end them."""
    if run.stopped_early:
        return run.recipe.epochs
    return max(1, int(run.result.get("epochs", run.recipe.epochs)))


def _images(run: Run) -> int:
    return run.recipe.train_images + sum(int(source["images"]) for source in run.added_sources)


def settings_code(run: Run) -> str:
    """Return the imports, the seed, and what every other cell needs."""
    recipe = run.recipe
    code = [*import_lines(recipe), "", f"SEED = {recipe.seed}"]
    code += [f"EPOCHS = {_epochs(run)}", f"BATCH_SIZE = {recipe.batch_size}"]
    if uses_seeds(recipe) or recipe.augment:
        words = _("A seed of its own for each purpose and layer, made from SEED.")
        code.append(_SEED_FOR.format(words=words))
    return "\n".join(code)


def _one_hot(recipe: Recipe, labels: str) -> str:
    """Return the code of labels in the form that the recipe's loss needs."""
    one_hot = recipe.labels == "one_hot"
    return f"keras.utils.to_categorical({labels}, {recipe.classes})" if one_hot else labels


def _scaling(recipe: Recipe) -> str:
    labels = one_hot_code(recipe)
    return f"{SCALING}\n\n{labels}" if labels else SCALING


def one_hot_code(recipe: Recipe) -> str:
    """Return code that makes one-hot labels; "" if the recipe's loss needs none."""
    if recipe.labels != "one_hot":
        return ""
    words = _(
        "One-hot: a label becomes {n} numbers, a 1 at the place of its class and 0 elsewhere."
    )
    words = words.format(n=recipe.classes)
    labels = (f"{name} = {_one_hot(recipe, name)}" for name in ("y_train", "y_test"))
    return "\n".join([f"# {words}", *labels])


def _selection(recipe: Recipe) -> Cell:
    n, held = recipe.train_images, recipe.validation_images
    text = _("Only {n} of the training images, drawn by the seed.")
    code = ["shuffled = np.random.default_rng([SEED, 1]).permutation(len(x_train))"]
    if recipe.validation == "split":
        text = _(
            "{n} images to learn from, drawn by the seed. {held} others are the validation set: "
            "they show after every epoch how good the network is on new images. The test set stays "
            "untouched."
        )
        code += [
            f"held_out = shuffled[{n}:{n + held}]",
            *validation_code(recipe, _one_hot(recipe, "y_clean[held_out]")),
        ]
    code += [f"chosen = shuffled[:{n}]", *chosen_code(recipe)]
    text = text.format(n=f"{n:,}", held=f"{held:,}")
    return Cell(_("Training images"), text, "\n".join(code))


def _extra(run: Run) -> Cell:
    sources = ", ".join(f"{source['name']} ({source['licence']})" for source in run.added_sources)
    file = f"{run.id}-{EXTRA_FILE}"
    text = _(
        "The run was trained on {n} extra images, from {sources}. Download them from its page, as "
        "{file}, and put that file into the folder that you work in. They are never tested on."
    ).format(n=f"{_images(run) - run.recipe.train_images:,}", sources=printable(sources), file=file)
    code = _EXTRA.format(file=file, labels=_one_hot(run.recipe, 'added["labels"]'))
    return Cell(_("Extra training images"), text, code)


def training_cell(run: Run) -> Cell:
    """Return the cell that trains the model."""
    recipe = run.recipe
    shuffled = recipe.shuffle == "every_epoch"
    by_epoch = shuffled or bool(recipe.augment)
    batches = -(-_images(run) // recipe.batch_size)
    text = _("An epoch is one look at every training image, in {n} batches.") + " "
    if recipe.spoil.thins:  # how many that are is known when the labels are loaded
        text = _("An epoch is one look at every training image.") + " "
    text += (
        _("The images are shuffled before every epoch, by the seed.")
        if shuffled
        else _("The images are shuffled once; each epoch takes them in the same order.")
    )
    if recipe.patience:
        text += " " + _("The training stops when the watched figure no longer improves.")
    order = (
        f"order = np.random.default_rng([SEED, 2, {'epoch' if shuffled else 0}])"
        ".permutation(len(x_train))"
    )
    callbacks = list(callbacks_code(recipe))
    images = "changed(x_train[order], epoch)" if recipe.augment else "x_train[order]"
    if callbacks and by_epoch:  # one `fit`, so that the callbacks see all epochs
        code = [*callbacks, *_batches_code(order, images), *_fit(recipe, "batches()", [])]
        code.append("figures = fitted.history")
    elif by_epoch:
        fit = _fit(recipe, images, ["initial_epoch=epoch,", "epochs=epoch + 1,"], "part")
        loop = [
            order,
            *fit,
            "for name, values in part.history.items():",
            "    figures.setdefault(name, []).extend(values)",
        ]
        code = ["figures = {}", "for epoch in range(EPOCHS):", *(f"    {line}" for line in loop)]
    else:
        fit = _fit(recipe, images, ["epochs=EPOCHS,"])
        code = [*callbacks, order, *fit, "figures = fitted.history"]
    return Cell(_("Training"), text.format(n=f"{batches:,}"), "\n".join(code))


def _fit(recipe: Recipe, images: str, epochs: list[str], name: str = "fitted") -> Iterator[str]:
    """Yield the lines of the call of `fit`; without `epochs` it takes batches of a generator."""
    validation = {"test": "(x_test, y_test)", "split": "(x_validation, y_validation)"}
    held_out = validation.get(recipe.validation)
    yield f"{name} = model.fit("
    yield f"    {images},"
    if epochs:
        yield from ("    y_train[order],", "    batch_size=BATCH_SIZE,")
        yield from (f"    {line}" for line in epochs)
    else:
        yield from ("    steps_per_epoch=-(-len(x_train) // BATCH_SIZE),", "    epochs=EPOCHS,")
    yield f"    shuffle=False,  # {_('the order above is the one')}"
    if held_out:
        yield f"    validation_data={held_out},"
    if recipe.watches:
        yield "    callbacks=callbacks,"
    yield from ("    verbose=2,", ")")


def _batches_code(order: str, images: str) -> Iterator[str]:
    """Yield the lines of a generator of all batches of all epochs."""
    yield from ("", "", "def batches():")
    yield f'    """{_("Yields the batches of all epochs, in the order of the run.")}"""'
    yield from ("    for epoch in range(EPOCHS):", f"        {order}", f"        images = {images}")
    yield "        for first in range(0, len(order), BATCH_SIZE):"
    yield "            batch = slice(first, first + BATCH_SIZE)"
    yield "            yield images[batch], y_train[order[batch]]"
    yield from ("", "")


def _test(run: Run) -> str:
    if "test_accuracy" not in run.result:
        return EVALUATION
    accuracy, loss = run.result["test_accuracy"], run.result["test_loss"]
    return f'{EVALUATION}\nprint("in Softmax Lab {accuracy:.4f}, loss {loss:.4f}")'
