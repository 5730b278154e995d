"""What the server loads after it answers browsers: modules of the pages, engine. Any thread.

Functions of this package can be called before their modules are there. `python -m benchmarks.start`
measures what that is worth.
"""

import gc
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pkgutil import walk_packages
from threading import Event, Thread
from typing import Any

from pages import ui

TOPICS = ("run", "state", "epochs", "weights", "queue", "sweep", "download", "class", "board")
FIRST_PAGE = (  # all that the shell and Home import
    "pages.ui.services.model_cache",
    "pages.ui.server.turns",
    "pages.ui.pad.pad",
    "pages.ui.components.answer",
    "pages.ui.frame.display_options",
    "pages.ui.frame.model_picker",
    "pages.ui.classroom.server_status",
    "model_store.lessons.library",
)
SCRIPT = "pages.ui.frame.shell"  # no module: each session runs it
BROWSER = 3.0  # seconds that a browser has for the first page before the engine takes a processor
LOOK = 0.5  # seconds between two looks whether the engine has started
_ended = Event()


def late(module: str, name: str) -> Callable[..., Any]:
    """Return a function of a module of this package, which its first call loads."""

    def call(*args: Any) -> Any:
        return getattr(import_module(f"{__package__}.{module}"), name)(*args)

    return call


def topic_kinds() -> dict[str, Callable[[str], Any]]:
    """Return what `live_topics.KINDS` opens, by its kinds."""
    return {kind: partial(late("live_topics", "open_topic"), kind) for kind in TOPICS}


def start() -> None:
    """Load the modules of the pages and start the engine, in the background.

    Garbage collection begins afterwards, and leaves out what is loaded by then: nine in ten objects
    belong to modules, and all scripts and requests wait while Python looks at them.
    """
    gc.disable()
    Thread(target=_load, name="late", daemon=True).start()


def _load() -> None:
    try:
        for module in FIRST_PAGE:
            import_module(module)
        if _ended.wait(BROWSER):
            return
        late("singletons", "start")()
        engine = late("singletons", "engine")()
        while engine.status().state == "starting":
            if _ended.wait(LOOK):
                return
        for found in walk_packages(ui.__path__, f"{ui.__name__}."):
            if found.name != SCRIPT:
                import_module(found.name)
    finally:
        gc.freeze()
        gc.enable()


def stop() -> None:
    """End the engine and its workers, even before they have started."""
    _ended.set()
    late("singletons", "stop")()
