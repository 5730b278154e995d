"""Mean images: computed once for a data set, and again when it changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pages.ui.services import data_cache, singletons
from training.data import datasets
from training.data.datasets import DataError


def test_the_mean_of_a_class_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    means = data_cache.mean_images("digits", "train")
    assert means.shape == (10, 28, 28) and means.dtype == np.uint8
    assert data_cache.mean_images("digits", "train") is means
    assert data_cache.mean_images("digits", "test") is not means
    data = datasets.load("digits")
    monkeypatch.setattr(singletons, "dataset", lambda name: replace(data, fingerprint="another"))
    assert data_cache.mean_images("digits", "train") is not means


def test_missing_data_are_reported_each_time() -> None:
    for _twice in range(2):
        with pytest.raises(DataError):
            data_cache.mean_images("fashion_mnist", "train")
