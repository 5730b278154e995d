"""Letters and colours of the chosen runs."""

from pages.ui.runs.run_marks import LETTERS, assign_marks


def test_a_run_keeps_its_mark_while_others_come_and_go() -> None:
    first = assign_marks(["a", "b", "c"], {})
    assert first == {"a": 0, "b": 1, "c": 2}
    assert assign_marks(["c", "b"], first) == {"c": 2, "b": 1}
    assert assign_marks(["c", "d"], {**first}) == {"c": 2, "d": 0}
    assert assign_marks(["d", "a"], {"d": 0, "a": 0}) == {"d": 0, "a": 1}, "no two alike"
    many = [str(n) for n in range(len(LETTERS))]
    assert sorted(assign_marks(many, {}).values()) == list(range(len(LETTERS)))
