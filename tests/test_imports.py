"""The web process loads no solver."""

import subprocess
import sys

import pytest


@pytest.mark.thorough
def test_the_whole_application_is_made_without_the_solver_and_what_only_it_needs() -> None:
    code = "import sys, app.factory; print([m for m in ('ortools', 'pandas', 'scheduler.solve') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
