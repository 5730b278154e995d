"""The browser's side of Streamlit's protocol, without a browser.

A `Tab` does what Streamlit's front end (1.67) does: it takes the cookies, opens the websocket,
keeps each widget's value as the page's messages give it, sends all of them with every rerun, knows
which fragment a widget lies in, keeps what the server may refer to later, and connects again when
the server is back. What it does not do is draw. One event loop, any number of tabs.
"""

import asyncio
import json
import time
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.WidgetStates_pb2 import WidgetState
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

PATIENCE = 120.0  # seconds that a page may take
FIRST_WAIT, MAX_WAIT = 0.1, 4.0  # seconds between two tries to connect; it doubles
ASKED_FIRST = ("_stcore/health", "_stcore/host-config")  # by the browser, before it connects
_XSRF = "_streamlit_xsrf"
_NO_TOKEN = "PLACEHOLDER"  # in its place, so that the session's id comes third
_EVENTS = "$$STREAMLIT_INTERNAL_KEY_{}__events"  # the id of a component's events, from its own
_PASSING = {"trigger_value", "json_trigger_value"}  # are sent once
_SCRIPT = ForwardMsg.ScriptFinishedStatus
_OVER = (_SCRIPT.FINISHED_SUCCESSFULLY, _SCRIPT.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


def user_key(element_id: str) -> str:
    """Return the `key=` of a widget from its id `$$ID-<hash>-<key>`."""
    return element_id.split("-", 2)[-1]


def _number(element: Any) -> dict[str, Any]:
    value = element.value if element.set_value else element.default
    given = element.HasField("value" if element.set_value else "default")
    whole = element.data_type == NumberInput.INT
    return {} if not given else {"int_value": int(value)} if whole else {"double_value": value}


def _selected(element: Any) -> dict[str, Any]:
    if element.set_value:
        return {"string_value": element.raw_value} if element.HasField("raw_value") else {}
    return {"string_value": element.options[element.default]} if element.HasField("default") else {}


def _several(element: Any) -> dict[str, Any]:
    labels = [getattr(option, "content", option) for option in element.options]
    chosen = element.raw_values if element.set_value else [labels[i] for i in element.default]
    return {"string_array_value": {"data": chosen}}


def _switch(element: Any) -> dict[str, Any]:
    return {"bool_value": element.value if element.set_value else element.default}


def _text(element: Any) -> dict[str, Any]:
    return {"string_value": element.value if element.set_value else element.default}


# Value of an untouched widget by its kind; other kinds send nothing.
_UNTOUCHED: dict[str, Callable[[Any], dict[str, Any]]] = {
    "button_group": _several,
    "checkbox": _switch,
    "multiselect": _several,
    "number_input": _number,
    "selectbox": _selected,
    "text_input": _text,
}


class Tab:
    """One tab of one browser, at one page; times are of `time.perf_counter`, seconds.

    Attributes:
        began: when the tab opened the address.
        sent: when the last rerun was asked for.
        arrived: when each keyed element came last, by its key.
        finished: when the last run of the script was over.
        values: what each component showed last, by its key, as JSON.
        query: the address' parameters, without the question mark.
        messages: how many messages came.
        is_connected: False once the server has hung up.
    """

    def __init__(self, url: str, page: str = "", query: str = "") -> None:
        self.url, self.page, self.query = url, page, query
        self.began = self.sent = self.finished = 0.0
        self.arrived: dict[str, float] = {}
        self.values: dict[str, str] = {}
        self.messages = 0
        self.is_connected = False
        self._cookies: dict[str, str] = {}
        self._socket: WebSocketClientConnection | None = None
        self._page_hash = self._session = ""
        self._ids: dict[str, str] = {}
        self._fragments: dict[str, str] = {}
        self._widgets: dict[str, WidgetState] = {}
        self._seen: set[str] = set()
        self._kept: dict[str, ForwardMsg] = {}
        self._over: asyncio.Future[None] | None = None
        self._is_lost = False  # the last run, since the server has hung up meanwhile
        self._ran: list[str] = []  # fragments of the last run
        self._timed: set[str] = set()  # fragments that run again by themselves

    # -- what a person does ----------------------------------------------------------------------

    async def open(self) -> None:
        """Open the address and wait for the page.

        Raises:
            TimeoutError: if the page does not come.
            ConnectionError: if the server hangs up.
        """
        self.began = time.perf_counter()
        await self._get(self.page)
        await self._connect()
        self.is_connected = True
        await self._rerun()

    async def reconnect(self) -> None:
        """Wait for the server and connect; errors as of `open`.

        The page runs again only if a run was lost, if the last one was of a fragment, or if a
        fragment is timed.
        """
        until, wait = time.perf_counter() + PATIENCE, FIRST_WAIT
        while time.perf_counter() < until:
            try:
                await self._connect()
                break
            except (OSError, HTTPClientError):  # ConnectionError is an OSError
                await asyncio.sleep(wait)
                wait = min(2 * wait, MAX_WAIT)
        else:
            raise TimeoutError("the server did not come back")
        self.is_connected = True
        if self._is_lost or self._ran or self._timed:
            await self._rerun()

    async def _connect(self) -> None:
        for path in ASKED_FIRST:
            await self._get(path)
        place = urlsplit(self.url)
        headers = {"Origin": self.url, "Cookie": self._cookie(), "User-Agent": "load"}
        request = HTTPRequest(f"ws://{place.netloc}/_stcore/stream", headers=headers)
        known = (self._cookies.get(_XSRF, "") or _NO_TOKEN, self._session)
        self._socket = await websocket_connect(
            request,
            subprotocols=["streamlit", *filter(None, known)],
            on_message_callback=self._receive,
        )

    async def press(self, key: str) -> None:
        """Press a button and wait for the page."""
        await self._change(key, trigger_value=True)

    async def post(self, path: str, body: str) -> None:
        """Post a body to an address of the server; tornado's HTTPClientError if it is refused."""
        self.sent = time.perf_counter()
        headers = {"Cookie": self._cookie()}
        request = HTTPRequest(f"{self.url}{path}", method="POST", headers=headers, body=body)
        await AsyncHTTPClient().fetch(request)
        self.finished = time.perf_counter()

    async def send_event(self, key: str, event: str, value: Any = True) -> None:
        """Send an event of a component, with a value of plain JSON types, and wait for the page."""
        events = json.dumps([{"event": event, "value": value}])
        await self._change(key, _EVENTS, json_trigger_value=events)

    def close(self) -> None:
        """Close the tab."""
        if self._socket is not None:
            self._socket.close()

    def key(self, prefix: str) -> str:
        """Return the key of a shown element by its beginning; KeyError if there is none."""
        for key in self._ids:
            if key.startswith(prefix):
                return key
        raise KeyError(prefix)

    def shows(self, key: str) -> bool:
        """True if the page has an element with this key."""
        return key in self._ids

    # -- what the front end does -----------------------------------------------------------------

    async def _get(self, path: str) -> None:
        request = HTTPRequest(f"{self.url}/{path}", headers={"Cookie": self._cookie()})
        answer = await AsyncHTTPClient().fetch(request)
        for line in answer.headers.get_list("set-cookie"):
            self._cookies.update({name: part.value for name, part in SimpleCookie(line).items()})

    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    async def _change(self, key: str, name: str = "{}", **value: Any) -> None:
        element_id = self._ids[key]
        widget_id = name.format(element_id)
        self._widgets[widget_id] = WidgetState(id=widget_id, **value)
        try:
            await self._rerun(self._fragments.get(element_id, ""))
        finally:
            if value.keys() & _PASSING:
                self._widgets.pop(widget_id, None)

    async def _rerun(self, fragment: str = "") -> None:
        message = BackMsg(rerun_script=self.state(fragment)).SerializeToString()
        self._over = asyncio.get_running_loop().create_future()
        assert self._socket is not None
        self.sent = time.perf_counter()
        await self._socket.write_message(message, binary=True)
        await asyncio.wait_for(self._over, PATIENCE)

    def state(self, fragment: str = "") -> ClientState:
        """Return the message that runs a fragment ("": the page) again."""
        state = ClientState(
            query_string=self.query,
            page_script_hash=self._page_hash,
            page_name="" if self._page_hash else self.page,
            fragment_id=fragment,
            cached_message_hashes=self._kept,
        )
        state.widget_states.widgets.extend(self._widgets.values())
        state.context_info.timezone = "UTC"
        state.context_info.locale = "en-US"
        state.context_info.url = f"{self.url}/{self.page}"
        state.context_info.color_scheme = "light"
        return state

    def _receive(self, raw: str | bytes | None) -> None:
        now = time.perf_counter()
        if isinstance(raw, bytes):
            self.messages += 1
            self.handle(ForwardMsg.FromString(raw), now)
            return
        self.is_connected = False
        if self._over is not None and not self._over.done():
            self._is_lost = True
            self._over.set_exception(ConnectionError("the server hung up"))

    def handle(self, message: ForwardMsg, now: float) -> None:
        """Handle a message of the server that came at the time `now`."""
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            message = self._kept[message.ref_hash]
            kind = message.WhichOneof("type")
        elif message.metadata.cacheable:
            self._kept[message.hash] = message
        fragments = message.metadata.run.fragment_ids
        if kind == "delta":
            self._element(message, now)
        elif kind == "new_session":
            self._page_hash = message.new_session.page_script_hash
            self._session = message.new_session.initialize.session_id or self._session
            self._seen.clear()
            self._ran = list(fragments)
            if not fragments:
                self._timed.clear()
        elif kind == "auto_rerun":
            self._timed.add(message.auto_rerun.fragment_id)
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "script_finished" and message.script_finished in _OVER:
            self._finish(list(fragments), now)

    def _element(self, message: ForwardMsg, now: float) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind is None:  # a container
            return
        shown = getattr(element, kind)
        element_id = getattr(shown, "id", "")
        if not element_id:
            return
        key = user_key(element_id)
        self._ids[key] = element_id
        self._fragments[element_id] = message.delta.fragment_id
        self._seen.add(element_id)
        self.arrived[key] = now
        if kind == "bidi_component":
            self.values[key] = shown.bytes.decode() if shown.bytes else shown.json
        elif kind in _UNTOUCHED and (element_id not in self._widgets or shown.set_value):
            self._widgets[element_id] = WidgetState(id=element_id, **_UNTOUCHED[kind](shown))

    def _finish(self, fragments: list[str], now: float) -> None:
        """Forget the widgets that the run did not show again."""
        self.finished, self._is_lost = now, False
        gone = [
            element_id
            for element_id, fragment in self._fragments.items()
            if element_id not in self._seen and (not fragments or fragment in fragments)
        ]
        for element_id in gone:
            del self._fragments[element_id]
            self._widgets.pop(element_id, None)
            if self._ids.get(user_key(element_id)) == element_id:
                del self._ids[user_key(element_id)]
        if self._over is not None and not self._over.done():
            self._over.set_result(None)
