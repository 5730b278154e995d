"""Labelled drawings for tests."""

from __future__ import annotations

from model_store.classroom.drawing import Drawing, Stroke

POINTS = ((60, 70), (210, 70), (120, 260))


def seven(shift: float = 0.0, label: int = 7, owner: str = "ada") -> Drawing:
    """Return a drawing of a 7, moved to the right by `shift`."""
    return Drawing(label, (Stroke(tuple((x + shift, y) for x, y in POINTS), 20),), owner=owner)
