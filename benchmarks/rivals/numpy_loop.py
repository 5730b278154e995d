"""Backpropagation by hand in NumPy."""

import numpy as np

from benchmarks.rivals import (
    Floats,
    Images,
    Result,
    batches,
    epochs,
    first_weights,
    images,
    options,
)
from model_store.recipe.recipe import Recipe


def train(recipe: Recipe) -> Result:
    """Train on the recipe's full data set."""
    rng = np.random.default_rng(recipe.seed)
    data, test = images(recipe)
    weights = first_weights(recipe, rng)
    step = _Optimizer(recipe, weights)
    drop = [np.float32(layer.dropout) for layer in recipe.hidden]
    result = Result()
    for _epoch in epochs(recipe, result):
        for chosen in batches(recipe, rng):
            inputs, masks = _forward(weights, data.x[chosen], drop, rng)
            step(_backward(recipe, weights, inputs, masks, data.one_hot[chosen]))
    result.accuracy = _accuracy(weights, test)
    return result


def _forward(
    weights: list[Floats], x: Floats, drop: list[np.float32], rng: np.random.Generator
) -> tuple[list[Floats], list[Floats]]:
    """Return each layer's input, the softmax last, and the masks of ReLU and dropout."""
    inputs, masks = [x], []
    for i, rate in enumerate(drop):
        z = inputs[-1] @ weights[2 * i] + weights[2 * i + 1]
        mask = (z > 0).astype(np.float32)
        if rate:
            mask *= (rng.random(z.shape, np.float32) >= rate) / (1 - rate)
        masks.append(mask)
        inputs.append(z * mask)
    z = inputs[-1] @ weights[-2] + weights[-1]
    e = np.exp(z - z.max(1, keepdims=True))
    inputs.append(e / e.sum(1, keepdims=True))
    return inputs, masks


def _backward(
    recipe: Recipe, weights: list[Floats], inputs: list[Floats], masks: list[Floats], truth: Floats
) -> list[Floats]:
    p = inputs[-1]
    if recipe.loss == "mean_squared_error":
        d = 2 * (p - truth) / p.size
        delta = p * (d - (d * p).sum(1, keepdims=True))
    else:
        delta = (p - truth) / np.float32(len(p))
    out: list[Floats] = []
    for i in range(len(masks), -1, -1):
        out[:0] = [inputs[i].T @ delta, delta.sum(0)]
        if i:
            delta = (delta @ weights[2 * i].T) * masks[i - 1]
    return out


class _Optimizer:
    """Adam, RMSprop or SGD, in place."""

    def __init__(self, recipe: Recipe, weights: list[Floats]) -> None:
        self.kind, self.rate = recipe.optimizer, np.float32(recipe.learning_rate)
        self.options = {name: np.float32(value) for name, value in options(recipe).items()}
        self.weights = weights
        self.mean = [np.zeros_like(w) for w in weights]
        self.square = [np.zeros_like(w) for w in weights]
        self.steps = 0

    def __call__(self, gradients: list[Floats]) -> None:
        self.steps += 1
        for w, g, m, v in zip(self.weights, gradients, self.mean, self.square, strict=True):
            w -= self._change(g, m, v)

    def _change(self, g: Floats, m: Floats, v: Floats) -> Floats:
        if self.kind == "sgd":
            return self.rate * g
        epsilon = self.options["epsilon"]
        if self.kind == "rmsprop":
            v += (1 - self.options["rho"]) * (g * g - v)
            return self.rate * g / np.sqrt(v + epsilon)
        one, two = self.options["beta_1"], self.options["beta_2"]
        m += (1 - one) * (g - m)
        v += (1 - two) * (g * g - v)
        rate = self.rate * np.sqrt(1 - two**self.steps) / (1 - one**self.steps)
        return rate * m / (np.sqrt(v) + epsilon)


def _accuracy(weights: list[Floats], test: Images) -> float:
    x = test.x
    for i in range(0, len(weights) - 2, 2):
        x = np.maximum(x @ weights[i] + weights[i + 1], 0)
    return float(np.mean((x @ weights[-2] + weights[-1]).argmax(1) == test.y))
