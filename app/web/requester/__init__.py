"""What whoever requests, or requested, an appointment sees behind a link, without a login: a door, and how it was."""

from app.web.requester import afterwards, confirming, door
from app.web.requester.blueprint import pages

__all__ = ["afterwards", "confirming", "door", "pages"]
