"""The words on the screen: gettext catalogues under web/texts, read as they are written (.po), without a build step."""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask_babel import Domain, get_locale

from app.models.locales import MEDIATOR_LOCALES

FOLDER = Path(__file__).parent / "web" / "texts"


@cache
def translations(locale: str) -> Translations:
    """All words of a locale; what is not there is said in German if it is there, else shown by its key.

    Tests refuse both.
    """
    merged = Translations()
    for path in sorted((FOLDER / locale).glob("*.po")):
        with path.open("rb") as file:
            written = BytesIO()
            write_mo(written, read_po(file, locale=locale))
        written.seek(0)
        part = Translations(written)
        merged.merge(part)
        # merge() leaves the rule for plurals behind
        merged.plural = part.plural
    if locale != "de":
        merged.add_fallback(translations("de"))
    return merged


class Catalogue(Domain):  # type: ignore[misc] # Flask-Babel ships no types
    """Flask-Babel's domain, fed by these files."""

    def get_translations(self) -> Translations:
        """The words of the present request's locale."""
        code = str(get_locale())[:2]
        return translations(code if code in MEDIATOR_LOCALES else "de")
