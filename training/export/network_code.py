"""A recipe's network, optimizer and loss as plain Keras code."""

from model_store.recipe.choices import BOOLEAN_OPTIONS, IMAGE_SIDE, OPTIMIZERS
from model_store.recipe.recipe import Hidden, Recipe

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
        "        keras.layers.Flatten(),",
    ]
    for index, layer in enumerate((*recipe.hidden, Hidden(recipe.classes, "softmax"))):
        lines += ["        keras.layers.Dense(", *_dense(recipe, index, layer), "        ),"]
        if layer.dropout:
            seed = f"seed=seed_for(3, {index})"
            lines.append(f"        keras.layers.Dropout({layer.dropout!r}, {seed}),")
    return "\n".join([*lines, "    ]", ")", "model.summary()"])


def _dense(recipe: Recipe, index: int, layer: Hidden) -> list[str]:
    initializer = f'"{recipe.kernel_initializer}"'
    if recipe.kernel_initializer not in UNSEEDED:
        camel = "".join(word.capitalize() for word in recipe.kernel_initializer.split("_"))
        initializer = f"keras.initializers.{camel}(seed=seed_for(0, {index}))"
    arguments = [
        f"{layer.units}",
        f'activation="{layer.activation}"',
        f"kernel_initializer={initializer}",
    ]
    if recipe.bias_initializer != "zeros":
        arguments.append(f'bias_initializer="{recipe.bias_initializer}"')
    if recipe.l1 or recipe.l2:
        penalty = f"keras.regularizers.L1L2(l1={recipe.l1!r}, l2={recipe.l2!r})"
        arguments.append(f"kernel_regularizer={penalty}")
    return [f"            {argument}," for argument in arguments]


def compile_code(recipe: Recipe) -> str:
    """Return code that sets the optimizer, loss and metrics of `model`."""
    options = [f"learning_rate={recipe.learning_rate!r}"]
    for name, value in recipe.optimizer_options:
        options.append(f"{name}={bool(value) if name in BOOLEAN_OPTIONS else float(value)!r}")
    return "\n".join(
        [
            "model.compile(",
            f"    optimizer=keras.optimizers.{OPTIMIZERS[recipe.optimizer].label}(",
            *(f"        {option}," for option in options),
            "    ),",
            f'    loss="{recipe.loss}",',
            '    metrics=["accuracy"],',
            ")",
        ]
    )
