"""Hundreds of pools on one installation: all are planned, and none waits for another's plan."""

import random
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from app.journey.locks import request_plan
from app.models import PlanRun, PlanRunStatus
from tests import postgres
from tests.conftest import migrated
from tests.fake_twilio import FakeTwilio
from tests.soak.asking import drive, is_none, newest, note, percentile, requests_to, wait_until_asked, waited
from tests.soak.busy_towns import fill
from tests.soak.conftest import Figures
from tests.soak.scale import SOAK, scaled
from tests.soak.service import TOKEN, Service
from tests.soak.town import opened
from tests.soak.waiting import wait_until
from tests.world import World

POOLS, PEOPLE, SEARCHING = scaled(5, 400), scaled(15, 75), scaled(4, 20)
# a request each second of so many, and what 95 of a hundred may wait for, and all plans together (seconds)
SECONDS, SOON, ALL_PLANNED = scaled(3, 60), 3.0, 90.0


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.postgres
def test_no_pool_waits_for_the_plans_of_the_others(tmp_path: Path, figures: Figures) -> None:
    dice = random.Random(20261129)
    with postgres.Cluster() as cluster:
        address = f"{cluster.address}/postgres"
        migrated(address)
        with opened(address) as world, FakeTwilio(auth_token=TOKEN) as twilio:
            worlds = [world, *(World.build(world.app, world.now, f"town{number}") for number in range(1, POOLS))]
            for one in worlds:
                fill(one, dice, people=PEOPLE, searching=SEARCHING)
            _wish_for_plans(worlds)
            with Service(address, tmp_path, twilio.url, workers=({}, {})) as service:
                requests, before = requests_to(service.url, worlds, dice, SECONDS), newest(world)
                began = time.monotonic()
                posts = drive(requests, 1.0)
                unplanned = select(PlanRun.id).where(PlanRun.trigger == "all", PlanRun.status != PlanRunStatus.DONE)
                wait_until(partial(is_none, world, unplanned), "all pools are planned", 900, every=0.2)
                planned = time.monotonic() - began
                wait_until_asked(world)
                asked = waited(world, twilio, before)
    note(figures, posts, asked, SECONDS)
    figures(f"{POOLS} pools planned s", round(planned, 1))
    if SOAK:
        assert percentile(asked, 95) <= SOON
        assert planned <= ALL_PLANNED


def _wish_for_plans(worlds: Sequence[World]) -> None:
    for one in worlds:
        with one.change() as session:
            request_plan(session, one.now, "all", one.pool_id)
