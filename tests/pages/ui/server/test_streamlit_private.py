"""Private parts of Streamlit that the server depends on."""

import pandas as pd
import pytest
from streamlit.components.v2.bidi_component import serialization

from pages.ui.server.streamlit_private import keep_pandas_out


def test_a_mapping_is_no_table_whatever_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(serialization, "is_dataframe_like", lambda value: bool(asked.append(value)))
    keep_pandas_out()
    given = {"objects": [{"type": "Path"}], "none": None, "many": [1, 2], "one": 1.5}
    assert serialization._extract_dataframes_from_dict(given) == given
    assert asked == [None, 1.5], "Streamlit looks at nothing else"


def test_a_table_is_still_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serialization, "is_dataframe_like", serialization.is_dataframe_like)
    keep_pandas_out()
    blobs: dict[str, bytes] = {}
    serialization._extract_dataframes_from_dict({"t": pd.DataFrame({"a": [1]})}, blobs)
    assert len(blobs) == 1
