"""Fixtures of all tests that run pages."""

from tests.support.page_fixtures import as_in_the_server, fresh_services, visit

__all__ = ["as_in_the_server", "fresh_services", "visit"]
