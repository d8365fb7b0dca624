"""Structured logs, one JSON object a line, with what would open a page or reach a person masked.

Masking happens where a record is made, so that it holds for every logger and handler of the process: gunicorn's own,
which pass nothing on to ours, as much as a library's.
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final

import structlog
from structlog.typing import EventDict, ProcessorReturnValue

# the slash of a path as it stands, or encoded once or more often as in a query or a Referer
_SLASH: Final = r"(?:\\?/|%(?:25)*2f)"
_SECRETS: Final = (
    # a personal link: all that follows up to whatever cannot be part of it, for letters may be encoded, too
    (re.compile(rf"({_SLASH}(?:o|m|calendar){_SLASH})(?:[\w~.+-]|%[0-9a-f]{{2}}){{8,}}", re.IGNORECASE), r"\1…"),
    (re.compile(r"\b(Bearer\s+)[\x21-\x7e]{8,}", re.IGNORECASE), r"\1…"),
    # the password in an address: of the database, of the mail server
    (re.compile(r"(://[^\s:/?#@]*:)[^\s/@]+@"), r"\1…@"),
)
_PHONE: Final = re.compile(r"(?<![\w.])(\+|%(?:25)*2b|00|0(?=1[567]))[\d /-]{5,16}(\d{3})(?!\d)", re.IGNORECASE)


def mask(text: str) -> str:
    """The text without what would open a page or reach a person."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return _PHONE.sub(r"\1…\2", text)


class MaskedRecord(logging.LogRecord):
    """A record whose words are final and masked from its beginning, its traceback included."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.msg, self.args = mask(_said(self)), ()
        if self.exc_info:
            self.exc_text = mask("".join(traceback.format_exception(*self.exc_info)).rstrip("\n"))
            # a handler that formats for itself would write it out again as it was
            self.exc_info = None
        if self.stack_info:
            self.stack_info = mask(self.stack_info)


def _said(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        # words and arguments do not go together: a fault of whoever logs, and no reason to lose the line
        return f"{record.msg} {record.args}"


class Lines(logging.Formatter):
    """What Flask and libraries log, tracebacks included, as JSON lines."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        entry = {"event": super().format(record), "level": record.levelname.lower(), "logger": record.name}
        return json.dumps(entry, ensure_ascii=False)


def _rendered(_logger: object, _method: str, entry: EventDict) -> ProcessorReturnValue:
    # masked as a whole: whatever is nested in it is written out by now
    return mask(json.dumps(entry, ensure_ascii=False, default=repr))


def configure() -> None:
    """Mask what every logger of the process says, and write what nobody else writes as JSON lines to standard error."""
    logging.setLogRecordFactory(MaskedRecord)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    # what is raised where nobody catches it would be written out by Python itself, past every logger
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _uncaught
    if threading.excepthook is threading.__excepthook__:
        threading.excepthook = _uncaught_in_thread
    # it warns of every sweep that is still at it when the next is due, which is how a long plan looks
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def _uncaught(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, where)
    else:
        logging.getLogger("app").critical("uncaught", exc_info=(kind, error, where))


def _uncaught_in_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and not issubclass(failed.exc_type, SystemExit):
        _uncaught(failed.exc_type, failed.exc_value, failed.exc_traceback)


def only_warnings() -> None:
    """Leave out what is worth a line in a running service alone; for commands that play through years in seconds."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


@contextmanager
def quietly() -> Iterator[None]:
    """The same for as long as the block lasts."""
    before = structlog.get_config()["wrapper_class"]
    only_warnings()
    try:
        yield
    finally:
        structlog.configure(wrapper_class=before)
