"""Phone numbers as people read them, and as telephones dial them."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

REGION = "DE"


def readable(text: str) -> str:
    """0171 3920047; with the country's code if it is another country. What is no number stays as it is."""
    number = _parsed(text)
    if number is None:
        return text
    at_home = number.country_code == phonenumbers.country_code_for_region(REGION)
    form = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, form))


def dialled(text: str) -> str:
    """+491713920047, for a tel: link."""
    number = _parsed(text)
    return "".join(text.split()) if number is None else str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _parsed(text: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, REGION)
    except NumberParseException:
        return None
    # what somebody typed with an extension is clearest as they typed it
    return number if phonenumbers.is_possible_number(number) and number.extension is None else None
