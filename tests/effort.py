"""How hard tests try: `make test` tries everything, `make check` a few examples of each kind."""

import os

from hypothesis import settings

QUICK = bool(os.environ.get("QUICK"))


def examples(number: int) -> int:
    """How many of `number` examples Hypothesis tries: all, or a twentieth (five at least) where it has to be quick."""
    return max(5, number // 20) if QUICK else number


# for tests that name no number; read before any of them is
settings.register_profile("effort", max_examples=examples(100))
settings.load_profile("effort")
