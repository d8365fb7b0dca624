"""What the tests of tables share."""

import threading
from collections.abc import Callable

import pytest

PATIENCE = 60


@pytest.fixture
def twice_at_once() -> Callable[[Callable[[], object]], None]:
    """Do something in two threads that begin together; what one of them raises is raised here."""

    def do(work: Callable[[], object]) -> None:
        together, raised = threading.Barrier(2), list[BaseException]()

        def run() -> None:
            together.wait(PATIENCE)
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - it is raised again below
                raised.append(error)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        if raised:
            raise raised[0]

    return do
