"""Who is who: the same person is known by name and number or address; who shares one of them is asked about."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Mediator
from app.models.languages import plain
from app.registry.mediator_data import MediatorData
from app.spreadsheets.meaning.rows import CellError, RowReader

# in the order in which it is asked about
SHARED: Final = ("phone", "email", "name")
# columns that say one of these, too
FIELDS: Final = {"mobile": "phone", "last_name": "name", "reversed_name": "name"}


class People:
    """The pool's people and those of a file so far; `present` counts rows that are there already."""

    def __init__(self, session: Session, *, similar: bool) -> None:
        self.present = 0
        self._similar = similar
        self._pool: dict[tuple[str, str], set[str]] = {}
        self._file: dict[tuple[str, str], dict[str, int]] = {}
        self._rows: dict[tuple[tuple[str, str], ...], int] = {}
        for name, phone, email in session.execute(select(Mediator.name, Mediator.phone, Mediator.email)):
            for key in _keys(name, phone, email):
                self._pool.setdefault(key, set()).add(plain(name))

    def is_new(self, reader: RowReader, data: MediatorData) -> bool:
        """Whether to take them in; notes at the row whom they are, or may be."""
        # what cannot be right tells nobody apart
        wrong = {FIELDS.get(one.field, one.field) for one in reader.problems}
        keys = [key for key in _keys(data.name, data.phone, data.email) if key[0] not in wrong]
        name = plain(data.name)
        problem = self._in_file(keys, name)
        present = any(name in self._pool.get(key, ()) for key in keys if key[0] != "name")
        if problem is None and not present and not self._similar:
            problem = self._in_pool(keys)
        self._rows.setdefault(tuple(keys), reader.row.number)
        for key in keys:
            self._file.setdefault(key, {}).setdefault(name, reader.row.number)
        if problem is not None:
            field, error = problem
            reader.refuse("mobile" if field == "phone" and reader.text("mobile") else field, error)
        self.present += present
        return not present

    def _in_file(self, keys: list[tuple[str, str]], name: str) -> tuple[str, CellError] | None:
        if self._similar:
            earlier_row = self._rows.get(tuple(keys)) if keys else None
            return (keys[0][0], CellError("cell_twice", row=earlier_row)) if earlier_row else None
        for field, text in keys:
            earlier = self._file.get((field, text), {})
            if name in earlier and field != "name":
                return field, CellError("cell_twice", row=earlier[name])
        for field, text in keys:
            if earlier := self._file.get((field, text), {}):
                return field, CellError(f"cell_same_{field}", row=min(earlier.values()))
        return None

    def _in_pool(self, keys: list[tuple[str, str]]) -> tuple[str, CellError] | None:
        for field, text in keys:
            if (field, text) in self._pool:
                return field, CellError(f"cell_known_{field}")
        return None


def _keys(name: str, phone: str, email: str) -> list[tuple[str, str]]:
    texts = {"phone": phone, "email": email.casefold(), "name": plain(name)}
    return [(field, texts[field]) for field in SHARED if texts[field]]
