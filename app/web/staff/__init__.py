"""What staff see: asking for a mediator, their appointments, and what becomes of them."""

from app.web.staff import (
    asking,
    attending,
    bulk,
    changing_chance,
    checking,
    editing,
    gaps,
    listing,
    permitting,
    series_page,
    showing,
    templates,
    undoing,
)
from app.web.staff.blueprint import pages

__all__ = [
    "asking",
    "attending",
    "bulk",
    "changing_chance",
    "checking",
    "editing",
    "gaps",
    "listing",
    "pages",
    "permitting",
    "series_page",
    "showing",
    "templates",
    "undoing",
]
