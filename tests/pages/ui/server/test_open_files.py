"""The soft limit of open files rises as far as the system allows, and never falls."""

import resource

import pytest

from pages.ui.server.open_files import closed_sessions, raise_open_file_limit

UNLIMITED = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("soft", "hard", "becomes"),
    [
        (256, UNLIMITED, 4096),
        (256, 1024, 1024),
        (1024, 1_048_576, 4096),
        (8192, 1_048_576, None),
        (UNLIMITED, UNLIMITED, None),
    ],
)
def test_the_limit_is_raised(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, becomes: int | None
) -> None:
    wanted: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, limits: wanted.append(limits))
    limit = raise_open_file_limit()
    assert limit == (becomes or (4096 if soft == UNLIMITED else soft))
    assert wanted == ([] if becomes is None else [(becomes, hard)])


def test_a_refusal_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_which: int, _limits: tuple[int, int]) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert raise_open_file_limit(before[1]) == before[0]
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


@pytest.mark.parametrize(("limit", "most"), [(64, 1), (256, 13), (1024, 128), (4096, 128)])
def test_fewer_closed_sessions_are_kept_under_a_low_limit(limit: int, most: int) -> None:
    assert closed_sessions(limit) == most
