from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.transports.voice_xml import ask, tell
from notifications.wording import Language
from tests.notifications.conftest import PATIENT

ACTION = "https://pool.example/webhooks/twilio/voice?message=7&key=1"


def parsed(xml: str) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314 - our own output


def test_a_question_waits_for_one_key_is_repeated_on_silence_and_ends() -> None:
    response = parsed(ask("Kommen Sie?", action=ACTION))
    assert [part.tag for part in response] == ["Gather", "Gather", "Hangup"]
    for gather in response.findall("Gather"):
        assert gather.attrib["numDigits"] == "1"
        assert gather.attrib["action"] == ACTION
        assert gather.attrib["method"] == "POST"
        assert [say.text for say in gather] == ["Kommen Sie?"]


@pytest.mark.parametrize(("language", "voice"), [("de", "de-DE"), ("en", "en-US")])
def test_a_voice_of_the_persons_language_reads_it(language: Language, voice: str) -> None:
    for xml in (ask("Hallo", action=ACTION, language=language), tell("Hallo", language=language)):
        assert {say.attrib["language"] for say in parsed(xml).iter("Say")} == {voice}


def test_a_last_word_is_said_once_and_the_call_ends() -> None:
    response = parsed(tell("Danke!", "Auf Wiederhören."))
    assert [part.tag for part in response] == ["Say", "Say", "Hangup"]
    assert [say.text for say in response.findall("Say")] == ["Danke!", "Auf Wiederhören."]


def test_several_sentences_are_repeated_together() -> None:
    response = parsed(ask("Nicht verstanden.", "Kommen Sie?", action=ACTION))
    assert [say.text for say in response.iter("Say")] == ["Nicht verstanden.", "Kommen Sie?"] * 2


@PATIENT
@given(st.text())
def test_no_text_breaks_the_markup(text: str) -> None:
    said = [say.text or "" for say in parsed(ask(text, action=ACTION)).iter("Say")]
    assert len(said) == 2
    assert [part.tag for part in parsed(tell(text))] == ["Say", "Hangup"]
