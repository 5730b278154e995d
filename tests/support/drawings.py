"""Labelled drawings for tests."""

from model_store.classroom.drawing import Drawing, Stroke

POINTS = ((60, 70), (210, 70), (120, 260))


def seven(shift: float = 0.0, label: int = 7, owner: str = "ada") -> Drawing:
    """Return a drawing of a 7, moved to the right by `shift`."""
    return Drawing(label, (Stroke(tuple((x + shift, y) for x, y in POINTS), 20),), owner=owner)


def sevens(count: int, owner: str = "somebody else", label: int = 7) -> list[Drawing]:
    """Return drawings of a 7 whose first strokes differ in length, oldest first."""
    return [
        Drawing(
            label, (Stroke(((60.0 + 2 * i, 70.0), *POINTS[1:]), 20),), owner=owner, time=1.0 + i
        )
        for i in range(count)
    ]
