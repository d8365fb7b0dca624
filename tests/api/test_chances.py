"""POST /chances: how likely, what is likelier, and the same refusals as for a request; nothing is saved."""

from typing import Any

from sqlalchemy import func, select

from app.api.chances import ChancesOut
from app.models import Appointment
from tests.api.client import PLACE, Caller, assert_problem
from tests.world import World

WANTED: dict[str, Any] = {"language": "kmr", "starts_at": "2026-11-24T10:00:00+01:00", "site": PLACE}


def test_it_says_how_likely_and_what_is_likelier(town: World, staff: Caller) -> None:
    town.mediator("Amira", "kmr", "tur")
    for name in ("Berat", "Cemal", "Dilan"):
        town.mediator(name, "tur")
    found = staff.made("/chances", WANTED, 200)
    assert ChancesOut().validate(found) == {}
    assert found["eligible"] == 1
    assert 0 < found["chance"] < 1
    assert found["reason"] == "few"
    [best, *_] = found["alternatives"]
    assert (best["language"], best["mode"], best["changes"]) == ("tur", "on_site", ["language"])
    assert (best["starts_at"], best["eligible"], best["gender"]) == (WANTED["starts_at"], 4, None)
    assert best["chance"] > found["chance"]
    known = staff.made("/chances", WANTED | {"accepted_languages": ["tur"]}, 200)
    assert (known["eligible"], known["chance"]) == (best["eligible"], best["chance"])


def test_nothing_is_saved(town: World, staff: Caller) -> None:
    staff.made("/chances", WANTED, 200)
    with town.change() as session:
        assert session.scalar(select(func.count()).select_from(Appointment)) == 0


def test_it_is_read_as_a_request_is(staff: Caller, coordinator: Caller) -> None:
    for wrong, field in (
        ({"language": "xxx"}, "language"),
        ({"starts_at": "2026-11-24T10:00:00"}, "starts_at"),
        ({"starts_at": "2020-11-24T10:00:00+01:00"}, "starts_at"),
        ({"site": None}, "site"),
        ({"duration_minutes": 5}, "duration_minutes"),
        ({"organisation": 999}, "organisation"),
        ({"colour": "red"}, "colour"),
    ):
        said = [assert_problem(staff.post(path, WANTED | wrong), 422, field) for path in ("/chances", "/appointments")]
        assert said[0] == said[1]
    assert coordinator.post("/chances", WANTED).status_code == 200
    answer = staff.client.post("/api/v1/chances", json=WANTED)
    assert answer.status_code == 401
