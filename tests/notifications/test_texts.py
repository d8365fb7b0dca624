from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications import joining, series, texts
from notifications.phone import segments
from notifications.texts import Language, Mode, Occasion, Text
from tests.effort import examples
from tests.notifications.conftest import PATIENT

LINK = "https://sprachmittler.kreis-warendorf.example/o/0123456789abcd"
KINDS = (
    "offer", "confirmation_mediator", "confirmation_requester", "changed_mediator", "changed_requester",
    "cancelled_mediator", "cancelled_requester", "handed_back_mediator", "handed_back_requester",
    "unfilled_requester", "reminder_day", "reminder_hours", "already_taken", "no_longer_open", "question_cancelled",
    "question_moved", "reply_not_understood", "reply_thanks_no",
    "opted_out", "clearance_ends", "announcement", "own_link",
    "alert_coordinator", "reconfirm", "reconfirmed", "reply_handed_back", "reply_help", "reply_which", "second_channel",
    "offer_call", "call_thanks_yes", "call_thanks_no", "call_gone", "call_again", "afterwards_requester", "thanks",
    "request_confirm",
    "offer_series", "offer_series_call", "joint_confirmation_mediator", "joint_confirmation_requester",
    "joint_cancelled_mediator", "joint_cancelled_requester",
    "join_code", "join_known", "join_invitation", "join_welcome", "join_declined",
)  # fmt: skip
WITHOUT_MAIL = {
    "offer", "already_taken", "no_longer_open", "question_cancelled", "question_moved", "reply_not_understood",
    "reply_thanks_no", "opted_out", "reconfirmed",
    "reply_handed_back", "reply_help", "reply_which", "offer_series",
}  # fmt: skip
SPOKEN = {"offer_call", "offer_series_call", "call_thanks_yes", "call_thanks_no", "call_gone", "call_again"}
JOINT: tuple[series.Kind, ...] = ("confirmation", "cancelled")
LANGUAGES: tuple[Language, ...] = ("de", "en")


def an_occasion(
    language_name: str = "Arabisch",
    starts: datetime = datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
    mode: Mode = "on_site",
    district: str = "Innenstadt",
    place: str = "Rathaus",
    address: str = "Weststraße 46, 59269 Beckum",
    topic: str = "Schule",
) -> Occasion:
    return Occasion(language_name, starts, 60, mode, district, place, address, topic)


def every_joint_kind(first: Occasion, language: Language, link: str, name: str, pool: str) -> dict[str, Text]:
    dates = [first, replace(first, starts=first.starts + timedelta(weeks=1))]
    told = {
        f"joint_{kind}_mediator": series.joint_mediator(
            kind,
            dates,
            rhythm="weekly",
            mediator_name=name,
            link=link,
            pool_name=pool,
            contact="Empfang",
            note="2. Stock",
            language=language,
        )
        for kind in JOINT
    }
    told |= {
        f"joint_{kind}_requester": series.joint_requester(
            kind,
            dates,
            link=link,
            pool_name=pool,
            mediator_name=name,
            mediator_phone="+491713920055",
            still_needed=1,
            still_open=dates,
            language=language,
        )
        for kind in JOINT
    }
    told["offer_series"] = series.offer_series(
        first, count=20, rhythm="fortnightly", link=link, number=42, language=language
    )
    told["offer_series_call"] = series.offer_series_call(
        first, count=20, rhythm="fortnightly", number=42, pool_name=pool, language=language
    )
    return told


def every_kind(occasion: Occasion, language: Language, link: str = LINK, name: str = "Amal Şahin") -> dict[str, Text]:
    pool = "Sprachmittlerpool Beckum"
    return {
        "offer": texts.offer(occasion, link=link, number=42, language=language),
        "confirmation_mediator": texts.confirmation_mediator(
            occasion,
            mediator_name=name,
            link=link,
            pool_name=pool,
            contact="Empfang",
            note="2. Stock",
            language=language,
        ),
        "confirmation_requester": texts.confirmation_requester(
            occasion,
            mediator_name=name,
            mediator_phone="+491713920055",
            link=link,
            pool_name=pool,
            still_needed=1,
            language=language,
        ),
        "changed_mediator": texts.changed_mediator(
            occasion, mediator_name=name, link=link, pool_name=pool, language=language
        ),
        "changed_requester": texts.changed_requester(
            occasion, link=link, pool_name=pool, mediator_name=name, language=language
        ),
        "cancelled_mediator": texts.cancelled_mediator(
            occasion, mediator_name=name, link=link, pool_name=pool, language=language
        ),
        "cancelled_requester": texts.cancelled_requester(occasion, link=link, pool_name=pool, language=language),
        "handed_back_mediator": texts.handed_back_mediator(
            occasion, mediator_name=name, link=link, pool_name=pool, language=language
        ),
        "afterwards_requester": texts.afterwards_requester(
            occasion,
            link=link,
            others=2,
            until=datetime(2026, 12, 15, 10, 0, tzinfo=UTC),
            pool_name=pool,
            language=language,
        ),
        "request_confirm": texts.request_confirm(
            occasion,
            link=link,
            until=datetime(2026, 12, 15, 10, 0, tzinfo=UTC),
            organisation="Martinschule",
            pool_name=pool,
            contact="02521 29",
            language=language,
        ),
        "thanks": texts.thanks(
            occasion,
            mediator_name=name,
            choice="help",
            own="Bis bald!",
            organisation="Sozialamt",
            link=link,
            pool_name=pool,
            language=language,
        ),
        "question_cancelled": texts.question_cancelled(occasion, language=language),
        "handed_back_requester": texts.handed_back_requester(occasion, link=link, pool_name=pool, language=language),
        "unfilled_requester": texts.unfilled_requester(
            occasion,
            reason="Zwei sind verhindert.",
            link=link,
            pool_name=pool,
            fallbacks=["Per Telefon geht es.", "Ein Gerät ist frei."],
            language=language,
        ),
        "reminder_day": texts.reminder_day(occasion, mediator_name=name, link=link, pool_name=pool, language=language),
        "reminder_hours": texts.reminder_hours(
            occasion, mediator_name=name, link=link, pool_name=pool, language=language
        ),
        "already_taken": texts.already_taken(occasion, language=language),
        "no_longer_open": texts.no_longer_open(occasion, language=language),
        "question_moved": texts.question_moved(occasion, number=42, language=language),
        "reply_not_understood": texts.reply_not_understood(number=42, language=language),
        "reply_thanks_no": texts.reply_thanks_no(number=42, language=language),
        "opted_out": texts.opted_out(pool_name=pool, contact="02521 29-0", language=language),
        "announcement": texts.announcement(
            subject="Sommerfest", lines=["Am 5. Juni feiern wir.", "Kommen Sie?"], pool_name=pool, language=language
        ),
        "own_link": texts.own_link(
            mediator_name=name,
            link=link,
            last_day=date(2027, 5, 29),
            pool_name=pool,
            contact="02521 29-0",
            language=language,
        ),
        "clearance_ends": texts.clearance_ends(
            kind="conduct",
            last_day=date(2027, 1, 3),
            needed=True,
            mediator_name=name,
            pool_name=pool,
            contact="02521 29-0",
            language=language,
        ),
        "alert_coordinator": texts.alert_coordinator(
            headline="Drei SMS kamen nicht an", details=["Twilio 30007"], link=link, pool_name=pool, language=language
        ),
        "reconfirm": texts.reconfirm(
            occasion, mediator_name=name, link=link, number=42, pool_name=pool, contact="Empfang", language=language
        ),
        "reconfirmed": texts.reconfirmed(occasion, language=language),
        "reply_handed_back": texts.reply_handed_back(occasion, language=language),
        "reply_help": texts.reply_help(pool_name=pool, contact="02521 29-0", language=language),
        "reply_which": texts.reply_which(numbers=[99_996, 99_997, 99_998, 99_999, 100_000], language=language),
        "second_channel": texts.second_channel(
            recipient_name=name, text="Es bleibt dabei?", pool_name=pool, contact="02521 29-0", language=language
        ),
        "offer_call": texts.offer_call(occasion, number=42, pool_name=pool, language=language),
        "call_thanks_yes": texts.call_thanks_yes(language=language),
        "call_thanks_no": texts.call_thanks_no(language=language),
        "call_gone": texts.call_gone(language=language),
        "call_again": texts.call_again(language=language),
        **every_joint_kind(occasion, language, link, name, pool),
        **every_kind_of_joining(language, link, name, pool),
    }


def every_kind_of_joining(language: Language, link: str, name: str, pool: str) -> dict[str, Text]:
    contact, day = "02521 29-0", date(2026, 12, 14)
    return {
        "join_code": joining.code(code="012345", minutes=10, pool_name=pool, contact=contact, language=language),
        "join_known": joining.known(link=link, pool_name=pool, contact=contact, language=language),
        "join_invitation": joining.invitation(
            name=name, link=link, last_day=day, pool_name=pool, contact=contact, language=language
        ),
        "join_welcome": joining.welcome(
            mediator_name=name, link=link, pool_name=pool, contact=contact, language=language
        ),
        "join_declined": joining.declined(name=name, pool_name=pool, contact=contact, language=language),
    }


names = st.one_of(
    st.sampled_from(["Kurdisch (Kurmandschi)", "Bosnisch/Kroatisch/Serbisch", "Deutsche Gebärdensprache", "Dari"]),
    st.text("abcäöüßABC (/)-", min_size=1, max_size=30).filter(str.strip),
)
districts = st.one_of(st.sampled_from(["Mülheim-Saarn", "Neubeckum", ""]), st.text(max_size=80))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@settings(PATIENT, max_examples=examples(200))
@given(names, moments, districts, st.integers(1, 99_999), st.sampled_from(LANGUAGES))
def test_an_offer_is_one_segment_and_keeps_what_matters(
    name: str, starts: datetime, district: str, number: int, language: Language
) -> None:
    occasion = an_occasion(language_name=name, starts=starts, district=district)
    sms = texts.offer(occasion, link=LINK, number=number, pool_name="Sprachmittlerpool Beckum", language=language).sms
    assert len(LINK) == 62
    assert (segments(sms).encoding, segments(sms).count) == ("GSM-7", 1)
    words = sms.replace("/NEIN", " NEIN").split(" ")
    assert LINK in words
    assert " ".join(name.split()) in sms
    assert f"JA {number}" in sms
    assert f"NEIN {number}" in sms


def test_an_offer_says_language_time_length_place_and_how_to_answer() -> None:
    sms = texts.offer(an_occasion(), link="https://pool.example/o/abc", number=42, pool_name="Pool Beckum").sms
    for part in ("Pool Beckum", "Arabisch", "Di 01.12. 10:00", "60 min", "Innenstadt", "JA 42", "NEIN 42"):
        assert part in sms


def test_a_tight_offer_drops_courtesy_before_it_shortens_the_district() -> None:
    district = "Neubeckum-Vellern am Hauptbahnhof"
    sms = texts.offer(
        an_occasion("Kurdisch (Kurmandschi)", district=district), link=LINK, number=42, pool_name="Sprachmittlerpool"
    ).sms
    assert "Sprachmittlerpool" not in sms
    assert "Kommen Sie" not in sms
    assert "60 min" in sms
    assert "Neubeckum-Vellern" in sms
    assert district not in sms


@pytest.mark.parametrize(
    ("mode", "language", "word"),
    [("phone", "de", "Telefon"), ("video", "de", "Video"), ("phone", "en", "by phone"), ("video", "en", "by video")],
)
def test_a_remote_offer_names_the_way_and_no_district(mode: Mode, language: Language, word: str) -> None:
    sms = texts.offer(an_occasion(mode=mode), link="https://pool.example/o/a", number=4, language=language).sms
    assert word in sms
    assert "Innenstadt" not in sms


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("district", ["Innenstadt", ""])
def test_every_kind_has_its_parts_filled_in_both_languages(kind: str, language: Language, district: str) -> None:
    text = every_kind(an_occasion(district=district), language)[kind]
    assert bool(text.mail) == bool(text.subject) == (kind not in WITHOUT_MAIL | SPOKEN)
    assert bool(text.call) == (kind in SPOKEN)
    assert text.sms or text.mail or text.call
    for part in (text.sms, text.subject, text.mail, text.call):
        assert "{" not in part
        assert "None" not in part
        assert "\n\n\n" not in part
        assert ".." not in part
    assert "\n" not in text.sms + text.subject + text.call


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_an_sms_is_one_segment_and_knows_no_name_no_street_no_topic(kind: str, language: Language) -> None:
    occasion = an_occasion("Kurdisch (Kurmandschi)", place="Zimmer Qxq", address="Qxqstraße 1", topic="Qxq")
    sms = every_kind(occasion, language, name="Qxq Mediator")[kind].sms
    assert "qxq" not in sms.lower() + every_kind(occasion, language, name="Qxq Mediator")[kind].call.lower()
    if sms:
        assert (segments(sms).encoding, segments(sms).count) == ("GSM-7", 1)


@PATIENT
@given(names, districts, st.text(max_size=40), st.sampled_from(LANGUAGES))
def test_every_sms_is_gsm_7_and_one_line_whatever_the_values(
    name: str, district: str, contact: str, language: Language
) -> None:
    occasion = an_occasion(language_name=name, district=district)
    sent = [text.sms for text in every_kind(occasion, language).values() if text.sms]
    sent.append(texts.opted_out(pool_name=name, contact=contact, language=language).sms)
    assert {segments(sms).encoding for sms in sent} == {"GSM-7"}
    assert not any("\n" in sms or "\r" in sms for sms in sent)


@PATIENT
@given(st.text(max_size=80))
def test_no_value_adds_a_line_to_a_subject_or_a_mail(evil: str) -> None:
    plain = texts.alert_coordinator(headline="x", details=["y"], link="z", pool_name="p")
    text = texts.alert_coordinator(headline="x" + evil, details=["y" + evil], link="z", pool_name="p")
    assert len(text.subject.splitlines()) == 1
    assert len(text.mail.splitlines()) == len(plain.mail.splitlines())


@pytest.mark.parametrize(
    ("starts", "shown"),
    [
        (datetime(2026, 12, 1, 9, 0, tzinfo=UTC), "Di 01.12. 10:00"),
        (datetime(2026, 7, 1, 8, 0, tzinfo=UTC), "Mi 01.07. 10:00"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "Fr 01.01. 00:30"),
    ],
    ids=["winter", "summer", "new year"],
)
def test_people_read_the_time_of_their_own_clock(starts: datetime, shown: str) -> None:
    assert shown in texts.already_taken(an_occasion(starts=starts)).sms


def test_a_mail_gives_day_and_end_in_full() -> None:
    mail = every_kind(an_occasion(), "de")["confirmation_mediator"].mail
    assert "Dienstag, 1. Dezember 2026, 10:00 bis 11:00 Uhr" in mail
    assert "Tuesday, 1 December 2026, 10:00 to 11:00" in every_kind(an_occasion(), "en")["reminder_day"].mail


def test_the_end_is_right_when_summer_time_ends_meanwhile() -> None:
    before = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    mail = every_kind(an_occasion(starts=before), "de")["reminder_day"].mail
    assert "02:30 bis 02:30 Uhr" in mail


def test_staff_learn_who_comes_and_how_to_reach_them() -> None:
    mail = every_kind(an_occasion(), "de")["confirmation_requester"].mail
    assert "Amal Şahin" in mail
    assert "0171 3920055" in mail
    assert "Eine weitere Person suchen wir noch." in mail


def test_staff_learn_why_nobody_was_found_and_what_helps() -> None:
    mail = every_kind(an_occasion(), "de")["unfilled_requester"].mail
    for part in ("Zwei sind verhindert.", "- Per Telefon geht es.\n- Ein Gerät ist frei.\n", LINK):
        assert part in mail


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reason_counts_everybody_who_speaks_the_language(language: Language) -> None:
    reason = texts.refusal_reason({"busy": 2, "too_far": 1}, "Arabisch", language=language)
    for part in ("3 ", "Arabisch", "2 ", "1 "):
        assert part in reason
    assert reason.endswith(".")
    assert "Arabisch" in texts.refusal_reason({}, "Arabisch", language=language)


def test_a_reason_names_how_it_was_to_be_and_whom_was_wished_for() -> None:
    said = texts.refusal_reason({"mode": 2, "gender": 1}, "Farsi", mode="video", gender="f")
    assert (
        said.strip()
        == "3 Personen sprechen Farsi: 2 arbeiten nicht per Video, 1 entspricht nicht dem Wunsch nach einer Frau."
    )


def test_a_reply_nobody_understands_is_asked_again_with_words_that_work() -> None:
    assert "JA 42" in texts.reply_not_understood(number=42).sms
    assert "JA" in texts.reply_not_understood().sms


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        an_occasion(starts=datetime(2026, 12, 1, 10, 0))  # noqa: DTZ001 - the point of the test


def test_asking_again_whether_it_stands_is_answered_like_an_offer() -> None:
    text = every_kind(an_occasion(), "de")["reconfirm"]
    for part in ("Es bleibt dabei?", "Arabisch", "Di 01.12. 10:00", "Innenstadt", LINK, "JA 42", "NEIN 42"):
        assert part in text.sms
    for part in ("Bleibt es dabei?", "Weststraße 46", LINK, "Empfang"):
        assert part in text.mail


def test_several_open_questions_are_named_by_their_first_four_numbers() -> None:
    sms = texts.reply_which(numbers=[7, 8]).sms
    assert "7, 8." in sms
    assert "JA 7" in sms
    assert "und weitere" not in sms
    many = texts.reply_which(numbers=[1, 2, 3, 4, 5]).sms
    assert "1, 2, 3, 4 und weitere" in many
    with pytest.raises(ValueError, match="numbers"):
        texts.reply_which(numbers=[])


def test_help_says_how_to_answer_how_to_stop_and_whom_to_call() -> None:
    sms = texts.reply_help(pool_name="Pool Beckum", contact="02521 29-0").sms
    for part in ("Pool Beckum", "JA", "NEIN", "STOP", "02521 29-0"):
        assert part in sms
    assert "Fragen" not in texts.reply_help(pool_name="Pool Beckum").sms


def test_what_no_sms_could_say_is_said_by_mail_and_the_number_asked_for() -> None:
    text = texts.second_channel(
        recipient_name="Amal", text=f"Kommen Sie? {LINK}", pool_name="Pool", contact="02521 29-0"
    )
    for part in ("Amal", f"Kommen Sie? {LINK}", "neue Nummer", "02521 29-0", "Pool"):
        assert part in text.mail


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        (datetime(2026, 12, 1, 9, 0, tzinfo=UTC), "Dienstag, den 1. Dezember, um 10 Uhr, 60 Minuten"),
        (datetime(2026, 7, 1, 7, 30, tzinfo=UTC), "Mittwoch, den 1. Juli, um 9 Uhr 30, 60 Minuten"),
    ],
    ids=["winter", "summer"],
)
def test_a_voice_reads_the_time_as_people_say_it(starts: datetime, said: str) -> None:
    assert said in texts.offer_call(an_occasion(starts=starts), number=42, pool_name="Pool").call


@pytest.mark.parametrize(("mode", "word"), [("phone", "am Telefon"), ("video", "per Video"), ("on_site", "Innenstadt")])
def test_a_voice_says_where_or_how_and_which_keys_to_press(mode: Mode, word: str) -> None:
    said = texts.offer_call(an_occasion(mode=mode), number=42, pool_name="Pool Beckum").call
    for part in ("Pool Beckum", "Anfrage 42", "Arabisch", word, "die 1", "die 2", "die 3"):
        assert part in said
    assert ("Innenstadt" in said) == (mode == "on_site")


def test_every_folder_of_templates_is_a_kind_and_every_template_has_both_languages() -> None:
    folder = Path(texts.__file__).parent / "templates"
    # those that hold a line alone are words within other messages
    assert {path.name for path in folder.iterdir() if not [*path.glob("line.*")]} == set(KINDS)
    german = {str(path.relative_to(folder)) for path in folder.rglob("*.de.txt")}
    english = {str(path.relative_to(folder)).replace(".en.", ".de.") for path in folder.rglob("*.en.txt")}
    assert german == english
