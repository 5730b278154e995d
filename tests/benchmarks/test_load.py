"""Figures of the load benchmark, and its visitors' reading of Streamlit's messages."""

import json

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks import load, soak
from benchmarks.streamlit_client import Tab, user_key
from benchmarks.visitors import SEVEN, SIDE, Window, pad_state, stroke
from pages.ui.pad.pad import read_strokes


def test_waits_are_in_milliseconds() -> None:
    assert load.spread([0.001 * n for n in range(101)]) == pytest.approx((50, 95, 100))


def test_a_line_of_the_table_tells_what_each_party_used_of_a_core() -> None:
    row = load.Row("30 draw", [0.01, 0.03], Window(seconds=10, server=4, workers=0.5, visitors=1))
    assert str(row) == "| 30 draw | 2 | 20 | 29 | 30 | 40 % | 5 % | 10 % |"
    assert load.HEAD.splitlines()[0].count("|") == str(row).count("|")


def test_growth_is_measured_from_the_first_to_the_last() -> None:
    assert soak.growth([200, 260, 210]) == "+5.0 %"
    assert soak.growth([]) == "nothing to compare"


def test_a_stroke_is_one_that_the_pad_reads() -> None:
    sent = json.loads(pad_state([stroke(*ends) for ends in SEVEN]))
    read = read_strokes(sent["strokes"])
    assert len(read) == 2
    for line, (begin, end) in zip(read, SEVEN, strict=True):
        assert [line.points[0], line.points[-1]] == [
            pytest.approx([SIDE * v for v in place], abs=0.05) for place in (begin, end)
        ]


# -- what a tab makes of a page's messages ---------------------------------------------------------


def element(kind: str, key: str, **values: object) -> ForwardMsg:
    message = ForwardMsg()
    message.delta.fragment_id = "part"
    shown = getattr(message.delta.new_element, kind)
    shown.id = f"$$ID-0123abcd-{key}"
    for name, value in values.items():
        if isinstance(value, list):
            getattr(shown, name).extend(value)
        else:
            setattr(shown, name, value)
    return message


def over(*fragments: str) -> ForwardMsg:
    message = ForwardMsg()
    message.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    message.metadata.run.fragment_ids.extend(fragments)
    return message


def new_run(*fragments: str) -> ForwardMsg:
    message = ForwardMsg()
    message.new_session.page_script_hash = "page"
    message.metadata.run.fragment_ids.extend(fragments)
    return message


def test_widgets_keep_what_the_page_gives_them() -> None:
    tab = Tab("http://localhost")
    tab.handle(element("checkbox", "on", default=True), 1.0)
    tab.handle(element("number_input", "units", data_type=0, default=64.0), 1.0)
    tab.handle(element("selectbox", "model", options=["a", "b"], default=1), 1.0)
    tab.handle(
        element("multiselect", "panel", options=["a", "b"], set_value=True, raw_values=["b"]), 1.0
    )
    sent = {user_key(state.id): state for state in tab.state().widget_states.widgets}
    assert sent["on"].bool_value is True
    assert sent["units"].int_value == 64
    assert sent["model"].string_value == "b"
    assert list(sent["panel"].string_array_value.data) == ["b"]


def test_a_widget_that_is_gone_is_not_sent_again() -> None:
    tab = Tab("http://localhost")
    for message in (new_run(), element("checkbox", "first"), element("checkbox", "second"), over()):
        tab.handle(message, 1.0)
    for message in (new_run("part"), element("checkbox", "second"), over("part")):
        tab.handle(message, 1.0)
    assert [user_key(state.id) for state in tab.state().widget_states.widgets] == ["second"]
    assert tab.key("sec") == "second"
    with pytest.raises(KeyError):
        tab.key("first")


def test_what_the_server_refers_to_again_is_kept() -> None:
    tab = Tab("http://localhost")
    big = element("bidi_component", "bars", json="{}")
    big.hash, big.metadata.cacheable = "f00", True
    tab.handle(big, 1.0)
    again = ForwardMsg()
    again.ref_hash = "f00"
    tab.arrived.clear()
    tab.handle(again, 1.0)
    assert "bars" in tab.arrived
    assert list(tab.state().cached_message_hashes) == ["f00"]


def test_the_next_message_has_the_address_that_the_page_has_set() -> None:
    tab = Tab("http://localhost", "train", "recipe=digits-quick")
    assert tab.state().page_name == "train"
    moved = ForwardMsg()
    moved.page_info_changed.query_string = "run=abc"
    tab.handle(new_run(), 1.0)
    tab.handle(moved, 1.0)
    state = tab.state("part")
    assert (state.query_string, state.page_name, state.page_script_hash) == ("run=abc", "", "page")
    assert state.fragment_id == "part"
