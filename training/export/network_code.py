"""A recipe's network, optimizer and loss as plain Keras code."""

from collections.abc import Mapping

from model_store.recipe.choices import (
    BATCH_NORM_MOMENTUM,
    IMAGE_SIDE,
    OPTIMIZERS,
    sloped_activation,
)
from model_store.recipe.recipe import Hidden, Recipe
from training.export.schedule_code import rate_argument, schedule_code

_PIXEL_NORM: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "columns": ("        keras.layers.UnitNormalization(axis=1),",),
    "image": ("        keras.layers.UnitNormalization(axis=[1, 2]),",),
}
UNSEEDED = ("zeros", "ones")  # initializers without a random number


def uses_seeds(recipe: Recipe) -> bool:
    """True if the network's code calls `seed_for`."""
    dropout = any(layer.dropout for layer in recipe.hidden)
    return recipe.kernel_initializer not in UNSEEDED or dropout


def model_code(recipe: Recipe) -> str:
    """Return code that sets `model` and shows its summary."""
    lines = [
        "model = keras.Sequential(",
        "    [",
        f"        keras.Input(({IMAGE_SIDE}, {IMAGE_SIDE})),",
        *_PIXEL_NORM[recipe.pixel_norm],
        "        keras.layers.Flatten(),",
    ]
    for index, layer in enumerate((*recipe.hidden, Hidden(recipe.classes, "softmax"))):
        lines += ["        keras.layers.Dense(", *_dense(recipe, index, layer), "        ),"]
        if layer.batch_norm:
            lines += [
                f"        keras.layers.BatchNormalization(momentum={BATCH_NORM_MOMENTUM!r}),",
                f"        keras.layers.Activation({_activation(layer.activation)}),",
            ]
        if layer.dropout:
            seed = f"seed=seed_for(3, {index})"
            lines.append(f"        keras.layers.Dropout({layer.dropout!r}, {seed}),")
    return "\n".join([*lines, "    ]", ")", "model.summary()"])


def _activation(name: str) -> str:
    sloped = sloped_activation(name)
    if sloped is None:
        return f'"{name}"'
    kind, slope = sloped
    layer = f"ELU(alpha={slope!r})" if kind == "elu" else f"LeakyReLU(negative_slope={slope!r})"
    return f"keras.layers.{layer}"


def _dense(recipe: Recipe, index: int, layer: Hidden) -> list[str]:
    initializer = f'"{recipe.kernel_initializer}"'
    if recipe.kernel_initializer not in UNSEEDED:
        camel = "".join(word.capitalize() for word in recipe.kernel_initializer.split("_"))
        initializer = f"keras.initializers.{camel}(seed=seed_for(0, {index}))"
    arguments = [f"{layer.units}"]
    if not layer.batch_norm:
        arguments.append(f"activation={_activation(layer.activation)}")
    arguments.append(f"kernel_initializer={initializer}")
    if recipe.bias_initializer != "zeros":
        arguments.append(f'bias_initializer="{recipe.bias_initializer}"')
    if recipe.l1 or recipe.l2:
        penalty = f"keras.regularizers.L1L2(l1={recipe.l1!r}, l2={recipe.l2!r})"
        arguments.append(f"kernel_regularizer={penalty}")
    return [f"            {argument}," for argument in arguments]


def compile_code(recipe: Recipe) -> str:
    """Return code that sets the optimizer, loss and metrics of `model`."""
    options = [f"learning_rate={rate_argument(recipe)}"]
    options += [f"{name}={value!r}" for name, value in recipe.optimizer_arguments.items()]
    loss = f'"{recipe.loss}"'
    if recipe.label_smoothing:
        smoothing = f"label_smoothing={recipe.label_smoothing!r}"
        loss = f"keras.losses.CategoricalCrossentropy({smoothing})"
    schedule = list(schedule_code(recipe))
    return "\n".join(
        [
            *([*schedule, ""] if schedule else []),
            "model.compile(",
            f"    optimizer=keras.optimizers.{OPTIMIZERS[recipe.optimizer].label}(",
            *(f"        {option}," for option in options),
            "    ),",
            f"    loss={loss},",
            '    metrics=["accuracy"],',
            ")",
        ]
    )
