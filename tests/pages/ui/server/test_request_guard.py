"""Foreign names, overlong paths, metrics and text frames are refused; all else passes."""

import socket

import pytest
from starlette.types import Message, Receive, Scope, Send

from pages.ui.server.request_guard import MAX_PATH, SETTING, RequestGuard, own_names
from tests.support.asgi import Answer, connect, inner_app, request, run

PASSED = 299


def ask(path: str = "/", headers: dict[str, str] | None = None, **values: object) -> Answer:
    answer: Answer = run(request(RequestGuard(inner_app, own_names()), path, headers, **values))
    return answer


@pytest.mark.parametrize(
    "host",
    [
        *("localhost:8501", "LOCALHOST", "localhost.", "127.0.0.1:8501", "[::1]:8501"),
        *("192.168.1.20:8501", socket.gethostname(), f"{socket.gethostname()}.local:8501"),
        *("lab.school.example", "Softmax:443"),
    ],
)
def test_own_names_and_addresses_pass(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "lab.school.example, softmax")
    assert ask(headers={"host": host}).status == PASSED


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:8501", "", "[::1", "a b"]
)
def test_another_name_is_refused_with_the_setting_to_change(host: str) -> None:
    answer = ask(headers={"host": host})
    assert answer.status == 421
    assert SETTING in answer.body.decode()
    sent = run(connect(RequestGuard(inner_app, own_names()), [], {"host": host}))
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/train", PASSED),
        ("/" + "x" * 255, PASSED),
        ("/_stcore/bidi-components/canvas/" + "x" * 8000, 404),
        ("/" + "ü" * 200, 404),
        ("/x" * MAX_PATH, 404),
    ],
)
def test_a_path_longer_than_file_names_is_not_found(path: str, status: int) -> None:
    assert ask(path).status == status


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        (("127.0.0.1", 1), {}, PASSED),
        (("::1", 1), {}, PASSED),
        (("192.168.1.20", 1), {}, 404),
        (("127.0.0.1", 1), {"x-forwarded-for": "192.168.1.20"}, 404),
        (None, {}, 404),
    ],
)
def test_metrics_are_for_this_machine(client: object, headers: dict[str, str], status: int) -> None:
    for path in ("/_stcore/metrics", "/_stcore/metrics/"):
        assert ask(path, headers, client=client).status == status


def test_a_text_frame_closes_the_connection() -> None:
    received: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        received.extend([await receive() for _message in range(3)])

    binary: Message = {"type": "websocket.receive", "bytes": b"\x00"}
    sent = run(
        connect(
            RequestGuard(app, own_names()), [binary, {"type": "websocket.receive", "text": "hello"}]
        )
    )
    assert sent == [{"type": "websocket.close", "code": 1003}]
    assert [message["type"] for message in received] == [
        "websocket.connect",
        "websocket.receive",
        "websocket.disconnect",
    ]
