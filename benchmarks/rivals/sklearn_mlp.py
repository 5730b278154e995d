"""scikit-learn's `MLPClassifier`: ReLU, Adam, no dropout."""

import numpy as np

from benchmarks.rivals import Result, epochs, images
from model_store.recipe.recipe import Recipe


def train(recipe: Recipe) -> Result:
    """Train on the recipe's full data set."""
    from sklearn.neural_network import MLPClassifier

    data, test = images(recipe)
    model = MLPClassifier(
        [layer.units for layer in recipe.hidden],
        batch_size=recipe.batch_size,
        learning_rate_init=recipe.learning_rate,
        alpha=0.0,
        random_state=recipe.seed,
    )
    result = Result()
    for _epoch in epochs(recipe, result):
        model.partial_fit(data.x, data.y, classes=np.arange(10))
    result.accuracy = float(model.score(test.x, test.y))
    return result
