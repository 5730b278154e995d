"""A recipe's learning-rate schedule and callbacks as plain Keras code. Pure text.

The code uses `x_train`, `BATCH_SIZE` and the imports of a script.
"""

from collections.abc import Iterator

from model_store.recipe.recipe import Recipe
from model_store.text import _

_WARM_UP_SCHEDULE = '''

class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """{words}"""

    def __init__(self, rate, after):
        self.rate, self.after = rate, after

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        growing = self.rate * (step / WARM_UP)
        after = self.after(keras.ops.maximum(step - WARM_UP, 0.0))
        return keras.ops.where(step < WARM_UP, growing, after)

'''

_WARM_UP_CALLBACK = '''

class WarmUp(keras.callbacks.Callback):
    """{words}"""

    def on_train_batch_begin(self, batch, logs=None):
        step = int(self.model.optimizer.iterations)
        if step <= WARM_UP:
            rate = np.float32({rate!r}) * (np.float32(step) / np.float32(WARM_UP))
            self.model.optimizer.learning_rate = rate

'''


def rate_argument(recipe: Recipe) -> str:
    """Return the optimizer's learning rate: a number, or `schedule` of `schedule_code`."""
    has_schedule = recipe.rate_varies and recipe.schedule != "plateau"
    return "schedule" if has_schedule else repr(recipe.learning_rate)


def schedule_code(recipe: Recipe) -> Iterator[str]:
    """Yield lines that set `schedule`, an object of Keras; none if the recipe needs none."""
    if not recipe.rate_varies or recipe.schedule == "plateau":
        return
    yield from _steps(recipe)
    rate, kind, warm_class = repr(recipe.learning_rate), "CosineDecay", False
    if recipe.schedule in ("step", "exponential"):
        kind, warm_class = "ExponentialDecay", bool(recipe.warmup)
        options = [f"decay_steps={recipe.decay_epochs} * STEPS", f"decay_rate={recipe.decay!r}"]
        options += ["staircase=True"] if recipe.schedule == "step" else []
    elif recipe.schedule == "cosine":
        warm = " - WARM_UP" if recipe.warmup else ""
        options = [f"decay_steps={recipe.epochs} * STEPS{warm}", f"alpha={recipe.lowest_rate!r}"]
    else:
        options = ["decay_steps=1", f"alpha=1.0,  # {_('no decay: it stays as it is')}"]
    first = rate
    if recipe.warmup and not warm_class:
        first = "0.0"
        options += [f"warmup_target={rate}", "warmup_steps=WARM_UP"]
    if warm_class:
        words = _("Grows from 0 to the rate, then does what the schedule after it says.")
        yield from _WARM_UP_SCHEDULE.format(words=words).split("\n")
    yield f"schedule = keras.optimizers.schedules.{kind}("
    for option in (first, *options):
        yield f"    {option}" if "#" in option else f"    {option},"
    yield ")"
    if warm_class:
        yield f"schedule = WarmUp({rate}, schedule)"


def callbacks_code(recipe: Recipe) -> Iterator[str]:
    """Yield lines that set `callbacks` for `fit`; none if the recipe needs none."""
    warms_up = recipe.schedule == "plateau" and recipe.warmup > 0
    if not recipe.watches:
        return
    if warms_up:
        yield from _steps(recipe)
        words = _("Sets the learning rate of each step of the warm-up.")
        code = _WARM_UP_CALLBACK.format(words=words, rate=recipe.learning_rate)
        yield from code.split("\n")
    yield "callbacks = ["
    if warms_up:
        yield "    WarmUp(),"
    if recipe.schedule == "plateau":
        lowest = recipe.lowest_rate * recipe.learning_rate
        yield from _callback(
            "ReduceLROnPlateau",
            f'monitor="{recipe.watch}"',
            f"factor={recipe.decay!r}",
            f"patience={recipe.decay_epochs}",
            f"min_delta={recipe.min_delta!r}",
            f"min_lr={lowest!r}",
        )
    if recipe.patience:
        yield from _callback(
            "EarlyStopping",
            f'monitor="{recipe.watch}"',
            f"min_delta={recipe.min_delta!r}",
            f"patience={recipe.patience}",
            f"restore_best_weights={recipe.keeps_best}",
        )
    yield "]"


def _callback(name: str, *arguments: str) -> Iterator[str]:
    yield f"    keras.callbacks.{name}("
    for argument in arguments:
        yield f"        {argument},"
    yield "    ),"


def _steps(recipe: Recipe) -> Iterator[str]:
    yield f"# {_('Batches in an epoch.')}"
    yield "STEPS = -(-len(x_train) // BATCH_SIZE)"
    if recipe.warmup:
        yield f"# {_('The learning rate grows from 0 in so many steps.')}"
        yield f"WARM_UP = int({recipe.warmup!r} * STEPS)"
