"""What is asked before a request is sent that looks like a slip: questions, and what says that they were answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import url_for
from flask_babel import gettext as _

from app.insight.sense_checks import Hint

# the field of the button that says yes to all of them
SURE: Final = "sure"


@dataclass(frozen=True)
class Question:
    """A sentence, a page to look at (empty for none), and the mark that stands for it in the answer."""

    sentence: str
    url: str
    mark: str


def questions(hints: Sequence[Hint]) -> list[Question]:
    """The questions about these hints."""
    return [
        Question(
            str(_(f"odd.{one.oddity.value}")),
            url_for("staff.appointment", appointment_id=one.appointment) if one.appointment else "",
            mark_of(one),
        )
        for one in hints
    ]


def mark_of(hint: Hint) -> str:
    """What says that just this was answered; another appointment at that time is asked about anew."""
    return f"{hint.oddity.value}:{hint.appointment or ''}"
