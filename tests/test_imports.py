"""The web process loads no solver, and nothing that takes long to load without being needed at once."""

import subprocess
import sys

import pytest


@pytest.mark.thorough
def test_the_whole_application_is_made_without_the_solver_and_what_only_the_worker_needs() -> None:
    heavy = ("ortools", "pandas", "numpy", "scheduler.solve", "twilio.rest", "apscheduler", "app.demo")
    code = f"import sys, app.factory; print([module for module in {heavy} if module in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.thorough
def test_a_forecast_is_made_without_loading_the_solver() -> None:
    heavy = ("ortools", "pandas", "scheduler.solve")
    code = f"import sys, scheduler.__main__; print([module for module in {heavy} if module in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
