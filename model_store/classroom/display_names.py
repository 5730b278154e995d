"""The names that people gave themselves, in the store's database.

A name is only displayed. Ids alone decide who owns a run.
Any thread, several processes.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, delete, select, update

from model_store.recipe.text import one_line, printable, text_problem
from model_store.storage.database.database import Database
from model_store.storage.database.schema import people, runs
from model_store.storage.errors import RunDamaged, StoreError
from model_store.storage.run_query import owner_hash
from model_store.storage.run_rows import owner_values

MAX_NAME = 24


def short_id(owner: str) -> str:
    """Four characters that tell an owner from others without giving the id away."""
    return owner_hash(owner)[:4]


def clean(name: str) -> str:
    """One line of at most `MAX_NAME` characters, without any that are unseen or turn the text."""
    return one_line(printable(name[: 10 * MAX_NAME]))[:MAX_NAME].strip()


class DisplayNames:
    """The names in one store; runs are ordered by them and found by them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def name(self, owner: str) -> str:
        """Return the owner's name; "" if there is none, or none that can be read."""
        return self.names([owner]).get(owner, "")

    def names(self, owners: Iterable[str]) -> dict[str, str]:
        """Return the names of those of the owners who have one, by owner."""
        hashes = {owner_hash(owner): owner for owner in owners}
        try:
            rows = self._database.rows(select(people).where(people.c.owner_hash.in_(hashes)))
        except RunDamaged:
            return {}
        return {hashes[row.owner_hash]: clean(row.name) for row in rows}

    def rename(self, owner: str, name: str) -> str:
        """Keep what is left of `name` after `clean`, "" for none; returns it.

        Raises:
            StoreError: if it contains a character that cannot be saved, or cannot be written.
        """
        if problem := text_problem(name):
            raise StoreError(problem)
        kept = clean(name)
        with self._database.write() as connection:
            if kept:
                statement = self._database.insert(people)
                statement = statement.values(owner_hash=owner_hash(owner), name=kept)
                key = [people.c.owner_hash]
                connection.execute(
                    statement.on_conflict_do_update(index_elements=key, set_={"name": kept})
                )
            else:
                connection.execute(delete(people).where(_of(owner)))
            of_theirs = update(runs).where(runs.c.owner == owner)
            connection.execute(of_theirs.values(owner_values(kept)))
        return kept


def _of(owner: str) -> ColumnElement[bool]:
    return people.c.owner_hash == owner_hash(owner)
