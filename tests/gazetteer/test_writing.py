"""What people write, made alike and taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gazetteer.writing import LONGEST, Written, exact, key, read, read_parts, town_key

WORDS = st.text("abcdefghijklmnopqrstuvwxyzäöüß", min_size=2, max_size=12)
SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
BARE = str.maketrans({"ä": "a", "ö": "o", "ü": "u"})


@given(st.text(max_size=60))
def test_what_is_alike_already_stays_as_it_is(text: str) -> None:
    for alike in (key, town_key, exact):
        assert alike(alike(text)) == alike(text)


@given(WORDS, st.sampled_from(["straße", "strasse", "str.", " Straße", "-Str.", "STRASSE", " str"]))
def test_all_ways_to_write_a_street_meet(name: str, ending: str) -> None:
    meant = key(f"{name}straße")
    for written in (name, name.upper(), name.translate(SPELLED), name.translate(BARE), f" {name}"):
        assert key(written + ending) == meant


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("St.-Georg-Str.", "Sankt Georg Straße"),
        ("Marktpl.", "Marktplatz"),
        ("Straße des Friedens", "Str. des Friedens"),
        ("A\u0308ckerweg", "Äckerweg"),
    ],
)
def test_abbreviations_meet_what_they_stand_for(one: str, other: str) -> None:
    assert key(one) == key(other)


def test_other_streets_stay_apart_where_it_matters() -> None:
    assert key("Neustraße") == key("Neue Straße")
    assert exact("Neustraße") != exact("Neue Straße")
    assert exact("Sued-Str.") == exact("SÜDSTRASSE")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mülheim (Ruhr)", "Muelheim an der Ruhr"), ("Mülheim a. d. Ruhr", "Mülheim"), ("Halle (Westf.)", "Halle"),
        ("Beckum, Stadt", "beckum"), ("Frankfurt am Main", "FRANKFURT"),
    ],
)  # fmt: skip
def test_a_town_is_the_same_with_and_without_what_tells_it_apart(one: str, other: str) -> None:
    assert town_key(one) == town_key(other)


BECKUM = Written("Südstraße", 4, "", "59269", ("Beckum",))


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("Südstraße 4, 59269 Beckum", BECKUM),
        ("59269 Beckum, Südstraße 4", BECKUM),
        ("Südstraße 4\nD-59269 Beckum", BECKUM),
        ("Südstraße 4 59269 Beckum", BECKUM),
        ("Südstraße 4 in 59269 Beckum", BECKUM),
        ("Südstr.4a", Written("Südstr.", 4, "a")),
        ("Südstr. 4 A Beckum", Written("Südstr.", 4, "a", "", ("Beckum",))),
        ("Südstr. 12-14, Beckum", Written("Südstr.", 12, "", "", ("Beckum",))),
        ("Südstr. 7b–d, Mülheim an der Ruhr", Written("Südstr.", 7, "b", "", ("Mülheim an der Ruhr",))),
        ("Südstraße Nr. 4, 59269 Beckum", BECKUM),
        ("Südstraße 4 (2. OG links), 59269 Beckum", BECKUM),
        ("Südstr. 4 a (Hof) Mülheim (Ruhr)", Written("Südstr.", 4, "a", "", ("Mülheim (Ruhr)",))),
        ("Am Weg 4 1/2", Written("Am Weg", 4, "1/2")),
        ("Straße des 17. Juni 5, Berlin", Written("Straße des 17. Juni", 5, "", "", ("Berlin",))),
        ("Beckum", Written(places=("Beckum",))),
        ("59269", Written(postcode="59269")),
        ("Am Weg 7, Neubeckum, Beckum", Written("Am Weg", 7, "", "", ("Neubeckum", "Beckum"))),
        ("", Written()),
        (" , ;", Written()),
        ("x" * (LONGEST + 1), Written()),
    ],
)
def test_a_line_is_taken_apart(line: str, meant: Written) -> None:
    assert read(line) == meant


def test_what_stands_in_fields_of_its_own_needs_no_number() -> None:
    assert read_parts("Südstraße 4", "59269", "", "Beckum") == BECKUM
    assert read_parts("Südstraße", "", "Beckum") == Written("Südstraße", places=("Beckum",))
    assert not read_parts("", "", "", "")


@pytest.mark.parametrize("field", range(4))
def test_fields_that_are_too_long_to_be_an_address_say_nothing(field: int) -> None:
    fields = ["Südstraße 4", "59269", "", "Beckum"]
    fields[field] = "a-" * LONGEST
    assert not read_parts(*fields)


@given(st.text(max_size=LONGEST))
def test_nothing_that_is_typed_breaks_it(line: str) -> None:
    found = read(line)
    assert found.number is None or found.street
