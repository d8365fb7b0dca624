"""What Twilio says in a call and which keys it waits for, in its markup TwiML (twilio.com/docs/voice/twiml)."""

import unicodedata
from typing import Final

from twilio.twiml.voice_response import Gather, VoiceResponse  # type: ignore[import-untyped]

from notifications.wording import Language

_VOICES: Final = {"de": "de-DE", "en": "en-US"}
_WAITS_FOR: Final = 8
_TIMES: Final = 2


def ask(*sentences: str, action: str, language: Language = "de") -> str:
    """Read the sentences out and post the one key that is pressed to the address `action`, as Digits.

    Who presses nothing for eight seconds hears it once more, and then the call ends; `action` hears nothing of that.
    """
    response = VoiceResponse()
    for _ in range(_TIMES):
        gather = Gather(input="dtmf", num_digits=1, action=action, method="POST", timeout=_WAITS_FOR)
        _say(gather, sentences, language)
        response.append(gather)
    response.hangup()
    return str(response)


def tell(*sentences: str, language: Language = "de") -> str:
    """Read the sentences out and end the call."""
    response = VoiceResponse()
    _say(response, sentences, language)
    response.hangup()
    return str(response)


def hang_up() -> str:
    """End the call without a word."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def _say(parent: VoiceResponse | Gather, sentences: tuple[str, ...], language: Language) -> None:
    for sentence in sentences:
        # XML 1.0, 2.2: no document may hold these
        clean = "".join(one for one in sentence if unicodedata.category(one) not in {"Cc", "Cs", "Cn"})
        parent.say(clean, language=_VOICES[language])
