"""Every word on the screen is in both catalogues."""

import ast
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app import access, errors
from app.catalogue import FOLDER, LOCALES, translations
from app.models import languages

APP = Path(access.__file__).parent
CALL = re.compile(r"""\b(?:_|_l|gettext|lazy_gettext)\(\s*["']([a-z_]+(?:\.[A-Za-z0-9_-]+)+)["']\s*[,)]""")
RAISED = re.compile(
    r"""(?:NoLongerOpen|AlreadyTaken|Busy|NotFound)\(\s*"([a-z_]+)"|FieldProblem\([^,(){}]+,\s*"([a-z_]+)\""""
)


def keys(locale: str) -> dict[str, str]:
    found = {}
    for path in sorted((FOLDER / locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if message.id:
                    key = first(message.id)
                    assert key not in found, f"{key} stands twice ({path.name})"
                    found[key] = first(message.string)
    return found


def plurals(locale: str) -> set[str]:
    """The second name of each message that has one."""
    found = set()
    for path in (FOLDER / locale).glob("*.po"):
        with path.open("rb") as file:
            found |= {one.id[1] for one in read_po(file, locale=locale) if isinstance(one.id, tuple | list)}
    return found


def first(words: str | Sequence[str] | None) -> str:
    """The words themselves, or their singular."""
    return words if isinstance(words, str) else (words or [""])[0]


def sources() -> list[str]:
    return [path.read_text(encoding="utf-8") for pattern in ("*.py", "*.html") for path in APP.rglob(pattern)]


@pytest.mark.thorough
def test_german_and_english_have_the_same_keys_and_none_is_empty() -> None:
    german, english = (keys(locale) for locale in LOCALES)
    assert set(german) == set(english)
    for catalogue in (german, english):
        assert [key for key, words in catalogue.items() if not words.strip()] == []


def test_every_key_in_code_and_templates_has_words() -> None:
    used = {key for text in sources() for key in CALL.findall(text)}
    assert len(used) > 100
    assert sorted(used - set(keys("de"))) == []


def patterns() -> set[str]:
    """Keys that are put together, as regular expressions: `f"fault.{one}"` is `fault\\..+`."""
    found = set()
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [re.escape(str(one.value)) if isinstance(one, ast.Constant) else ".+" for one in node.values]
                if re.match(r"[a-z_]+\\\.", parts[0]):
                    found.add("".join(parts))
    for path in APP.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found |= {f"{re.escape(key)}.+" for key in re.findall(r"['\"]([a-z_]+\.[a-z_.]*)['\"] *~", text)}
    return found


@pytest.mark.thorough
def test_every_key_that_is_put_together_has_words_and_no_words_are_left_over() -> None:
    known, literal = set(keys("de")) | plurals("de"), "\n".join(sources())
    families = {key.partition(".")[0] for key in known}
    used = {one for one in patterns() if one.partition("\\.")[0] in families}
    assert len(used) > 30
    assert [one for one in sorted(used) if not any(re.fullmatch(one, key) for key in known)] == []
    left_over = [
        key for key in sorted(known) if f"{key}" not in literal and not any(re.fullmatch(one, key) for one in used)
    ]
    assert [key for key in left_over if not key.startswith("error.")] == []


@pytest.mark.thorough
def test_every_error_has_a_sentence() -> None:
    codes = {one or other for text in sources() for one, other in RAISED.findall(text)}
    assert {"already_taken", "past", "skipped_hour", "doubled_hour", "unknown_language"} <= codes
    assert sorted(code for code in codes if f"error.{code}" not in keys("de")) == []
    assert issubclass(errors.Invalid, errors.JourneyError)


@pytest.mark.parametrize("locale", LOCALES)
def test_placeholders_are_the_same_in_both_languages(locale: str) -> None:
    other = keys("en" if locale == "de" else "de")
    holder = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
    for key, words in keys(locale).items():
        assert set(holder.findall(words)) == set(holder.findall(other[key])), key


def test_the_catalogues_are_read_as_they_are_written() -> None:
    assert translations("de").gettext("layout.skip") == keys("de")["layout.skip"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("kurmanci", "kmr"),
        ("Kurdisch", "ckb"),
        ("farsi", "pes"),
        ("turkce", "tur"),
        ("українська", "ukr"),
        ("العربية", "ara"),
        ("Romani", "rom"),
        ("Pashto", "pus"),
        ("kmr", "kmr"),
        ("Sorani", "ckb"),
    ],
)
def test_a_language_is_found_by_any_of_its_names(typed: str, code: str) -> None:
    assert code in [language.code for language in languages.search(typed)]


def test_the_languages_table_is_sound() -> None:
    table = languages.languages()
    assert len(table) >= 60
    assert len({language.code for language in table}) == len(table)
    for language in table:
        assert re.fullmatch(r"[a-z]{3}", language.code)
        assert all((language.german, language.english, language.autonym))
        assert languages.search(language.german)[0].german == language.german
    leftwards = {language.code for language in table if language.direction == "rtl"}
    assert leftwards >= {"ara", "pes", "prs", "ckb", "urd", "pus"}
