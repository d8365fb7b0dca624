"""The pool's own rules have one writer that says who changed what, and plans anew."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app.errors import Invalid
from app.models import Event, PlanRun, Pool, Role
from app.registry import pool_rules
from tests.world import World


def change(world: World, **changes: object) -> None:
    world.set_pool(max_texts_per_day=5)
    with world.change() as session:
        rules = pool_rules.rules_of(session.get_one(Pool, world.pool_id))
        admin = world.staff(session, Role.ADMIN)
        pool_rules.change(session, world.now, world.pool_id, replace(rules, **changes), admin)  # type: ignore[arg-type]


def counts(world: World) -> tuple[int, int]:
    """How many lines about rules, and how many wishes for a plan."""
    with world.change() as session:
        lines = session.scalar(select(func.count()).where(Event.kind == "pool_rules_changed")) or 0
        return lines, session.scalar(select(func.count()).select_from(PlanRun)) or 0


def test_a_change_is_kept_told_and_planned_by(world: World) -> None:
    change(world, fill_target=80, minutes_per_km=1.5)
    with world.change() as session:
        pool = session.get_one(Pool, world.pool_id)
        assert (pool.fill_target, pool.minutes_per_km) == (80, 1.5)
        line = session.execute(select(Event).where(Event.kind == "pool_rules_changed")).scalar_one()
        assert sorted(line.data["fields"]) == ["fill_target", "minutes_per_km"]
    assert counts(world) == (1, 1)


def test_saving_what_stands_already_does_nothing(world: World) -> None:
    change(world)
    assert counts(world) == (0, 0)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"email": "pool"}, "email"),
        ({"email": ""}, "email"),
        ({"min_level": "Z9"}, "min_level"),
        ({"fill_target": 100}, "fill_target"),
        ({"minutes_per_km": float("nan")}, "minutes_per_km"),
        ({"forbidden_fallbacks": {"mode": ["party"]}}, "forbidden_mode"),
        ({"forbidden_fallbacks": {"taxi": ["medical"]}}, "forbidden_taxi"),
        ({"text_from_minute": 600, "text_until_minute": 600}, "text_until_minute"),
    ],
)
def test_what_cannot_be_is_named_by_its_field_and_nothing_is_kept(
    world: World, wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        change(world, **wrong)
    assert [one.field for one in refused.value.problems] == [field]
    assert counts(world) == (0, 0)
