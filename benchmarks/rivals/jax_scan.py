"""JAX: a chunk of steps as one `lax.scan`, the data on the device as bytes. Needs `jax`."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.rivals import Result, epochs, first_weights, images, options
from model_store.recipe.recipe import Recipe
from training.data.datasets import load

STEPS = 75


def train(recipe: Recipe) -> Result:
    """Train on the recipe's full data set; short last batches are left out."""
    rng = np.random.default_rng(recipe.seed)
    data = load(recipe.dataset)
    x = jnp.array(np.asarray(data.x_train).reshape(-1, 784))
    y = jnp.array(np.asarray(data.y_train, np.int32))
    weights = [jnp.array(w) for w in first_weights(recipe, rng)]
    zeros = [jnp.zeros_like(w) for w in weights]
    state = (weights, zeros, [jnp.copy(z) for z in zeros], jnp.float32(0))
    chunk = _chunk(recipe)
    key = jax.random.PRNGKey(recipe.seed)
    size = STEPS * recipe.batch_size
    result = Result()
    for _epoch in epochs(recipe, result):
        order = rng.permutation(recipe.data.train).astype(np.int32)
        for start in range(0, len(order), size):
            part = order[start : start + size]
            part = part[: len(part) // recipe.batch_size * recipe.batch_size]
            key, own = jax.random.split(key)
            state, loss = chunk(state, x, y, part.reshape(-1, recipe.batch_size), own)
            float(loss)
    test = images(recipe)[1]
    logits = _logits([jnp.asarray(w) for w in state[0]], jnp.array(test.x), None, [])
    result.accuracy = float(np.mean(np.asarray(logits).argmax(1) == test.y))
    return result


def _logits(weights: list[Any], x: Any, key: Any, drop: list[float]) -> Any:
    for i in range(len(weights) // 2 - 1):
        x = jax.nn.relu(x @ weights[2 * i] + weights[2 * i + 1])
        if key is not None and drop[i]:
            key, own = jax.random.split(key)
            x = jnp.where(jax.random.bernoulli(own, 1 - drop[i], x.shape), x / (1 - drop[i]), 0)
    return x @ weights[-2] + weights[-1]


def _chunk(recipe: Recipe) -> Any:
    drop = [layer.dropout for layer in recipe.hidden]

    def loss(weights: list[Any], x: Any, y: Any, key: Any) -> Any:
        z = _logits(weights, x, key, drop)
        truth = jax.nn.one_hot(y, 10)
        if recipe.loss == "mean_squared_error":
            return jnp.mean((jax.nn.softmax(z) - truth) ** 2)
        return -jnp.mean((jax.nn.log_softmax(z) * truth).sum(1))

    change = _change(recipe)

    @partial(jax.jit, donate_argnums=0)
    def chunk(state: Any, images: Any, labels: Any, positions: Any, key: Any) -> Any:
        def step(state: Any, chosen_key: Any) -> Any:
            chosen, own = chosen_key
            weights, mean, square, steps = state
            x, y = images[chosen].astype(jnp.float32) / 255, labels[chosen]
            value, gradients = jax.value_and_grad(loss)(weights, x, y, own)
            steps = steps + 1
            each = [
                change(w, g, m, v, steps)
                for w, g, m, v in zip(weights, gradients, mean, square, strict=True)
            ]
            weights, mean, square = ([item[i] for item in each] for i in range(3))
            return (weights, mean, square, steps), value

        keys = jax.random.split(key, len(positions))
        state, values = jax.lax.scan(step, state, (positions, keys))
        return state, values.mean()

    return chunk


def _change(recipe: Recipe) -> Any:
    rate, own = recipe.learning_rate, options(recipe)

    def sgd(w: Any, g: Any, m: Any, v: Any, _steps: Any) -> Any:
        return w - rate * g, m, v

    def rmsprop(w: Any, g: Any, m: Any, v: Any, _steps: Any) -> Any:
        v = own["rho"] * v + (1 - own["rho"]) * g * g
        return w - rate * g / jnp.sqrt(v + own["epsilon"]), m, v

    def adam(w: Any, g: Any, m: Any, v: Any, steps: Any) -> Any:
        one, two = own["beta_1"], own["beta_2"]
        m, v = one * m + (1 - one) * g, two * v + (1 - two) * g * g
        scaled = rate * jnp.sqrt(1 - two**steps) / (1 - one**steps)
        return w - scaled * m / (jnp.sqrt(v) + own["epsilon"]), m, v

    return {"sgd": sgd, "rmsprop": rmsprop, "adam": adam}[recipe.optimizer]
