"""Classes: opened by a teacher, joined with a code, with activities and what members gave to them.

All of a class is in the store's database and survives a restart. The visitor id of a browser
identifies a member and stays secret. A short id, valid in one class, is public. Any thread, several
processes.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from model_store.classroom import activities
from model_store.recipe.text import one_line, printable, text_problem
from model_store.storage.database.database import Database
from model_store.storage.database.schema import activities as activity_table
from model_store.storage.database.schema import classes as class_table
from model_store.storage.database.schema import entries as entry_table
from model_store.storage.database.schema import members as member_table
from model_store.storage.errors import StoreError
from model_store.text import _

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that looks like another
CODE_LENGTH = 6
PERSONAL_LENGTH = 5
MAX_NICKNAME = 24
MAX_NAME = 60
MAX_MEMBERS = 200
MAX_OPEN = 20  # classes of a server at once
MAX_ENTRIES = 40  # of a member in one activity


class ClassError(StoreError):
    """A request that a class refuses; the message is a sentence for a person."""


class WrongCode(ClassError):
    """Code of no open class, or personal code of no member."""


@dataclass(frozen=True, slots=True)
class ClassSettings:
    """Settings of a teacher: nicknames on the board, names beside curves, pause.

    `model` is the id of the run that reads the class's drawings; "" is the built-in one.
    """

    nicknames: bool = True
    named_curves: bool = True
    paused: bool = False
    model: str = ""

    @classmethod
    def from_dict(cls, raw: object) -> ClassSettings:
        """Return the settings of plain JSON types; what is damaged has its default."""
        values = raw if isinstance(raw, Mapping) else {}
        usual = cls().to_dict()
        kept: Any = {k: v for k, v in values.items() if type(v) is type(usual.get(k))}
        return cls(**kept)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class SchoolClass:
    """A class. `code` is what members type; times are unix seconds."""

    id: str
    code: str
    name: str
    owner: str
    created: float
    closed: float | None = None
    settings: ClassSettings = field(default_factory=ClassSettings)


@dataclass(frozen=True, slots=True)
class Member:
    """Member of a class. `visitor` is secret; `personal_code` is shown to the member alone."""

    id: str
    visitor: str
    personal_code: str
    nickname: str = ""
    joined: float = 0.0
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Activity:
    """Something to do together. `kind` is one of `activities.KINDS`; `ends` is planned."""

    id: str
    kind: str
    settings: Mapping[str, Any]
    started: float
    ends: float | None = None
    ended: float | None = None
    is_revealed: bool = False

    def is_open(self, now: float) -> bool:
        """True while members may give something."""
        return self.ended is None and (self.ends is None or now < self.ends)

    def is_late(self, now: float) -> bool:
        """True in the seconds after its end in which a drawing still counts."""
        ends = [end for end in (self.ends, self.ended) if end is not None]
        return not self.is_open(now) and now < min(ends) + activities.LATE


@dataclass(frozen=True, slots=True)
class Entry:
    """Contribution of a member to an activity, one for each `slot`."""

    member: str
    slot: str
    changed: float
    content: Mapping[str, Any]


class ClassStore:
    """The classes of one store."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def now(self) -> float:
        """Return the time by which activities end, in unix seconds."""
        return self._clock()

    # -- classes -------------------------------------------------------------------------------

    def open(self, owner: str, name: str = "") -> SchoolClass:
        """Open a class for its teacher, the visitor `owner`.

        Raises:
            ClassError: if the name cannot be kept, or too many classes are open.
            StoreError: if it cannot be written.
        """
        name = _clean(name, MAX_NAME)
        with self._database.write() as connection:
            asked = select(func.count()).where(class_table.c.closed.is_(None))
            if (connection.execute(asked).scalar() or 0) >= MAX_OPEN:
                raise ClassError(_("Too many classes are open. Close one of them first."))
            code = self._new_code(connection)
            found = SchoolClass(secrets.token_hex(8), code, name, owner, self._clock())
            connection.execute(
                insert(class_table).values(
                    id=found.id,
                    code=code,
                    name=name,
                    owner=owner,
                    created=found.created,
                    settings=found.settings.to_dict(),
                )
            )
        return found

    def find(self, code: str) -> SchoolClass | None:
        """Return the class of a code as a person types it: any case, spaces; None without one."""
        return self._class(class_table.c.code == _typed(code))

    def get(self, class_id: str) -> SchoolClass | None:
        """Return the class of an id."""
        return self._class(class_table.c.id == class_id)

    def of_owner(self, owner: str) -> Sequence[SchoolClass]:
        """Return the classes that a teacher opened, newest first."""
        asked = select(class_table).where(class_table.c.owner == owner)
        return [
            _read_class(row) for row in self._rows(asked.order_by(class_table.c.created.desc()))
        ]

    def all(self) -> Sequence[SchoolClass]:
        """Return all classes, newest first."""
        asked = select(class_table).order_by(class_table.c.created.desc())
        return [_read_class(row) for row in self._rows(asked)]

    def set(self, class_id: str, settings: ClassSettings) -> None:
        """Keep the teacher's settings."""
        self._change_class(class_id, settings=settings.to_dict())

    def close(self, class_id: str) -> None:
        """End the class and what is open in it; everything stays for the report."""
        self.end_activity(class_id)
        self._change_class(class_id, closed=self._clock())

    def delete(self, class_id: str) -> None:
        """Delete the class with its members, activities and entries."""
        with self._database.write() as connection:
            connection.execute(delete(class_table).where(class_table.c.id == class_id))

    # -- members -------------------------------------------------------------------------------

    def join(self, code: str, visitor: str, nickname: str = "", personal: str = "") -> Member:
        """Add a visitor to the class of a code, or give them their place back.

        A visitor who is a member stays the same one; a new nickname replaces the old. With a
        personal code the place moves to this visitor.

        Raises:
            WrongCode: if there is no open class of that code, or no place of that personal code.
            ClassError: if the class is full, or the nickname cannot be kept.
            StoreError: if it cannot be written.
        """
        found = self.find(code)
        if found is None or found.closed is not None:
            raise WrongCode(
                _("There is no open class with this code. Look at the code on the board again.")
            )
        nickname = _clean(nickname, MAX_NICKNAME)
        with self._database.write() as connection:
            own = self._member(connection, found.id, member_table.c.visitor == visitor)
            if personal:
                return self._move(connection, found.id, visitor, own, personal)
            if own is not None:
                if nickname and nickname != own.nickname:
                    self._change_member(connection, found.id, own.id, nickname=nickname)
                    own = replace(own, nickname=nickname)
                return own
            of_class = member_table.c["class"] == found.id
            asked = select(func.count()).select_from(member_table).where(of_class)
            if (connection.execute(asked).scalar() or 0) >= MAX_MEMBERS:
                raise ClassError(_("This class is full: {n} people.").format(n=MAX_MEMBERS))
            personal = self._new_personal_code(connection, found.id)
            member = Member(secrets.token_hex(4), visitor, personal, nickname, self._clock())
            connection.execute(insert(member_table).values(_member_values(found.id, member)))
        return member

    def member(self, class_id: str, visitor: str) -> Member | None:
        """Return the member of a class that a visitor is."""
        asked = select(member_table).where(
            member_table.c["class"] == class_id, member_table.c.visitor == visitor
        )
        return next((_read_member(row) for row in self._rows(asked)), None)

    def members(self, class_id: str) -> Sequence[Member]:
        """Return the members, in the order in which they came."""
        asked = select(member_table).where(member_table.c["class"] == class_id)
        order = (member_table.c.joined, member_table.c.id)
        return [_read_member(row) for row in self._rows(asked.order_by(*order))]

    def size(self, class_id: str) -> int:
        """Return the number of members."""
        asked = select(func.count()).select_from(member_table)
        return int(self._rows(asked.where(member_table.c["class"] == class_id))[0][0])

    def hide(self, class_id: str, member_id: str, is_hidden: bool) -> None:
        """Take a member off the board, or show them again."""
        with self._database.write() as connection:
            self._change_member(connection, class_id, member_id, is_hidden=is_hidden)

    def remove(self, class_id: str, member_id: str) -> None:
        """Delete a member and everything that they gave."""
        with self._database.write() as connection:
            ids = select(activity_table.c.id).where(activity_table.c["class"] == class_id)
            theirs = (entry_table.c.member == member_id, entry_table.c.activity.in_(ids))
            connection.execute(delete(entry_table).where(*theirs))
            its = (member_table.c["class"] == class_id, member_table.c.id == member_id)
            connection.execute(delete(member_table).where(*its))

    # -- activities ----------------------------------------------------------------------------

    def start(
        self, class_id: str, kind: str, settings: Mapping[str, Any], seconds: float | None = None
    ) -> Activity:
        """End what is open, and start an activity that lasts `seconds` (None: until it is ended).

        Raises:
            ClassError: if the settings are none of that kind.
            StoreError: if it cannot be written.
        """
        checked = activities.checked_settings(kind, settings)
        self.end_activity(class_id)
        now = self._clock()
        ends = None if seconds is None else now + seconds
        found = Activity(secrets.token_hex(6), kind, checked, now, ends)
        with self._database.write() as connection:
            connection.execute(
                insert(activity_table).values(
                    {
                        "id": found.id,
                        "class": class_id,
                        "kind": kind,
                        "settings": dict(checked),
                        "started": now,
                        "ends": ends,
                        "is_revealed": False,
                    }
                )
            )
        return found

    def activity(self, class_id: str) -> Activity | None:
        """Return the newest activity of a class, open or not; None before the first."""
        return next(iter(self._activities(class_id, newest=True)), None)

    def activities(self, class_id: str) -> Sequence[Activity]:
        """Return all activities of a class, oldest first."""
        return self._activities(class_id, newest=False)

    def change_activity(self, activity_id: str, settings: Mapping[str, Any]) -> None:
        """Replace the settings of an activity, as its run when it has begun."""
        with self._database.write() as connection:
            its = activity_table.c.id == activity_id
            connection.execute(update(activity_table).where(its).values(settings=dict(settings)))

    def end_activity(self, class_id: str) -> None:
        """End the activities of a class that are open."""
        its = (activity_table.c["class"] == class_id, activity_table.c.ended.is_(None))
        with self._database.write() as connection:
            connection.execute(update(activity_table).where(*its).values(ended=self._clock()))

    def reveal(self, activity_id: str) -> None:
        """End an activity and show its result to everybody."""
        its = activity_table.c.id == activity_id
        with self._database.write() as connection:
            open_ = activity_table.c.ended.is_(None)
            connection.execute(update(activity_table).where(its, open_).values(ended=self._clock()))
            connection.execute(update(activity_table).where(its).values(is_revealed=True))

    # -- entries -------------------------------------------------------------------------------

    def enter(
        self,
        school_class: SchoolClass,
        member: Member,
        slot: str,
        content: object,
        activity_id: str = "",
    ) -> tuple[Activity, Entry]:
        """Keep what a member gives to the open activity, in place of an earlier one of that slot.

        With an `activity_id` it is for that activity alone: what comes late belongs to no other.
        Drawings that name their activity are taken until `activities.LATE` seconds after its end.

        Raises:
            ClassError: if nothing is open, another activity is, or the class is paused.
            ActivityError, DrawingError: if the content is none of that kind.
            StoreError: if it cannot be written.
        """
        found = self.open_activity(school_class, activity_id, slot)
        checked = activities.checked_entry(found.kind, found.settings, slot, content)
        now = self._clock()
        entry = Entry(member.id, slot, now, checked)
        key = [entry_table.c.activity, entry_table.c.member, entry_table.c.slot]
        with self._database.write() as connection:
            its = (entry_table.c.activity == found.id, entry_table.c.member == member.id)
            others = select(func.count()).where(*its, entry_table.c.slot != slot)
            if (connection.execute(others).scalar() or 0) >= MAX_ENTRIES:
                raise ClassError(_("You have given enough to this activity."))
            values = {"changed": now, "content": checked}
            statement = self._database.insert(entry_table)
            statement = statement.values(activity=found.id, member=member.id, slot=slot, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=key, set_=values))
        return found, entry

    def open_activity(
        self, school_class: SchoolClass, activity_id: str = "", slot: str = ""
    ) -> Activity:
        """Return the activity to which members may give `slot` now; ClassError as `enter`."""
        now = self._clock()
        found = self.activity(school_class.id)
        if found is None or activity_id not in ("", found.id) or not found.is_open(now):
            known = self.activities(school_class.id) if activity_id else ()
            named = next((each for each in known if each.id == activity_id), None)
            if named is None:
                raise ClassError(_("Nothing is open now. Wait for your teacher."))
            if named.is_late(now) and activities.is_drawing(named.kind, slot):
                return named
            raise ClassError(_("Time was up before this arrived. It does not count."))
        if school_class.settings.paused:
            raise ClassError(_("Your teacher has paused the class. Wait a moment."))
        return found

    def changes(self, activity_id: str, after: float = 0.0) -> dict[tuple[str, str], float]:
        """Return when members gave something after a time, by member and slot.

        Their contents, which take far longer to read, are in `entries`.
        """
        columns = (entry_table.c.member, entry_table.c.slot, entry_table.c.changed)
        its = (entry_table.c.activity == activity_id, entry_table.c.changed > after)
        asked = select(*columns).where(*its)
        return {(row.member, row.slot): row.changed for row in self._rows(asked)}

    def entries(
        self, activity_id: str, after: float = 0.0, members: Collection[str] | None = None
    ) -> Sequence[Entry]:
        """Return what members (None: all) gave to an activity after a time, oldest first."""
        asked = select(entry_table).where(
            entry_table.c.activity == activity_id, entry_table.c.changed > after
        )
        if members is not None:
            asked = asked.where(entry_table.c.member.in_(members))
        order = (entry_table.c.changed, entry_table.c.member, entry_table.c.slot)
        return [
            Entry(row.member, row.slot, row.changed, row.content)
            for row in self._rows(asked.order_by(*order))
        ]

    def given(self, activity_id: str, member_id: str) -> dict[str, Mapping[str, Any]]:
        """Return what a member gave to an activity, by slot."""
        its = (entry_table.c.activity == activity_id, entry_table.c.member == member_id)
        asked = select(entry_table.c.slot, entry_table.c.content).where(*its)
        return {row.slot: row.content for row in self._rows(asked.order_by(entry_table.c.slot))}

    # -- rows ----------------------------------------------------------------------------------

    def _rows(self, asked: Any) -> Sequence[Row[Any]]:
        return self._database.rows(asked)

    def _class(self, condition: Any) -> SchoolClass | None:
        return next(map(_read_class, self._rows(select(class_table).where(condition))), None)

    def _change_class(self, class_id: str, **values: Any) -> None:
        with self._database.write() as connection:
            its = class_table.c.id == class_id
            connection.execute(update(class_table).where(its).values(**values))

    def _activities(self, class_id: str, *, newest: bool) -> Sequence[Activity]:
        asked = select(activity_table).where(activity_table.c["class"] == class_id)
        order = (activity_table.c.started, activity_table.c.id)
        if newest:
            asked = asked.order_by(*(column.desc() for column in order)).limit(1)
        else:
            asked = asked.order_by(*order)
        return [
            Activity(
                row.id, row.kind, row.settings, row.started, row.ends, row.ended, row.is_revealed
            )
            for row in self._rows(asked)
        ]

    def _new_code(self, connection: Connection) -> str:
        while True:
            code = _letters(CODE_LENGTH)
            asked = select(class_table.c.id).where(class_table.c.code == code)
            if connection.execute(asked).first() is None:
                return code

    def _new_personal_code(self, connection: Connection, class_id: str) -> str:
        while True:
            code = _letters(PERSONAL_LENGTH)
            its = member_table.c.personal_code == code
            if self._member(connection, class_id, its) is None:
                return code

    def _member(self, connection: Connection, class_id: str, condition: Any) -> Member | None:
        asked = select(member_table).where(member_table.c["class"] == class_id, condition)
        row = connection.execute(asked).first()
        return None if row is None else _read_member(row)

    def _change_member(
        self, connection: Connection, class_id: str, member_id: str, **values: Any
    ) -> None:
        its = (member_table.c["class"] == class_id, member_table.c.id == member_id)
        connection.execute(update(member_table).where(*its).values(**values))

    def _move(
        self, connection: Connection, class_id: str, visitor: str, own: Member | None, personal: str
    ) -> Member:
        """Give the place of a personal code to another visitor, whose own new place goes."""
        by_code = member_table.c.personal_code == _typed(personal)
        found = self._member(connection, class_id, by_code)
        if found is None:
            raise WrongCode(_("Nobody in this class has this personal code. Check it."))
        if own is not None and own.id != found.id:
            its = (member_table.c["class"] == class_id, member_table.c.id == own.id)
            connection.execute(delete(member_table).where(*its))
        self._change_member(connection, class_id, found.id, visitor=visitor)
        return replace(found, visitor=visitor)


def _letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _place in range(count))


def _typed(code: str) -> str:
    return "".join(printable(code[:100]).upper().split()).replace("-", "")


def _clean(text: str, longest: int) -> str:
    if problem := text_problem(text):
        raise ClassError(problem)
    return one_line(text[: 10 * longest])[:longest].strip()


def _read_class(row: Row[Any]) -> SchoolClass:
    settings = ClassSettings.from_dict(row.settings)
    return SchoolClass(row.id, row.code, row.name, row.owner, row.created, row.closed, settings)


def _read_member(row: Row[Any]) -> Member:
    return Member(row.id, row.visitor, row.personal_code, row.nickname, row.joined, row.is_hidden)


def _member_values(class_id: str, member: Member) -> dict[str, Any]:
    return {
        "class": class_id,
        "id": member.id,
        "visitor": member.visitor,
        "personal_code": member.personal_code,
        "nickname": member.nickname,
        "joined": member.joined,
        "is_hidden": member.is_hidden,
    }
