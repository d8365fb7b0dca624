"""Files that never change under their address: it carries a hash of them all, so browsers may keep them for a year."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, abort, request

FOLDER: Final = Path(__file__).parent / "static"
A_YEAR, AN_HOUR = 31_536_000, 3600


@cache
def files() -> dict[str, bytes]:
    """All of them by their path below the folder; read once, so that no address can lead anywhere else."""
    return {
        path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in sorted(FOLDER.rglob("*")) if path.is_file()
    }


@cache
def version() -> str:
    """Twelve hex digits that change with any file: one for all, so that what a style sheet names is found beside it."""
    found = hashlib.sha256()
    for name, content in files().items():
        found.update(name.encode() + content)
    return found.hexdigest()[:12]


def register(app: Flask) -> None:
    """Write the version into every address of a static file, and serve the files under it."""

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values["filename"] = f"v-{version()}/{values['filename']}"

    app.view_functions["static"] = serve


def serve(filename: str) -> Response:
    """The file; a page from before an update asks for an older version, and gets what there is now for an hour."""
    asked, _, below = filename.partition("/")
    name = below if asked.startswith("v-") else filename
    content = files().get(name)
    if content is None:
        abort(404)
    is_current = asked == f"v-{version()}"
    answer = Response(content, mimetype=mimetypes.guess_type(name)[0])
    answer.set_etag(version())
    answer.cache_control.public = True
    answer.cache_control.max_age = A_YEAR if is_current else AN_HOUR
    answer.cache_control.immutable = is_current
    answer.make_conditional(request)
    return answer
