"""Private parts of Streamlit that the server depends on."""

from types import SimpleNamespace

import pandas as pd
import pytest
import streamlit as st
from streamlit import delta_generator, env_util
from streamlit.components.v2.bidi_component import serialization
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.ui.server import streamlit_private
from pages.ui.server.streamlit_private import (
    keep_pandas_out,
    run_again_after_a_gap,
    skip_console_check,
)


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


def test_the_first_element_does_not_look_for_a_console(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[bool] = []
    monkeypatch.setattr(env_util, "is_repl", lambda: bool(looks.append(True)))
    monkeypatch.setattr(delta_generator, "_use_warning_has_been_displayed", False)
    st.empty()
    assert looks == [True], "Streamlit does by itself"
    monkeypatch.setattr(delta_generator, "_use_warning_has_been_displayed", False)
    skip_console_check()
    st.empty()
    assert looks == [True]


def test_a_session_is_told_of_a_timed_fragment(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[ForwardMsg] = []
    context = SimpleNamespace(enqueue=sent.append)
    monkeypatch.setattr(streamlit_private, "get_script_run_ctx", lambda: context)
    run_again_after_a_gap()
    assert [message.auto_rerun.interval for message in sent] == [24 * 3600]
    assert sent[0].auto_rerun.fragment_id
