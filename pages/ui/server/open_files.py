"""Limit of open files of this process."""

from contextlib import suppress

ENOUGH = 4096


def raise_open_file_limit(enough: int = ENOUGH) -> None:
    """Raise the soft limit towards `enough`: each session needs several, and macOS allows 256."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = enough if hard == unlimited else min(enough, hard)
    if soft != unlimited and soft < wanted:
        with suppress(OSError, ValueError):  # the system may allow less than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
