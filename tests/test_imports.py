"""The web process loads no solver."""

import subprocess
import sys


def test_the_web_loads_neither_the_solver_nor_the_ticker() -> None:
    code = "import sys, app.web, app.api; print([m for m in ('ortools', 'scheduler.solve') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_whole_application_is_made_without_the_solver() -> None:
    code = "import sys, app.factory; print([m for m in ('ortools', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
