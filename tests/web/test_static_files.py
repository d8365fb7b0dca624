"""What a browser keeps, and how large it comes over the wire."""

import gzip
import re

import brotli  # type: ignore[import-untyped] # ships no types
from flask.testing import FlaskClient

from app.web.static_files import FOLDER, version
from tests.world import World


def visitor(town: World) -> FlaskClient:
    return town.app.test_client()


def test_every_file_that_a_page_names_may_be_kept_for_a_year(town: World) -> None:
    named = re.findall(r'(?:href|src)="(/static/[^"]+)"', visitor(town).get("/login").text)
    assert len(named) >= 5
    for address in named:
        assert address.startswith(f"/static/v-{version()}/")
        answer = visitor(town).get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_style_sheet_finds_its_fonts_under_the_same_version(town: World) -> None:
    sheet = f"/static/v-{version()}/vendor/fira-sans/fira-sans.css"
    fonts = re.findall(r"url\(['\"]?([^'\")]+)", visitor(town).get(sheet).text)
    assert fonts
    for font in fonts:
        answer = visitor(town).get(f"{sheet.rpartition('/')[0]}/{font.removeprefix('./')}")
        assert "immutable" in answer.headers["Cache-Control"]


def test_an_older_page_gets_what_there_is_now_but_not_for_long(town: World) -> None:
    for address in ("/static/v-0123456789ab/css/pool.css", "/static/css/pool.css"):
        answer = visitor(town).get(address)
        assert answer.data == (FOLDER / "css/pool.css").read_bytes()
        assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_no_file_outside_is_served(town: World) -> None:
    for address in ("/static/v-x/../pages.py", "/static/../pages.py", "/static/v-x//etc/passwd", "/static/nothing.css"):
        assert visitor(town).get(address).status_code == 404


def test_pages_and_files_come_compressed_to_whoever_understands_it(town: World) -> None:
    for address in ("/login", f"/static/v-{version()}/vendor/kern/kern.css", "/api/v1/openapi.json"):
        plain = visitor(town).get(address)
        for encoding, read in (("gzip", gzip.decompress), ("br", brotli.decompress)):
            answer = visitor(town).get(address, headers={"Accept-Encoding": encoding})
            assert (address, answer.headers["Content-Encoding"]) == (address, encoding)
            assert "Accept-Encoding" in answer.headers["Vary"]
            assert len(answer.data) < len(plain.data) / 2
            if address.startswith("/static"):
                assert read(answer.data) == plain.data
        assert "Content-Encoding" not in plain.headers
