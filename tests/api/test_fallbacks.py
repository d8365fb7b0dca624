"""What may be tried when nobody can come: sent, changed, and told rung by rung."""

from tests.api.client import Caller
from tests.api.test_appointments import WANTED
from tests.world import World

FAR_AWAY = (52.52, 13.405)


def test_what_is_permitted_is_tried_and_told(town: World, coordinator: Caller) -> None:
    town.mediator("Amira", "kmr", home=FAR_AWAY, max_travel_minutes=30)
    made = coordinator.made("/appointments", WANTED | {"fallbacks": ["mode"], "fallback_languages": ["tur"]})
    assert (made["fallbacks"], made["fallback_languages"]) == (["mode"], ["tur"])
    town.work()

    found = coordinator.item(f"/appointments/{made['id']}")
    assert (found["status"], found["mode"]) == ("offering", "phone")
    [step] = found["fallback_steps"]
    assert (step["rung"], step["state"], step["eligible"], step["mode"]) == ("mode", "running", 1, "phone")
    [listed] = [one for one in coordinator.items("/appointments") if one["id"] == made["id"]]
    assert listed["fallback_steps"] == [step]


def test_more_can_be_permitted_later(town: World, coordinator: Caller) -> None:
    town.mediator("Amira", "kmr", home=FAR_AWAY, max_travel_minutes=30)
    made = coordinator.made("/appointments", WANTED)
    town.work()
    path = f"/appointments/{made['id']}"
    assert coordinator.item(path)["status"] == "unfilled"
    changed = coordinator.patch(path, {"fallbacks": ["mode"]})
    assert changed.json is not None
    assert (changed.json["status"], changed.json["mode"]) == ("open", "phone")


def test_what_nobody_knows_is_refused_by_name(coordinator: Caller) -> None:
    refused = coordinator.post("/appointments", WANTED | {"fallbacks": ["taxi"], "fallback_languages": ["kmr"]})
    assert refused.status_code == 422
    assert refused.json is not None
    assert set(refused.json["errors"]) == {"fallbacks", "fallback_languages"}
