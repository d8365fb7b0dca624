"""What coordinators see: the board, candidates, coverage, mediators, messages, statistics and settings."""

from app.web.coordinator import (
    board,
    candidates,
    coverage,
    coverage_cell,
    gaps,
    mediator_list,
    mediator_pages,
    messages,
    organisations,
    phone,
    recruiting,
    report,
    settings,
    sites,
    statistics,
    tables,
    what_if,
)
from app.web.coordinator.blueprint import pages

__all__ = [
    "board",
    "candidates",
    "coverage",
    "coverage_cell",
    "gaps",
    "mediator_list",
    "mediator_pages",
    "messages",
    "organisations",
    "pages",
    "phone",
    "recruiting",
    "report",
    "settings",
    "sites",
    "statistics",
    "tables",
    "what_if",
]
