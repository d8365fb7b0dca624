"""What people write in cells, and what is made of it."""

from datetime import UTC, date, datetime

import pytest

from app.models import LEVELS, languages
from app.spreadsheets.meaning import cells, columns, skills, telephones, weekly_times, words
from app.spreadsheets.meaning.rows import CellError

BERLIN = "Europe/Berlin"
MORNINGS = ((0, 540, 780), (1, 540, 780), (2, 540, 780), (3, 540, 780), (4, 540, 780))


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("Mo–Fr 9–13, Sa 10-12", (*MORNINGS, (5, 600, 720))),
        ("Montag bis Freitag von 9 Uhr bis 13 Uhr", MORNINGS),
        ("werktags 09:00-13.00", MORNINGS),
        ("Mon-Fri 9-13", MORNINGS),
        ("Mo, Mi 9:00-12:30 und 14-16", ((0, 540, 750), (0, 840, 960), (2, 540, 750), (2, 840, 960))),
        ("Mo: 9-12 / Di: 13-15", ((0, 540, 720), (1, 780, 900))),
        ("Do 20-24; Fr 22–0", ((3, 1200, 1440), (4, 1320, 1440))),
        ("Sa–Mo 10-12", ((0, 600, 720), (5, 600, 720), (6, 600, 720))),
        ("montags und mittwochs vormittags", ((0, 480, 720), (2, 480, 720))),
        ("MO 9-12\nmo 9-12", ((0, 540, 720),)),
    ],
)
def test_weekly_times_are_read_as_people_write_them(text: str, times: weekly_times.Times) -> None:
    assert weekly_times.read(text) == times


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nach Absprache", "cell_times"),
        ("Mo", "cell_times"),
        ("9-13", "cell_times"),
        ("Mo ab 14", "cell_times"),
        ("Mo 9-13 Di", "cell_times"),
        ("Mo 13-9", "ends_before_start"),
        ("Mo 9-25", "cell_clock"),
    ],
)
def test_times_that_may_mean_anything_are_refused(text: str, code: str) -> None:
    with pytest.raises(CellError) as caught:
        weekly_times.read(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Arabisch (Muttersprache), Dari C1", (("ara", "native"), ("prs", "C1"))),
        ("Kurmanci fließend; Sorani: gut", (("kmr", "C1"), ("ckb", "B2"))),
        ("Farsi (Persisch) (C1)", (("pes", "C1"),)),
        ("Kurdisch (Sorani) B1 und Türkisch - sehr gut", (("ckb", "B1"), ("tur", "C1"))),
        ("turkce native/English C2", (("tur", "native"), ("eng", "C2"))),
        ("العربية Muttersprache", (("ara", "native"),)),
        ("Romanes Grundkenntnisse", (("rom", "A2"),)),
    ],
)
def test_languages_are_known_by_any_name_with_levels_in_words(text: str, found: skills.Skills) -> None:
    assert skills.read(text, "") == found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Klingonisch C1", "cell_language"),
        ("Kurdisch C1", "cell_languages"),
        ("Serbokroatisch C1", "cell_languages"),
        ("Kurdisch (ohne nähere Angabe) C1", "cell_languages"),
        ("Dari", "cell_no_level"),
        ("Dari ganz toll", "cell_language"),
    ],
)
def test_a_language_that_is_none_or_one_of_several_is_refused(text: str, code: str) -> None:
    with pytest.raises(CellError) as caught:
        skills.read(text, "")
    assert caught.value.code == code


@pytest.mark.parametrize("locale", ["de", "en"])
def test_every_language_and_level_that_is_written_is_read_again(locale: str) -> None:
    for one in languages.languages():
        if not one.members:
            said = tuple((one.code, level) for level in LEVELS)
            assert skills.read(skills.written(said, locale), "") == said


@pytest.mark.parametrize("locale", ["de", "en"])
@pytest.mark.parametrize(
    "kind", ["level", "gender", "status", "locale", "mode", "yes_no", "outcome", "weekday", "topic"]
)
def test_every_word_that_is_written_is_read_again(kind: str, locale: str) -> None:
    for code in words.meanings(kind):
        assert words.code_of(kind, words.name_of(kind, code, locale)) == code


@pytest.mark.parametrize("kind", ["mediators", "organisations", "appointments"])
def test_every_head_is_known_for_its_field_whatever_else_it_is_called(kind: str) -> None:
    for field, column in columns.columns(kind).items():
        for head in (column.german, column.english, f" {column.german.upper()}: ", *column.others):
            assert columns.field_of(kind, head) == field, head


def test_numbered_heads_are_one_field() -> None:
    assert columns.guess("mediators", ["Sprache 1", "Niveau 1", "Sprache 2", "Wer weiß"]) == (
        "languages", "level", "languages", "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0171/3920001", "+491713920001"),
        ("+49 (0)171 39 20 001", "+491713920001"),
        ("0049 171 3920001", "+491713920001"),
        ("1713920001", "+491713920001"),
        ("491713920001", "+491713920001"),
        ("905321234567", "+905321234567"),
        ("'+491713920001", "+491713920001"),
        ("0171-3920001 (privat)", "+491713920001"),
        ("02521 29-1234", "+492521291234"),
        ("4930123456", "+4930123456"),
    ],
)
def test_telephone_numbers_are_read_as_spreadsheets_keep_them(text: str, found: str) -> None:
    assert telephones.read(text) == found


@pytest.mark.parametrize(
    ("text", "code"),
    [("4,91714E+11", "cell_rounded"), ("12", "phone"), ("0900 1234567", "phone"), ("0171 3920001; 02521 29", "phone")],
)
def test_numbers_that_reach_nobody_or_are_two_are_refused(text: str, code: str) -> None:
    with pytest.raises(CellError, match=code):
        telephones.read(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [("1.12.2026", date(2026, 12, 1)), ("01.12.26", date(2026, 12, 1)), ("2026-12-01", date(2026, 12, 1)),
     ("Di., 1.12.2026", date(2026, 12, 1))],
)  # fmt: skip
def test_days_are_read_as_people_write_them(text: str, found: date) -> None:
    assert cells.day(text) == found


@pytest.mark.parametrize("text", ["31.2.2026", "2026", "12/2026", "heute", "1.12.20266", "99999999999999-01-01"])
def test_days_that_never_were_are_refused(text: str) -> None:
    with pytest.raises(CellError, match="cell_day"):
        cells.day(text)


@pytest.mark.parametrize(
    ("text", "found"), [("9", 540), ("9 Uhr", 540), ("9.30", 570), ("09:30:00", 570), ("24", 1440), ("0:05", 5)]
)
def test_times_of_day_are_read_as_people_write_them(text: str, found: int) -> None:
    assert cells.clock(text) == found


@pytest.mark.parametrize(("text", "found"), [("90", 90), ("90 min", 90), ("1:30", 90), ("1,5 h", 90), ("2 Std.", 120)])
def test_durations_are_read_as_people_write_them(text: str, found: int) -> None:
    assert cells.minutes(text) == found


@pytest.mark.parametrize("text", ["51.75, 8.04", "51,75; 8,04", "51.75 8.04", "51,75 8,04", "51.75,8.04"])
def test_coordinates_are_read_in_one_cell(text: str) -> None:
    assert cells.coordinates(text) == (51.75, 8.04)


@pytest.mark.parametrize("text", ["51", "a, b", "1,2,3,4", "nan; nan", "1e999 0"])
def test_what_are_no_coordinates_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        cells.coordinates(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("3.11.2026", date(2026, 11, 3), date(2026, 11, 3)),
        ("2026-11-03", date(2026, 11, 3), date(2026, 11, 3)),
        ("11/2026", date(2026, 11, 1), date(2026, 11, 30)),
        ("2.2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("nein", None, None),
        ("-", None, None),
    ],
)
def test_of_a_month_or_a_year_a_beginning_means_its_first_day_and_an_end_its_last(
    text: str, first: date | None, last: date | None
) -> None:
    assert (cells.first_day(text), cells.last_day(text)) == (first, last)


@pytest.mark.parametrize("text", ["ja", "13.2026", "0.2026", "0000", "31.2.2026", "bald"])
def test_a_date_that_says_no_day_is_refused(text: str) -> None:
    with pytest.raises(CellError) as refused:
        cells.first_day(text)
    assert refused.value.code == "cell_day"


def test_stretches_of_days_are_read_with_or_without_an_end() -> None:
    spans = ((date(2026, 12, 21), date(2027, 1, 3)), (date(2027, 2, 5), date(2027, 2, 5)))
    for text in ("21.12.2026–03.01.2027; 5.2.2027", "2026-12-21 bis 2027-01-03\n2027-02-05"):
        assert cells.spans(text) == spans
    assert cells.spans(cells.span_words(spans)) == spans


@pytest.mark.parametrize("text", ["Sommer", "1.1.2026-2.1.2026-3.1.2026", "1.1.2026 vielleicht"])
def test_stretches_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(CellError, match="cell_spans"):
        cells.spans(text)


@pytest.mark.parametrize(
    "moment",
    [datetime(2026, 11, 24, 9, 30, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
     datetime(2026, 10, 25, 1, 30, 5, tzinfo=UTC), datetime(2026, 7, 1, 22, 0, 59, tzinfo=UTC)],
)  # fmt: skip
def test_moments_are_read_as_they_are_written_also_in_the_doubled_hour(moment: datetime) -> None:
    assert cells.moment(cells.moment_words(moment, BERLIN), BERLIN) == moment


def test_the_hour_that_summer_time_skips_is_refused_by_name() -> None:
    with pytest.raises(CellError, match="skipped_hour"):
        cells.moment("29.3.2026 2:30", BERLIN)
