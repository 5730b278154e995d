"""Pages run by AppTest, with the test's own store and an engine that is not started."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner
from streamlit.testing.v1 import AppTest

from pages.ui.services import shared, singletons

PAGES = Path(__file__).resolve().parents[2] / "pages"


@pytest.fixture(scope="session", autouse=True)
def as_in_the_server() -> Iterator[None]:
    """Skip slow work that a real server does once or never.

    AppTest reads the metadata of all installed packages, most of a second long. Streamlit clears
    Keras' session after each run if Keras is loaded, as other tests of this process may have done.
    """
    with pytest.MonkeyPatch.context() as patch:
        once = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", once)
        patch.setattr(script_runner, "_clean_problem_modules", lambda: None)
        yield


@pytest.fixture(autouse=True)
def fresh_services() -> Iterator[None]:
    """Reset the shared services, so that no test sees another's store."""
    shared.reset()
    yield
    singletons.stop()
    shared.reset()


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """Run a page with URL parameters and fail on any exception."""

    def run(name: str, **params: str) -> AppTest:
        at = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=20)
        for key, value in params.items():
            at.query_params[key] = value
        at.run()
        assert not at.exception, at.exception
        return at

    return run
