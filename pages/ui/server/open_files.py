"""Limit of open files of this process."""

from contextlib import suppress

ENOUGH = 4096
CLASS = 215  # files that the server and its engine have open with 30 visitors
A_SESSION = 3  # files of a session whose browser has gone
MAX_CLOSED = 128


def raise_open_file_limit(enough: int = ENOUGH) -> int:
    """Raise the soft limit towards `enough`: each session needs several, and macOS allows 256.

    Returns the limit.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return enough
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = enough if hard == unlimited else min(enough, hard)
    if soft != unlimited and soft < wanted:
        with suppress(OSError, ValueError):  # the system may allow less than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return enough if soft == unlimited else soft


def closed_sessions(limit: int) -> int:
    """Return how many sessions whose browser has gone fit under a limit beside a class."""
    return max(1, min(MAX_CLOSED, (limit - CLASS) // A_SESSION))
