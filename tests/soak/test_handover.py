"""How soon somebody is asked: from a request until the provider has the first SMS about it."""

import random
from pathlib import Path

import pytest

from tests import postgres
from tests.conftest import migrated
from tests.fake_twilio import FakeTwilio
from tests.soak.asking import drive, newest, note, percentile, requests_to, wait_until_asked, waited
from tests.soak.busy_towns import fill
from tests.soak.conftest import Figures
from tests.soak.scale import SOAK, scaled
from tests.soak.service import TOKEN, Service
from tests.soak.town import opened
from tests.world import World

TOWNS, PEOPLE, SEARCHING = scaled(2, 20), scaled(20, 75), scaled(10, 150)
# requests a second -> for how many seconds, and what 95 of a hundred may wait for
RATES = {0.5: (scaled(4, 60), 0.7), 20.0: (scaled(1, 60), 1.5), 50.0: (scaled(1, 30), 3.0)}
ON_SQLITE = 1.0


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.postgres
@pytest.mark.parametrize("rate", RATES)
def test_somebody_is_asked_soon_after_a_request(rate: float, tmp_path: Path, figures: Figures) -> None:
    with postgres.Cluster() as cluster:
        address = f"{cluster.address}/postgres"
        migrated(address)
        posts, asked, wanted = _run(address, tmp_path, rate)
    note(figures, posts, asked, wanted)
    if SOAK:
        assert percentile(asked, 95) <= RATES[rate][1]
        assert rate == max(RATES) or percentile(posts, 50) <= 0.1


@pytest.mark.soak
@pytest.mark.processes
def test_somebody_is_asked_soon_on_sqlite(tmp_path: Path, figures: Figures) -> None:
    address = f"sqlite:///{tmp_path / 'pool.sqlite3'}"
    migrated(address)
    posts, asked, wanted = _run(address, tmp_path, min(RATES))
    note(figures, posts, asked, wanted)
    if SOAK:
        assert percentile(asked, 95) <= ON_SQLITE


def _run(address: str, folder: Path, rate: float) -> tuple[list[float], list[float], int]:
    """Seconds of each POST, seconds until each first SMS (both shortest first), and how many requests there were."""
    dice = random.Random(20261125)
    with opened(address) as world, FakeTwilio(auth_token=TOKEN) as twilio:
        worlds = [world, *(World.build(world.app, world.now, f"town{number}") for number in range(1, TOWNS))]
        for one in worlds:
            fill(one, dice, people=PEOPLE, searching=SEARCHING)
        with Service(address, folder, twilio.url, workers=({},)) as service:
            number = max(1, int(rate * RATES[rate][0]))
            requests = requests_to(service.url, worlds, dice, number)
            before = newest(world)
            posts = drive(requests, rate)
            wait_until_asked(world)
            return posts, waited(world, twilio, before), number
