"""PyTorch: the loop of its beginners' tutorial, on tensors in memory. Needs `torch`."""

from itertools import pairwise

import numpy as np
import torch
from torch import nn

from benchmarks.rivals import Result, batches, epochs, images, options
from model_store.recipe.recipe import Recipe


def train(recipe: Recipe) -> Result:
    """Train on the recipe's full data set."""
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(recipe.seed)
    data, test = images(recipe)
    x, y, one_hot = (torch.from_numpy(a) for a in (data.x, data.y, data.one_hot))
    model = _model(recipe)
    optimizer = _optimizer(recipe, model)
    squared = recipe.loss == "mean_squared_error"
    result = Result()
    for _epoch in epochs(recipe, result):
        model.train()
        for chosen in map(torch.from_numpy, batches(recipe, rng)):
            z = model(x[chosen])
            if squared:
                loss = nn.functional.mse_loss(torch.softmax(z, 1), one_hot[chosen])
            else:
                loss = nn.functional.cross_entropy(z, y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        result.accuracy = float(
            (model(torch.from_numpy(test.x)).argmax(1).numpy() == test.y).mean()
        )
    return result


def _model(recipe: Recipe) -> nn.Sequential:
    layers: list[nn.Module] = []
    widths = [784, *(layer.units for layer in recipe.hidden), 10]
    for i, (rows, columns) in enumerate(pairwise(widths)):
        dense = nn.Linear(rows, columns)
        nn.init.xavier_uniform_(dense.weight)
        nn.init.zeros_(dense.bias)
        layers.append(dense)
        if i < len(recipe.hidden):
            layers += [nn.ReLU(), nn.Dropout(recipe.hidden[i].dropout)]
    return nn.Sequential(*layers)


def _optimizer(recipe: Recipe, model: nn.Module) -> torch.optim.Optimizer:
    own = options(recipe)
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(model.parameters(), recipe.learning_rate)
    if recipe.optimizer == "rmsprop":
        return torch.optim.RMSprop(
            model.parameters(), recipe.learning_rate, alpha=own["rho"], eps=own["epsilon"]
        )
    betas = (own["beta_1"], own["beta_2"])
    return torch.optim.Adam(model.parameters(), recipe.learning_rate, betas, eps=own["epsilon"])
