"""Days and times as people of a zone and a language write and say them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from notifications import texts
from notifications.wording import Language, Occasion, long_day, short_day, spoken_day

LISBON, BERLIN, KYIV = ZoneInfo("Europe/Lisbon"), ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Kyiv")
TUESDAY = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "shown"), [(LISBON, "Di 01.12. 09:30"), (BERLIN, "Di 01.12. 10:30"), (KYIV, "Di 01.12. 11:30")]
)
def test_an_sms_tells_the_time_of_the_pools_clock(zone: ZoneInfo, shown: str) -> None:
    occasion = Occasion("Arabisch", TUESDAY, 60, zone=zone)
    assert shown in texts.offer(occasion, link="https://pool.example/o/abc", number=42).sms
    assert short_day(TUESDAY, "de", zone) == shown


@pytest.mark.parametrize(
    ("zone", "shown"), [(LISBON, "09:30 bis 10:30 Uhr"), (BERLIN, "10:30 bis 11:30 Uhr"), (KYIV, "11:30 bis 12:30 Uhr")]
)
def test_a_mail_and_a_voice_tell_it_too(zone: ZoneInfo, shown: str) -> None:
    occasion = Occasion("Arabisch", TUESDAY, 60, zone=zone)
    mail = texts.cancelled_requester(occasion, link="https://pool.example/", pool_name="Pool").mail
    assert f"Dienstag, 1. Dezember 2026, {shown}" in mail
    hour = int(shown[:2])
    assert f"um {hour} Uhr 30" in texts.offer_call(occasion, number=42, pool_name="Pool").call
    assert f"at {hour:02}:30" in texts.offer_call(occasion, number=42, pool_name="Pool", language="en").call


def test_without_a_zone_it_is_germanys() -> None:
    assert Occasion("Arabisch", TUESDAY, 60).zone == BERLIN
    assert short_day(TUESDAY, "de") == "Di 01.12. 10:30"


def test_the_day_is_the_zones_too() -> None:
    midnight = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert short_day(midnight, "de", LISBON) == "Do 31.12. 23:30"
    assert short_day(midnight, "de", BERLIN) == "Fr 01.01. 00:30"


@pytest.mark.parametrize(
    ("day", "short", "long", "spoken"),
    [
        (datetime(2026, 3, 2, 8, 5, tzinfo=UTC), "Mo 02.03. 09:05", "Montag, 2. März 2026, 09:05 bis 09:35 Uhr",
         "Montag, den 2. März, um 9 Uhr 5"),
        (datetime(2026, 5, 6, 22, 0, tzinfo=UTC), "Do 07.05. 00:00", "Donnerstag, 7. Mai 2026, 00:00 bis 00:30 Uhr",
         "Donnerstag, den 7. Mai, um 0 Uhr"),
        (datetime(2026, 9, 26, 10, 0, tzinfo=UTC), "Sa 26.09. 12:00",
         "Samstag, 26. September 2026, 12:00 bis 12:30 Uhr", "Samstag, den 26. September, um 12 Uhr"),
    ],
)  # fmt: skip
def test_german_days(day: datetime, short: str, long: str, spoken: str) -> None:
    assert (short_day(day, "de"), long_day(day, 30, "de"), spoken_day(day, "de")) == (short, long, spoken)


@pytest.mark.parametrize(
    ("day", "short", "long", "spoken"),
    [
        (datetime(2026, 3, 2, 8, 5, tzinfo=UTC), "Mon 02 Mar 09:05", "Monday, 2 March 2026, 09:05 to 09:35",
         "Monday, 2 March, at 09:05"),
        (datetime(2026, 9, 26, 10, 0, tzinfo=UTC), "Sat 26 Sep 12:00", "Saturday, 26 September 2026, 12:00 to 12:30",
         "Saturday, 26 September, at 12:00"),
    ],
)  # fmt: skip
def test_english_days(day: datetime, short: str, long: str, spoken: str) -> None:
    assert (short_day(day, "en"), long_day(day, 30, "en"), spoken_day(day, "en")) == (short, long, spoken)


@pytest.mark.parametrize("language", ["de", "en"])
def test_an_end_after_the_clocks_went_back_is_the_true_one(language: Language) -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert long_day(before, 60, language, BERLIN).count("02:30") == 2
    assert "01:30" in long_day(before, 60, language, LISBON)


def test_no_table_of_names_is_kept_beside_the_librarys() -> None:
    import inspect

    from notifications import wording

    for name in ("Montag", "Monday", "Januar", "January"):
        assert name not in inspect.getsource(wording)
