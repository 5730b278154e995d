"""`make class`: open the Class page in a browser once the server answers. No Streamlit."""

import sys
import time
import urllib.request
import webbrowser
from collections.abc import Callable

PATIENCE = 120.0  # seconds: the first start compiles bytecode
EVERY = 0.5  # seconds


def is_healthy(base: str) -> bool:
    """True if the server at an address answers."""
    try:
        with urllib.request.urlopen(f"{base}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def open_class_page(
    base: str,
    *,
    healthy: Callable[[str], bool] = is_healthy,
    show: Callable[[str], object] = webbrowser.open,
    wait: Callable[[float], None] = time.sleep,
    patience: float = PATIENCE,
) -> bool:
    """Show the Class page of the server at `base`; False if it does not answer in `patience` s."""
    for _try in range(round(patience / EVERY)):
        if healthy(base):
            address = f"{base}/classroom"
            print(f"\n  Open a class: {address}\n", flush=True)
            show(address)
            return True
        wait(EVERY)
    return False


if __name__ == "__main__":
    open_class_page(f"http://localhost:{sys.argv[1]}")
