"""Figures of the drawing benchmark: places of drawings, and right answers."""

import numpy as np

from benchmarks import drawing
from model_store import ModelStore
from model_store.inference.classifier import Classifier
from tests.support.pen_strokes import ONE, SEVEN
from training.data.pen_files import PenDrawing

DRAWINGS = [
    PenDrawing(label, tuple(np.array(s, float) * (1, -1) for s in strokes))
    for label, strokes in ((1, ONE), (7, SEVEN))
]


def test_a_digit_has_its_size_and_stays_on_the_pad_in_every_place() -> None:
    for place in ((0, 0), (0.5, 1), (1, 1)):
        for size in drawing.SIZES:
            points = np.concatenate(
                [np.asarray(s.points) for s in drawing.on_pad(DRAWINGS[1], size, 22, place)]
            )
            assert np.ptp(points, axis=0).max() == np.float64(size)
            assert points.min() >= 11 - 1e-9 and points.max() <= drawing.PAD - 11 + 1e-9


def test_photos_of_either_ink_look_like_the_strokes_prepared() -> None:
    for case in ((120.0, 22.0, 9), (200.0, 8.0, 1)):
        drawn = drawing.pictures(DRAWINGS, case)[drawing.STEPS.index("centred")].astype(int)
        dark, light = drawing.photos(DRAWINGS, case).astype(int)
        assert np.abs(dark - drawn).mean() < 12
        assert np.abs(light - drawn).mean() < 12


def test_right_answers_are_counted_and_a_blank_is_never_right() -> None:
    starter = ModelStore(drawing.default_root()).open("starter-drawing")
    asked = drawing.pictures(DRAWINGS, drawing.USUAL)
    labels = np.array([1, 7])
    shares = drawing.accuracies(Classifier.load(starter), asked, labels)
    assert len(shares) == len(drawing.DRAWN)
    assert shares[drawing.STEPS.index("centred")] == 1
    blank = np.zeros((1, 10, 28, 28), np.uint8)
    assert drawing.accuracies(Classifier.load(starter), blank, np.arange(10)) == [0]


def test_the_models_are_those_of_digits_the_shipped_first() -> None:
    runs = drawing.models(ModelStore(drawing.default_root()))
    assert {run.id for run in runs} == {"starter-drawing", "starter-mnist"}
