"""Phone numbers on the screen and in tel: links."""

import pytest

from notifications.phone_words import dialled, readable


@pytest.mark.parametrize(
    ("text", "shown", "called"),
    [
        ("+491713920047", "0171 3920047", "+491713920047"),
        ("02521 29123", "02521 29123", "+49252129123"),
        ("+41 44 668 18 00", "+41 44 668 18 00", "+41446681800"),
        ("bitte klingeln", "bitte klingeln", "bitteklingeln"),
        ("", "", ""),
    ],
)
def test_a_number_is_read_as_at_home_and_dialled_from_anywhere(text: str, shown: str, called: str) -> None:
    assert (readable(text), dialled(text)) == (shown, called)
