"""Custom components of a page as AppTest sees them: data in, events out."""

import json
from typing import Any

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest


def component_data(at: AppTest, name: str) -> list[Any]:
    """Return the data of each component of this name, in plain types."""
    return [json.loads(proto.bytes or proto.json) for proto in _protos(at, name)]


def basic_fields(at: AppTest) -> dict[str, Any]:
    """Return what Train's first fields show: recipe, data set, layers, epochs, Start."""
    (data,) = component_data(at, "basic_fields")
    return dict(data)


def change_fields(at: AppTest, **values: object) -> AppTest:
    """Let the browser tell that these are in Train's first fields now."""
    return send_event(at, "basic_fields", "changed", {**basic_fields(at), **values})


def press_start(at: AppTest) -> AppTest:
    """Press Start on Train, which must offer it."""
    assert basic_fields(at)["start"] == "on"
    return send_event(at, "basic_fields", "start", basic_fields(at))


def send_event(at: AppTest, name: str, event: str, value: object) -> AppTest:
    """Send an event from the only component of this name, and rerun the page."""
    (proto,) = _protos(at, name)
    states = at._tree.get_widget_states()
    events = json.dumps([{"event": event, "value": value}])
    trigger = WidgetState(id=_make_trigger_id(proto.id, "events"), json_trigger_value=events)
    states.widgets.append(trigger)
    at._run(states)
    assert not at.exception
    return at


def _protos(at: AppTest, name: str) -> list[Any]:
    protos = [element.proto for element in at.get("bidi_component")]
    return [proto for proto in protos if proto.component_name.endswith(name)]
