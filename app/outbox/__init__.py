"""The outbox: put() in the caller's transaction; delivery, receipts and what is in flight are the worker's business."""

from app.outbox.queue import discard, put, together

__all__ = ["discard", "put", "together"]
