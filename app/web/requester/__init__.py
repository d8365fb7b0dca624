"""What whoever requested an appointment sees behind a link, without a login: the page that asks how it was."""

from app.web.requester import afterwards
from app.web.requester.blueprint import pages

__all__ = ["afterwards", "pages"]
