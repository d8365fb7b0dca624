"""The languages of the screens: German and English everywhere, nine more on what mediators see."""

from typing import Final

LOCALES: Final = ("de", "en")
# by their own names, in the order of the switch; two letters as in ISO 639-1
MEDIATOR_LOCALES: Final = {
    "de": "Deutsch",
    "en": "English",
    "uk": "Українська",
    "ru": "Русский",
    "ar": "العربية",
    "fa": "فارسی",
    "tr": "Türkçe",
    "ro": "Română",
    "bg": "Български",
    "fr": "Français",
    "ku": "Kurmancî",
}
RIGHT_TO_LEFT: Final = frozenset({"ar", "fa"})
