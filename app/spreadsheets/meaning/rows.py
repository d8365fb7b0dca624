"""Reading a row field by field; what cannot be read is kept with the place where it stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from app.errors import FieldProblem
from app.models import languages
from app.spreadsheets.files.table import Row
from app.spreadsheets.meaning import words

# what is longer says nothing that is to be taken apart, and would take long to
LONGEST_READ: Final = 2000
Read = TypeVar("Read")
Otherwise = TypeVar("Otherwise")


class CellError(ValueError):
    """What is wrong with the text of a cell: the code of its sentence, and what that mentions.

    `list` names a list of words, `languages` are codes: both are told in the reader's language.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True)
class RowProblem:
    """What is wrong, and where: the row's number, the field, its column (from 0, None where it has none)."""

    row: int
    field: str
    column: int | None
    code: str
    params: Mapping[str, object]
    value: str = ""

    def said(self, locale: str) -> dict[str, object]:
        """What the sentence mentions, in the words of that locale."""
        said = {"value": self.value, **self.params}
        if "list" in said:
            said["choices"] = ", ".join(words.names(str(said["list"]), locale))
        if isinstance(codes := said.pop("languages", None), tuple):
            said["choices"] = ", ".join(languages.name(code, locale) for code in codes)
        return said


@dataclass
class RowReader:
    """The cells of one row by the names of their fields; collects the problems."""

    row: Row
    places: Mapping[str, Sequence[int]]
    problems: list[RowProblem] = field(default_factory=list)

    def text(self, name: str) -> str:
        """What stands in the field's column; nothing where there is none."""
        places = self.places.get(name, ())
        return self.row.cells[places[0]] if places else ""

    def read(self, name: str, read: Callable[[str], Read], otherwise: Otherwise) -> Read | Otherwise:
        """The cell's meaning; `otherwise` for an empty cell, and for one that cannot be read."""
        text = self.text(name)
        return self.read_at(name, self.places[name][0], read, otherwise) if text else otherwise

    def read_at(self, name: str, column: int, read: Callable[[str], Read], otherwise: Otherwise) -> Read | Otherwise:
        """The same for one of several columns."""
        text = self.row.cells[column]
        if len(text) > LONGEST_READ:
            self.refuse(name, CellError("too_long", most=LONGEST_READ, **{"is": len(text)}), column)
            return otherwise
        try:
            return read(text)
        except CellError as error:
            self.refuse(name, error, column)
            return otherwise

    def refuse(self, name: str, error: CellError, column: int | None = None) -> None:
        """Note that a field cannot be taken."""
        if column is None:
            column = next(iter(self.places.get(name, ())), None)
        value = "" if column is None else self.row.cells[column]
        self.problems.append(RowProblem(self.row.number, name, column, error.code, error.params, value))

    def refuse_all(self, problems: Sequence[FieldProblem], names: Mapping[str, str]) -> None:
        """Note what a check has found, in fields of which nothing has been said yet; `names` where columns differ."""
        said = {one.field for one in self.problems}
        for problem in problems:
            name = names.get(problem.field, problem.field)
            if name not in said:
                said.add(name)
                self.refuse(name, CellError(problem.code, **problem.params))


def places_of(fields: Sequence[str]) -> Mapping[str, Sequence[int]]:
    """Field -> its columns, in their order."""
    found: dict[str, list[int]] = {}
    for column, name in enumerate(fields):
        if name:
            found.setdefault(name, []).append(column)
    return found
