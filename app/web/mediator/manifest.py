"""/m/<token>/manifest.webmanifest: what a phone needs to keep a mediator's own pages beside its other programs."""

from typing import Final

from flask import Response, url_for
from flask.json import dumps

from app.access import Rule, allow
from app.models import Pool
from app.models.locales import RIGHT_TO_LEFT
from app.web.mediator.blueprint import pages
from app.web.mediator.opening import opened_own, way_back
from app.web.pages import locale

# as files under static/img, square
ICON_PIXELS: Final = (192, 512)
# the header's, in which the pool's name stands
PAPER: Final = "#ffffff"


@pages.get("/m/<token>/manifest.webmanifest")
@allow(Rule.LINK)
def manifest(token: str) -> Response | tuple[str, int]:
    """The manifest of somebody's own pages, by https://www.w3.org/TR/appmanifest/; 404 for a link that has ended."""
    link = opened_own(token)
    if link is None:
        return way_back()
    name, code = link.rows().get_one(Pool, link.pool_id).name, locale()
    said = {
        # the same for every link, so that a new one takes the place of the old
        "id": "/m",
        "name": name,
        "short_name": name,
        "lang": code,
        "dir": "rtl" if code in RIGHT_TO_LEFT else "ltr",
        "start_url": url_for("mediator.own", token=token),
        "scope": "/",
        # with a way back: questions, maps and calls lead away from these pages
        "display": "minimal-ui",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": [
            {
                "src": url_for("static", filename=f"img/icon-{one}.png"),
                "sizes": f"{one}x{one}",
                "type": "image/png",
                "purpose": purpose,
            }
            for one in ICON_PIXELS
            for purpose in ("any", "maskable")
        ],
    }
    return Response(dumps(said), content_type="application/manifest+json")
