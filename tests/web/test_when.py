"""Times as people say them."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app.web.when import When

NIGHT = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (timedelta(seconds=20), "in einer Minute"),
        (timedelta(minutes=25), "in 25 Minuten"),
        (timedelta(minutes=60), "in einer Stunde"),
        (timedelta(hours=2), "in 2 Stunden"),
        (timedelta(hours=9), "morgen"),
        (timedelta(hours=25), "in 2 Tagen"),
        (timedelta(minutes=-5), "heute"),
        (timedelta(days=-1), ""),
    ],
)
def test_before_midnight_hours_are_counted_and_not_dates(sqlite_app: Flask, later: timedelta, said: str) -> None:
    with sqlite_app.test_request_context("/?lang=de"):
        assert When.of("Europe/Berlin", NIGHT).ahead(NIGHT + later) == said


def test_the_morning_after_is_still_today(sqlite_app: Flask) -> None:
    night = NIGHT + timedelta(hours=2)
    with sqlite_app.test_request_context("/?lang=de"):
        assert When.of("Europe/Berlin", night).ahead(night + timedelta(hours=9)) == "heute"
