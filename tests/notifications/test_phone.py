import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.messages import Sms
from notifications.phone import PhoneError, country, fictional_mobiles, gsm7, normalise, segments
from tests.notifications.conftest import PATIENT

ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"


@pytest.mark.parametrize(
    "written",
    ["0171 39200 55", "0171-3920055", "+49 (0) 171 3920055", "0049 171 3920055", "(0171) 39 200 55", "+491713920055"],
)
def test_every_way_of_writing_a_number_means_the_same_number(written: str) -> None:
    assert normalise(written) == "+491713920055"


def test_a_number_of_another_country_keeps_its_country() -> None:
    assert normalise("+43 664 1234567") == "+436641234567"
    assert normalise("0664 1234567", region="AT") == "+436641234567"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("keine", "not_a_number"),
        ("+999 1234567", "country_unknown"),
        ("110", "too_short"),
        ("4711", "too_short"),
        ("0171 3920055 3920055", "too_long"),
        ("10000000000000", "too_long"),
        ("0000000", "impossible"),
        ("0900 1234567", "premium"),
        ("0180 5 123456", "premium"),
    ],
)
def test_a_text_that_is_no_usable_number_is_refused_with_its_reason(written: str, reason: str) -> None:
    with pytest.raises(PhoneError) as refused:
        normalise(written)
    assert refused.value.reason == reason


@PATIENT
@given(st.one_of(st.text(max_size=30), st.from_regex(r"\A\+?[0-9 ()/-]{3,22}\Z")))
def test_a_normal_form_is_its_own_normal_form_and_can_be_written_to(written: str) -> None:
    try:
        normal = normalise(written)
    except PhoneError:
        return
    assert normalise(normal) == normal
    assert Sms(normal, "Hallo", "1").to == normal


def test_the_numbers_reserved_for_fiction_are_210_and_all_usable() -> None:
    numbers = list(fictional_mobiles())
    assert len(set(numbers)) == len(numbers) == 210
    assert [normalise(number) for number in numbers] == numbers
    assert {"+4915228817386", "+491713920000", "+491713920099", "+491729980752", "+4917604069099"} <= set(numbers)


def test_fictional_landlines_are_accepted() -> None:
    assert normalise("030 23125 000") == "+493023125000"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Grüße aus Mülheim, Weiß & Söhne, § 5, 3 €", "Grüße aus Mülheim, Weiß & Söhne, § 5, 3 €"),
        ("„Hallo“ – ‚ja‘ … nein’s", "\"Hallo\" - 'ja' ... nein's"),
        ("Țîrgu Mureș, Çağlar Şükrü, Łódź, Đorđe", "Tirgu Mures, Çaglar Sükrü, Lódz, Dorde".replace("ó", "o")),
        ("ça va", "ca va"),
        ("o\u0308ffnen", "öffnen"),
        ("a\u00a0b\u202fc\u00add", "a b cd"),
        ("🙂", "?"),
        ("Привет", "??????"),
    ],
)
def test_texts_become_gsm_7_and_stay_readable(text: str, plain: str) -> None:
    assert gsm7(text) == plain


@PATIENT
@given(st.text())
def test_any_text_becomes_gsm_7_and_then_stays_as_it_is(text: str) -> None:
    plain = gsm7(text)
    assert set(plain) <= set(ALPHABET + EXTENSION)
    assert gsm7(plain) == plain
    assert segments(plain).encoding == "GSM-7"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "GSM-7", 0, 0),
        ("a" * 160, "GSM-7", 160, 1),
        ("ä" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        # 76 euro signs fill 152 of 153 units, and the 77th is not torn
        ("€" * 153, "GSM-7", 306, 3),
        ("ş" * 70, "UCS-2", 70, 1),
        ("ş" * 71, "UCS-2", 71, 2),
        ("ş" * 134, "UCS-2", 134, 2),
        ("ş" * 135, "UCS-2", 135, 3),
        ("🙂" * 35, "UCS-2", 70, 1),
        ("🙂" * 36, "UCS-2", 72, 2),
        # 33 pairs fill 66 of 67 units, and the 34th is not torn
        ("🙂" * 67, "UCS-2", 134, 3),
    ],
)
def test_segments_are_counted_as_the_network_bills_them(text: str, encoding: str, units: int, count: int) -> None:
    cut = segments(text)
    assert (cut.encoding, cut.units, cut.count) == (encoding, units, count)


@pytest.mark.parametrize("character", sorted(ALPHABET))
def test_a_character_of_the_default_alphabet_takes_one_unit(character: str) -> None:
    assert segments(character).units == 1


@pytest.mark.parametrize("character", sorted(EXTENSION))
def test_a_character_of_the_extension_takes_two_units(character: str) -> None:
    assert segments(character).units == 2


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+491713920055", "DE"), ("+380501234567", "UA"), ("+905321234567", "TR"), ("+80012345678", ""),
        ("amal@example.org", ""), ("", ""), ("+999123", ""),
    ],
)  # fmt: skip
def test_a_number_tells_its_country(number: str, code: str) -> None:
    assert country(number) == code
