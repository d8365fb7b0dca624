"""Every word on the screen is in both catalogues, and what mediators see in eleven."""

import ast
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from app import access, errors
from app.catalogue import FOLDER, translations
from app.models import languages
from app.models.locales import LOCALES, MEDIATOR_LOCALES
from app.models.topics import topic_name, topics

APP = Path(access.__file__).parent
OTHERS = [one for one in MEDIATOR_LOCALES if one not in LOCALES]
HOLDER = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
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
    for key, words in keys(locale).items():
        assert set(HOLDER.findall(words)) == set(HOLDER.findall(other[key])), key


def messages(locale: str, name: str) -> dict[str, list[str]]:
    """Key -> its words, in all the forms a number asks for, of one file."""
    path = FOLDER / locale / f"{name}.po"
    with path.open("rb") as file:
        found = [one for one in read_po(file, locale=locale) if one.id]
    return {first(one.id): [one.string] if isinstance(one.string, str) else list(one.string or ()) for one in found}


def mediators_files() -> list[str]:
    """The files whose words mediators see: those that are there in the first of the other languages."""
    return sorted(path.stem for path in (FOLDER / OTHERS[0]).glob("*.po"))


@pytest.mark.parametrize("locale", OTHERS)
def test_what_mediators_see_is_there_in_their_language(locale: str) -> None:
    assert sorted(path.stem for path in (FOLDER / locale).glob("*.po")) == mediators_files()
    for name in mediators_files():
        german, words = messages("de", name), messages(locale, name)
        assert set(words) == set(german), name
        assert [key for key, forms in words.items() if not all(one.strip() for one in forms)] == []
        for key, forms in words.items():
            wanted = set(HOLDER.findall(" ".join(german[key])))
            # of several forms, one may say the number in a word
            assert set(HOLDER.findall(" ".join(forms))) == wanted, (name, key)


@pytest.mark.parametrize("locale", OTHERS)
def test_a_number_has_as_many_forms_as_the_language_asks_for(locale: str) -> None:
    for name in mediators_files():
        with (FOLDER / locale / f"{name}.po").open("rb") as file:
            catalogue = read_po(file, locale=locale)
        for one in catalogue:
            if isinstance(one.id, tuple | list):
                assert len(one.string or ()) == catalogue.num_plurals, one.id


def test_mediators_pages_use_no_words_that_only_others_have() -> None:
    there = {key for name in mediators_files() for key in messages("de", name)}
    folders = (APP / "web" / "mediator", APP / "web" / "templates" / "mediator")
    texts = [path.read_text(encoding="utf-8") for folder in folders for path in folder.iterdir() if path.is_file()]
    texts.append((APP / "web" / "templates" / "layout.html").read_text(encoding="utf-8"))
    used = {key for text in texts for key in CALL.findall(text)}
    assert len(used) > 200
    # in the layout, which others have as well
    assert sorted(used - there) == []


@pytest.mark.parametrize("locale", MEDIATOR_LOCALES)
def test_topics_and_languages_are_called_by_their_names(locale: str) -> None:
    assert len({topic_name(one, locale) for one in topics()}) == len(topics())
    assert all(languages.name(one.code, locale) for one in languages.languages())
    if locale in OTHERS:
        assert all(topic_name(one, locale) != topic_name(one, "de") for one in topics())
        assert languages.name("rom", locale) == "Romani čhib"
        assert languages.name("ukr", locale) != languages.name("ukr", "de")


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
