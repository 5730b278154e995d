"""Mean images: computed once for each data set and split."""

import numpy as np
import pytest

from pages.ui.services import data_cache
from training.data.datasets import DataError


def test_mean_images_are_computed_once() -> None:
    means = data_cache.mean_images("digits", "train")
    assert means.shape == (10, 28, 28) and means.dtype == np.uint8
    assert data_cache.mean_images("digits", "train") is means
    assert data_cache.mean_images("digits", "test") is not means


def test_missing_data_are_reported_each_time() -> None:
    for _twice in range(2):
        with pytest.raises(DataError):
            data_cache.mean_images("fashion_mnist", "train")
