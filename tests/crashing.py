"""The service with a fault outside of everything that catches faults: what gunicorn logs of it is gunicorn's own."""

from collections.abc import Iterable
from typing import Any

from wsgi import app as whole

ALIVE = "/healthz"


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer whether it is alive; fail at everything else, naming all that came."""
    if environ["PATH_INFO"] == ALIVE:
        return whole(environ, start_response)
    raise RuntimeError(f"no idea what to do with {environ}")
