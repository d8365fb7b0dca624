"""Structured logs, one JSON object a line, with tokens and phone numbers masked."""

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_TOKEN = re.compile(r"/(o|m|calendar)/[A-Za-z0-9_-]{10,}")
_PHONE = re.compile(r"\+\d{6,12}(\d{3})")


def mask(text: str) -> str:
    """The text without what would open a page or reach a person."""
    return _PHONE.sub(r"+…\1", _TOKEN.sub(r"/\1/…", text))


def _masked(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in entry.items():
        if isinstance(value, str):
            entry[key] = mask(value)
    return entry


class MaskedLines(logging.Formatter):
    """What Flask, gunicorn and libraries log, tracebacks included, as the same masked JSON lines."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        entry = {"event": mask(super().format(record)), "level": record.levelname.lower(), "logger": record.name}
        return json.dumps(entry, ensure_ascii=False)


def configure() -> None:
    """Make every logger of the process write JSON lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskedLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    # it warns of every sweep that is still at it when the next is due, which is how a long plan looks
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _masked,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def only_warnings() -> None:
    """Leave out what is worth a line in a running service alone; for commands that play through years in seconds."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
