"""What the address of a page, or a form, asks for by number."""

from typing import Final

from flask import request

from app import ids

LAST_PAGE: Final = 10_000


def asked_page() -> int:
    """`?page=`, from 1; nonsense is the first."""
    return min(max(ids.read(request.args.get("page", "")) or 1, 1), LAST_PAGE)


def asked_id(name: str) -> int | None:
    """The row id in a query argument or form field; None if there is none, or it names no row."""
    return ids.read(request.values.get(name, ""))


def asked_ids(name: str) -> list[int]:
    """All row ids of that name in a form or an address, each once; what is none is left out."""
    found = (ids.read(text) for text in request.values.getlist(name))
    return list(dict.fromkeys(one for one in found if one is not None))
