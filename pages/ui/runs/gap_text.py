"""Explanation of the gap between training and test accuracy. Any thread."""

from gettext import gettext as _


def gap_text(gap: float, accuracy: float, interval: tuple[float, float]) -> str:
    """Explain training accuracy minus test `accuracy`, given the interval of the latter."""
    low, high = interval
    if gap > accuracy - low:
        return _(
            "The model is better on the images it learned from than on new ones, and the gap "
            "is too large for chance. This is over-fitting. Dropout, fewer units, "
            "fewer epochs or more images make it smaller."
        )
    if gap < accuracy - high:
        return _(
            "The model is better on the test images than on the images it learned from: the test "
            "images are easier."
        )
    return _("The gap is inside the 95 % interval: no over-fitting can be seen.")
