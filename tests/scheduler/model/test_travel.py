import pytest

from scheduler.model.travel import Place, Travel, great_circle_km

BECKUM, MUENSTER = Place(51.756, 8.041), Place(51.963, 7.628)


def test_a_degree_of_latitude_is_a_sixtieth_of_the_arc_in_nautical_miles() -> None:
    assert great_circle_km(Place(51, 8), Place(52, 8)) == pytest.approx(60 * 1.853, rel=0.002)


def test_half_way_round_the_earth_is_half_its_circumference() -> None:
    assert great_circle_km(Place(0, 0), Place(0, 180)) == pytest.approx(40_030 / 2, rel=0.001)


def test_a_way_takes_its_distance_and_a_little_for_the_start() -> None:
    places = {"Beckum": BECKUM, "Münster": MUENSTER}
    minutes = Travel(minutes_per_km=2, base_minutes=5).between("Beckum", "Münster", places)
    assert minutes == pytest.approx(5 + 2 * great_circle_km(BECKUM, MUENSTER))


def test_staying_takes_no_time() -> None:
    assert Travel(base_minutes=5).between("Beckum", "Beckum", {"Beckum": BECKUM}) == 0


def test_one_direction_of_a_table_counts_for_both_unless_both_are_given() -> None:
    assert Travel(minutes={"a": {"b": 3}}).between("b", "a", {}) == 3
    assert Travel(minutes={"a": {"b": 3}, "b": {"a": 4}}).between("b", "a", {}) == 4
    assert Travel(minutes={"a": {"b": 3}}).between("a", "c", {}) is None
