"""A network's answers to drawings, and its accuracy in words."""

import numpy as np

from model_store import ModelStore
from model_store.classroom.drawing import Drawing, Stroke
from model_store.inference.classifier import Classifier
from model_store.storage.store import default_root
from tests.support.drawing_images import prepared_images
from training.images.drawing_test import DrawingResults

SEVEN = (Stroke(((60.0, 70.0), (210.0, 70.0), (120.0, 260.0)), 20),)


def test_answers_are_in_the_order_of_the_drawings_and_counted() -> None:
    drawings = tuple(Drawing(label, SEVEN) for label in (7, 1, 7, 7))
    classifier = Classifier.load(ModelStore(default_root()).open("starter-mnist"))
    results = DrawingResults.of(classifier, drawings, prepared_images(drawings))
    assert results.drawings == drawings
    assert results.evaluation.answers.tolist() == [7] * 4
    assert np.array_equal(results.evaluation.right, [True, False, True, True])
    assert results.accuracy_text() == "75.0 % (3 of 4)"
