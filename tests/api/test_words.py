"""Whatever the API says, it says in both languages."""

import pytest
from babel.messages.pofile import read_po

from app.catalogue import FOLDER


def _words(locale: str, domain: str) -> dict[str, str]:
    with (FOLDER / locale / f"{domain}.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale=locale) if one.id}


def test_both_languages_have_the_same_sentences_and_none_is_empty() -> None:
    german, english = _words("de", "api"), _words("en", "api")
    assert german.keys() == english.keys()
    assert all(german.values())
    assert all(english.values())


@pytest.mark.parametrize("locale", ["de", "en"])
def test_no_sentence_is_written_twice(locale: str) -> None:
    assert not _words(locale, "api").keys() & _words(locale, "errors").keys()
