"""Table of the starts."""

from benchmarks.start import Start, table


def test_each_start_is_compared_with_the_empty_app_beside_it() -> None:
    pairs = [
        (Start(1.0, 1.5), Start(1.2, 3.0)),
        (Start(2.0, 4.0), Start(1.4, 4.0)),  # a busy machine
        (Start(1.2, 2.0), Start(1.0, 3.0)),
    ]
    lines = table(pairs).splitlines()
    assert lines[2] == "| an empty Streamlit app | 1.20 | 2.00 |"
    assert lines[3] == "| this app | 1.20 | 3.00 |"
    assert lines[-1] == "ratio 1.50"
