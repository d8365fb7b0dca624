"""Reading, filling in and sending forms as a browser does."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def words_of(text: str) -> str:
    """A text without what only keeps its lines together."""
    return text.replace("\N{WORD JOINER}", "").replace("\N{NO-BREAK SPACE}", " ")


def token_in(page: str) -> str:
    """The form token of the first form on a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    return found.group(1) if found else ""


def send(client: FlaskClient, page: str, data: dict[str, Any], to: str | None = None) -> TestResponse:
    """Fill in the form of a page and send it."""
    return client.post(to or page, data=data | {"csrf_token": token_in(client.get(page).text)})


def mediator_form(**changes: Any) -> dict[str, Any]:
    """A mediator as a coordinator types them in."""
    return {
        "name": "Amira Yıldız", "phone": "0171 3920001", "email": "", "gender": "f", "status": "active", "locale": "de",
        "skills-0-language": "kmr", "skills-0-level": "C1", "skills-1-language": "", "skills-1-level": "",
        "availability-0-weekday": "0", "availability-0-starts": "08:30", "availability-0-ends": "00:00",
        "absences-0-first": "2026-12-21", "absences-0-last": "2027-01-03",
        "modes": ["on_site", "phone"], "home_district": "Innenstadt", "home_lat": "51,75", "home_lon": "8.04",
        "max_travel_minutes": "45", "excluded_topics": ["medical"], "excluded_organisations": ["1"],
        "urgent_opt_in": "y",
    } | changes  # fmt: skip
