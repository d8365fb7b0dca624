import csv
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from notifications import replies
from notifications.replies import Reply, ReplyKind, understand
from tests.effort import examples
from tests.notifications.conftest import PATIENT


def _rows() -> list[tuple[str, str]]:
    with Path(replies.__file__).with_name("replies.csv").open(encoding="utf-8", newline="") as file:
        return [(row["kind"], row["word"]) for row in csv.DictReader(file, delimiter=";")]


ROWS = _rows()
BESIDE = {"polite", "sorry"}
MEANT = [(ReplyKind(kind), word) for kind, word in ROWS if kind not in BESIDE]
YES = [word for kind, word in MEANT if kind is ReplyKind.YES]
NO = [word for kind, word in MEANT if kind is ReplyKind.NO]
COURTESIES = [word for kind, word in ROWS if kind == "polite"]
gaps = st.text(' \t\n.,;:!-_()/"#*🙂🎉', min_size=1, max_size=5)


@pytest.mark.parametrize(
    "text",
    ["JA 42", "ja42", "42 ja", "42ja", "Ja gerne, 42!", "#42 JA", "JA 42 🙂", "JAAA 42", "jja 42", "Ja. Nr. 42",
     "نعم ٤٢", "na3am 42", "Evet 42", "да 42", "👍 42", "👍🏽 42", "JA 42. Liebe Grüße", "Ja, ich komme gerne. 42",
     "ＪＡ ４２", "JA 42 42", "JA 042"],
)  # fmt: skip
def test_a_yes_with_its_number_is_understood_however_it_is_written(text: str) -> None:
    assert understand(text) == Reply(ReplyKind.YES, 42)


@pytest.mark.parametrize(
    "text",
    ["NEIN 42", "nein42", "42 nein", "Leider nicht 42", "Kann leider nicht, 42", "42: keine Zeit, sorry",
     "geht nicht 42", "nien 42", "neim 42", "niein 42", "nain 42", "nee 42", "ne 42", "nö 42", "Nein danke 42",
     "HAYIR 42", "Нет 42", "لا ٤٢", "👎42", "NO 42", "I can't come 42"],
)  # fmt: skip
def test_a_no_with_its_number_is_understood_however_it_is_written(text: str) -> None:
    assert understand(text) == Reply(ReplyKind.NO, 42)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ja", ReplyKind.YES), ("jaa", ReplyKind.YES), ("jja", ReplyKind.YES), ("ja.", ReplyKind.YES),
        ("Ja bitte, liebe Grüße", ReplyKind.YES), ("نعم", ReplyKind.YES), ("naam", ReplyKind.YES),
        ("erê", ReplyKind.YES), ("so", ReplyKind.UNCLEAR), ("بەڵێ", ReplyKind.YES), ("እወ", ReplyKind.YES),
        ("haa", ReplyKind.YES), ("هو", ReplyKind.YES), ("po", ReplyKind.YES), ("da", ReplyKind.YES),
        ("так", ReplyKind.YES), ("tak", ReplyKind.YES), ("bale", ReplyKind.YES), ("ναι", ReplyKind.YES),
        ("nein", ReplyKind.NO), ("لا", ReplyKind.NO), ("la", ReplyKind.NO), ("hayır", ReplyKind.NO),
        ("ні", ReplyKind.NO), ("نه", ReplyKind.NO), ("na", ReplyKind.NO), ("نەخێر", ReplyKind.NO), ("nu", ReplyKind.NO),
        ("не", ReplyKind.NO), ("ኣይፋል", ReplyKind.NO), ("maya", ReplyKind.NO), ("nie", ReplyKind.NO),
        ("STOP", ReplyKind.STOP), ("Bitte stopp!", ReplyKind.STOP), ("ABMELDEN", ReplyKind.STOP),
        ("STOPALL", ReplyKind.STOP), ("unsubscribe", ReplyKind.STOP), ("Opt-out", ReplyKind.STOP),
        ("START", ReplyKind.START), ("unstop", ReplyKind.START),
        ("Hilfe", ReplyKind.HELP), ("HELP", ReplyKind.HELP), ("Info?", ReplyKind.HELP), ("?", ReplyKind.HELP),
        ("??", ReplyKind.HELP), ("؟", ReplyKind.HELP),
    ],
)  # fmt: skip
def test_a_word_alone_is_understood_in_many_languages(text: str, kind: ReplyKind) -> None:
    assert understand(text) == Reply(kind)


@pytest.mark.parametrize("word", ["END", "CANCEL", "QUIT", "REVOKE", "OPTOUT", "STOP", "STOPALL", "UNSUBSCRIBE"])
def test_what_makes_twilio_block_a_person_counts_as_stop(word: str) -> None:
    assert understand(word).kind is ReplyKind.STOP


@pytest.mark.parametrize(
    "text",
    ["ja aber erst um 11", "JA 42 aber erst um 11", "JA 42 wenn es geht", "JA 42 nur vormittags", "JA 42?", "Ja?",
     "JA 42 um 14 Uhr", "JA 42 und 43", "ja oder nein", "JA/NEIN 42", "na ja", "Ja, leider kann ich nicht",
     "Ich habe Ihnen gesagt, dass ich ja komme, wenn nichts ist", "no sé todavía", "da bin ich im Urlaub", "jein",
     "jo", "jo 42", "nai", "ha", "danke", "42", "42?", "", "   ", "🙂", "JA 1234567890", "№42", "sorry ja 42",
     "ja stop",     "JA 42 Amal"],
)  # fmt: skip
def test_what_could_be_meant_otherwise_is_unclear(text: str) -> None:
    assert understand(text) == Reply(ReplyKind.UNCLEAR)


@settings(PATIENT, max_examples=examples(300))
@given(st.text())
def test_no_text_whatever_makes_it_fail(text: str) -> None:
    reply = understand(text)
    assert reply.number is None or reply.kind is not ReplyKind.UNCLEAR


@pytest.mark.parametrize(("kind", "word"), MEANT, ids=[word for _, word in MEANT])
def test_every_word_of_the_table_is_understood_alone_and_with_a_number(kind: ReplyKind, word: str) -> None:
    assert understand(word) == Reply(kind)
    for text in (f"{word} 42", f"42 {word}", f"{word}42", f"42{word}", f"{word.upper()} ٤٢"):
        assert understand(text) == Reply(kind, 42)


def test_no_word_stands_under_two_kinds() -> None:
    spelled: dict[tuple[str, ...], set[str]] = {}
    for kind, word in ROWS:
        for form in replies._forms(replies._parts(word)[0]):
            spelled.setdefault(form, set()).add(kind)
    assert [words for words, kinds in spelled.items() if len(kinds) > 1] == []


@settings(PATIENT, max_examples=examples(400))
@given(st.sampled_from(YES), st.sampled_from(NO), st.booleans(), gaps, st.sampled_from(["", "42"]), st.data())
def test_a_yes_beside_a_no_is_unclear(
    yes: str, no: str, first: bool, gap: str, number: str, data: st.DataObject
) -> None:
    extra = data.draw(st.sampled_from(["", *COURTESIES]))
    text = gap.join([number, yes, extra, no] if first else [no, extra, yes, number])
    # "kann" and "nicht" side by side are a phrase of their own
    assume(not _joined(*((yes, no) if first else (no, yes))))
    assert understand(text) == Reply(ReplyKind.UNCLEAR)


def _joined(first: str, second: str) -> bool:
    """Whether a phrase of the table begins in the first words and ends in the second."""
    before, after = replies._parts(first)[0], replies._parts(second)[0]
    words = [*before, *after]
    starts, ends = range(len(before)), range(len(before) + 1, len(words) + 1)
    return any(tuple(words[start:end]) in replies._ANSWERS for start in starts for end in ends)


@settings(PATIENT, max_examples=examples(300))
@given(
    st.sampled_from(MEANT),
    st.sampled_from(["", "42"]),
    gaps,
    gaps,
    gaps,
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
)
def test_case_spaces_and_punctuation_change_nothing(
    meant: tuple[ReplyKind, str], number: str, before: str, between: str, after: str, case: object
) -> None:
    kind, word = meant
    assert callable(case)
    text = before + between.join([*case(word).split(), number]) + after
    assert understand(text) == Reply(kind, 42 if number else None)


@settings(PATIENT, max_examples=examples(300))
@given(st.sampled_from(YES), st.text(st.characters(categories=["L"]), min_size=1), st.sampled_from(["", "42"]))
def test_a_yes_beside_a_word_that_nobody_knows_is_no_yes(yes: str, stranger: str, number: str) -> None:
    assume(understand(stranger) == Reply(ReplyKind.UNCLEAR) and not _is_known(stranger))
    assume(not _joined(yes, stranger) and not _joined(stranger, yes))
    for text in (f"{yes} {stranger} {number}", f"{number} {stranger} {yes}"):
        assert understand(text) == Reply(ReplyKind.UNCLEAR)


def _is_known(text: str) -> bool:
    words = replies._parts(text)[0]
    return not words or any(form in replies._TABLE for form in replies._forms(words))


@PATIENT
@given(st.sampled_from(MEANT), st.lists(st.sampled_from(COURTESIES), max_size=3), st.integers(0, 999_999_999))
def test_kind_words_may_stand_beside_any_other(
    meant: tuple[ReplyKind, str], courtesies: list[str], number: int
) -> None:
    kind, word = meant
    assert understand(" ".join([*courtesies, word, str(number)])) == Reply(kind, number)
    assert understand(" ".join(courtesies)).kind is ReplyKind.UNCLEAR


@PATIENT
@given(st.sampled_from(MEANT), st.integers(0, 999_999_999), st.integers(0, 999_999_999))
def test_two_different_numbers_are_unclear(meant: tuple[ReplyKind, str], one: int, other: int) -> None:
    assume(one != other)
    assert understand(f"{one} {meant[1]} {other}") == Reply(ReplyKind.UNCLEAR)
