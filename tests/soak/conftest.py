"""What soak tests share: figures."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

Figures = Callable[[str, object], None]


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Note a figure under a name; where SOAK_FIGURES names a file it goes there, a JSON object a line."""
    path = os.environ.get("SOAK_FIGURES")

    def note(name: str, value: object) -> None:
        if path:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(json.dumps({"test": request.node.name, "figure": name, "value": value}) + "\n")

    return note
