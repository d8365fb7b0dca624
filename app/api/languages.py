"""/languages: the table of languages, for forms elsewhere."""

from flask import Response
from marshmallow import fields

from app.access import Rule, allow
from app.api import reading
from app.api.blueprint import api
from app.api.operation import operation
from app.api.reading import PageQuery
from app.api.values import Shape, Text
from app.models import languages
from app.models.languages import Language


class LanguageOut(Shape):
    """A language: ISO 639-3 code, names, its own name, writing direction, other words for it."""

    code = fields.String(required=True)
    german = fields.String(required=True)
    english = fields.String(required=True)
    autonym = fields.String(required=True)
    direction = fields.String(required=True, metadata={"enum": ["ltr", "rtl"]})
    aliases = fields.List(fields.String(), required=True)


class LanguageQuery(PageQuery):
    """`q` is what somebody typed: any name, alias or code, or its beginning."""

    q = Text()


@api.get("/languages")
@operation(LanguageOut, query=LanguageQuery, listed=True)
@allow(Rule.STAFF)
def list_languages() -> Response:
    """List the languages by German name, or those that somebody may mean, the likeliest first."""
    wanted = reading.query(LanguageQuery)
    found = languages.search(wanted["q"]) if "q" in wanted else list(languages.languages())
    return reading.page_of(found, wanted, _language_json)


def _language_json(one: Language) -> dict[str, object]:
    return {
        "code": one.code,
        "german": one.german,
        "english": one.english,
        "autonym": one.autonym,
        "direction": one.direction,
        "aliases": list(one.aliases),
    }
