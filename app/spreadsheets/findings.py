"""What is found in a table before anything is saved: what is new, what is there already, and what is wrong."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from app.spreadsheets.files.table import Sheet
from app.spreadsheets.meaning.rows import CellError, RowProblem, RowReader, places_of

Data = TypeVar("Data")
# is told how many rows have been read
Progress = Callable[[int], None]


def nobody(_count: int) -> None:
    """Whoever does not want to know how far it is."""


@dataclass(frozen=True)
class Options:
    """How a table is read: `level` of languages that come without one, empty to refuse them.

    `similar` takes in also who shares a name, number or address with somebody else, unless they share them all.
    """

    level: str = ""
    similar: bool = False


@dataclass(frozen=True)
class Reading:
    """What is read, and how: `fields` say for each column what it holds, `zone` is that of the times in it."""

    now: datetime
    zone: str
    sheet: Sheet
    fields: Sequence[str]
    options: Options = Options()
    progress: Progress = nobody

    def readers(self) -> Iterator[RowReader]:
        """The rows one after the other."""
        places = places_of(self.fields)
        return (RowReader(row, places) for row in self.sheet.rows)

    def counted(self, readers: Iterable[RowReader]) -> Iterator[RowReader]:
        """The same, telling after each that what it says is read."""
        for count, reader in enumerate(readers, start=1):
            yield reader
            self.progress(count)


@dataclass(frozen=True)
class Findings(Generic[Data]):
    """`new` is what would be saved, `present` how many rows are there already; nothing is saved with a problem."""

    rows: int
    new: tuple[Data, ...]
    present: int
    problems: tuple[RowProblem, ...]

    @classmethod
    def of(cls, readers: Sequence[RowReader], new: Iterable[Data], present: int) -> "Findings[Data]":
        """The findings of these rows, their problems by row and column."""
        problems = [one for reader in readers for one in reader.problems]
        order = sorted(problems, key=lambda one: (one.row, -1 if one.column is None else one.column))
        return cls(len(readers), tuple(new), present, tuple(order))


class Seen:
    """The rows of a file so far, by what tells them apart."""

    def __init__(self) -> None:
        self._rows: dict[tuple[object, ...], int] = {}

    def twice(self, reader: RowReader, field: str, *key: object) -> bool:
        """Whether an earlier row says the same; then it is refused at the field."""
        earlier = self._rows.setdefault(key, reader.row.number)
        if earlier == reader.row.number:
            return False
        reader.refuse(field, CellError("cell_twice", row=earlier))
        return True
