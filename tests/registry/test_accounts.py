"""Accounts and tokens have one writer: one permission, one check, one line of history each, on every way in."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import passwords
from app.access import rule_of
from app.errors import IllegalTransition, Invalid, NotFound
from app.journey.history import SERVICE, Actor
from app.models import Account, ActorKind, ApiToken, Event, Role
from app.registry import accounts
from app.registry.accounts import AccountData, TokenData
from app.transaction import in_own_context
from tests.world import PASSWORD, World

NEW = AccountData("  Neue@Beckum.example ", " Neue Kollegin ", "coordinator")
HASH = passwords.PasswordHash("kept")
PATIENCE = 60


def create(world: World, data: AccountData = NEW) -> int:
    with world.change() as session:
        return accounts.create(session, world.now, data, HASH, SERVICE).id


def account(world: World, role: Role) -> int:
    with world.change() as session:
        return session.scalars(select(Account.id).where(Account.role == role)).one()


def acting(account_id: int) -> Actor:
    return Actor(ActorKind.ACCOUNT, account_id)


def test_an_account_is_kept_as_it_is_meant_and_leaves_a_line_without_its_address(world: World) -> None:
    made = create(world)
    with world.change() as session:
        row = session.get_one(Account, made)
        assert (row.email, row.name, row.role) == ("neue@beckum.example", "Neue Kollegin", Role.COORDINATOR)
        assert row.active
        [line] = session.scalars(select(Event).where(Event.kind == "account_added"))
        assert line.data == {"account": made, "role": "coordinator"}


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"email": ""}, "email", "required"),
        ({"email": "nobody"}, "email", "email"),
        ({"email": "a@b c.example"}, "email", "email"),
        ({"email": "x" * 250 + "@beckum.example"}, "email", "too_long"),
        ({"email": "STAFF@beckum.example"}, "email", "email_taken"),
        ({"name": "  "}, "name", "required"),
        ({"name": "x" * 121}, "name", "too_long"),
        ({"role": "king"}, "role", "unknown_choice"),
        ({"role": "staff"}, "organisation_id", "staff_need_organisation"),
        ({"organisation_id": 4711}, "organisation_id", "unknown_organisation"),
    ],
)
def test_what_cannot_be_is_refused_by_field(world: World, wrong: dict[str, object], field: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        create(world, replace(NEW, **wrong))  # type: ignore[arg-type] # wrong on purpose
    assert (field, code) in [(one.field, one.code) for one in refused.value.problems]


def test_an_organisation_of_another_pool_does_not_exist(world: World) -> None:
    other = World.build(world.app, world.now, key="ahlen")
    with pytest.raises(Invalid):
        create(world, replace(NEW, role="staff", organisation_id=other.organisation_id))


def test_of_two_who_take_an_address_at_once_one_is_told(world: World) -> None:
    begin, barrier = in_own_context(world.app, world.pool_id), threading.Barrier(2)
    outcomes: list[str] = []

    def take() -> None:
        barrier.wait(PATIENCE)
        try:
            with begin() as session:
                accounts.create(session, world.now, NEW, HASH, SERVICE)
        except Invalid as error:
            outcomes.append(error.problems[0].code)
        else:
            outcomes.append("made")

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(outcomes) == ["email_taken", "made"]


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_short"),
        ("x" * 14, "password_short"),
        ("x" * 40, "password_monotonous"),
        (" " * 20, "password_monotonous"),
        ("abababababababab", "password_monotonous"),
        ("Staff@Beckum.example", "password_address"),
        ("my staff@beckum.example!", "password_address"),
        ("a word and another " * 20, "password_long"),
    ],
)
def test_a_password_that_is_too_easy_is_refused(password: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        accounts.prepared(password, "staff@beckum.example ")
    assert [(one.field, one.code) for one in refused.value.problems] == [("password", code)]


def test_a_password_of_several_words_is_taken() -> None:
    assert passwords.matches(accounts.prepared(PASSWORD, "staff@beckum.example"), PASSWORD)


def test_disabling_and_another_password_end_every_session(world: World) -> None:
    staff = account(world, Role.STAFF)
    with world.change() as session:
        first = session.get_one(Account, staff).session_version
        assert accounts.set_password(session, world.now, staff, HASH, SERVICE).session_version == first + 1
        assert accounts.disable(session, world.now, staff, SERVICE).session_version == first + 2
        assert not session.get_one(Account, staff).active
        assert accounts.enable(session, world.now, staff, SERVICE).active


def test_a_password_is_replaced_only_while_it_is_the_one_that_was_proved(world: World) -> None:
    staff = account(world, Role.STAFF)
    with world.change() as session:
        before = session.get_one(Account, staff).password_hash
        accounts.set_password(session, world.now, staff, HASH, SERVICE, instead_of=before)
    with world.change() as session, pytest.raises(Invalid):
        accounts.set_password(session, world.now, staff, HASH, SERVICE, instead_of=before)


def test_another_role_ends_the_sessions_and_another_name_does_not(world: World) -> None:
    coordinator = account(world, Role.COORDINATOR)
    with world.change() as session:
        row = session.get_one(Account, coordinator)
        version, data = row.session_version, accounts.data_of(row)
        accounts.change(session, world.now, coordinator, replace(data, name="Anders"), SERVICE)
        assert row.session_version == version
        accounts.change(session, world.now, coordinator, replace(data, role="admin"), SERVICE)
        assert row.session_version == version + 1


def test_nobody_locks_themselves_out_nor_the_whole_pool(world: World) -> None:
    admin = account(world, Role.ADMIN)
    with world.change() as session:
        data = accounts.data_of(session.get_one(Account, admin))
    demoted = replace(data, role="coordinator")
    with world.change() as session:
        with pytest.raises(IllegalTransition, match="last_admin"):
            accounts.disable(session, world.now, admin, SERVICE)
        with pytest.raises(IllegalTransition, match="last_admin"):
            accounts.change(session, world.now, admin, demoted, SERVICE)
    second = create(world, replace(NEW, role="admin"))
    with world.change() as session:
        with pytest.raises(IllegalTransition, match="own_account"):
            accounts.disable(session, world.now, admin, acting(admin))
        with pytest.raises(IllegalTransition, match="own_account"):
            accounts.change(session, world.now, admin, demoted, acting(admin))
        accounts.change(session, world.now, admin, replace(data, name="Anders"), acting(admin))
        accounts.disable(session, world.now, admin, acting(second))
    with world.change() as session, pytest.raises(IllegalTransition, match="last_admin"):
        accounts.disable(session, world.now, second, SERVICE)


def test_two_admins_who_disable_each_other_at_once_leave_one(world: World) -> None:
    first, second = account(world, Role.ADMIN), create(world, replace(NEW, role="admin"))
    begin, barrier = in_own_context(world.app, world.pool_id), threading.Barrier(2)
    outcomes: list[str] = []

    def disable(target: int, actor: int) -> None:
        barrier.wait(PATIENCE)
        try:
            with begin() as session:
                accounts.disable(session, world.now, target, acting(actor))
        except IllegalTransition as error:
            outcomes.append(error.code)
        else:
            outcomes.append("done")

    threads = [threading.Thread(target=disable, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(outcomes) == ["done", "last_admin"]


def test_a_token_is_kept_by_its_hash_and_ends_after_its_days(world: World) -> None:
    with world.change() as session:
        token, word = accounts.create_token(session, world.now, TokenData("coordinator", name=" Kasse "), SERVICE)
        assert token.name == "Kasse"
        assert token.expires_at == world.now + timedelta(days=365)
        assert word not in repr(vars(token))
    with world.change() as session:
        [line] = session.scalars(select(Event).where(Event.kind == "token_added"))
        assert word not in repr(line.data)


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_a_token_lasts_neither_no_time_nor_for_ever(world: World, days: int) -> None:
    with world.change() as session, pytest.raises(Invalid):
        accounts.create_token(session, world.now, TokenData("coordinator", days=days), SERVICE)


def test_a_token_is_revoked_once_and_by_its_own_pool(world: World) -> None:
    other = World.build(world.app, world.now, key="ahlen")
    with world.change() as session:
        token, _ = accounts.create_token(session, world.now, TokenData("coordinator"), SERVICE)
        token_id = token.id
    with other.change() as session, pytest.raises(NotFound):
        accounts.revoke_token(session, world.now, token_id, SERVICE)
    for _ in range(2):
        with world.change() as session:
            accounts.revoke_token(session, world.now, token_id, SERVICE)
    with world.change() as session:
        assert session.get_one(ApiToken, token_id).revoked_at == world.now
        assert len(session.scalars(select(Event).where(Event.kind == "token_revoked")).all()) == 1


def test_accounts_of_another_pool_cannot_be_touched(world: World) -> None:
    other = World.build(world.app, world.now, key="ahlen")
    theirs = account(other, Role.STAFF)
    with world.change() as session:
        for touch in (accounts.disable, accounts.enable):
            with pytest.raises(NotFound):
                touch(session, world.now, theirs, SERVICE)
        with pytest.raises(NotFound):
            accounts.set_password(session, world.now, theirs, HASH, SERVICE)


def test_every_page_that_writes_them_asks_for_the_one_permission(world: World) -> None:
    people = {"accounts_list", "new_account", "account", "disable", "enable", "set_password"}
    writing = people | {"tokens", "add_token", "revoke"}
    found = {name.removeprefix("account.") for name in world.app.view_functions if name.startswith("account.")}
    assert writing <= found
    for name in writing:
        rules = {str(rule_of(world.app, f"account.{name}", method)) for method in ("GET", "POST")}
        assert rules == {accounts.WRITTEN_BY.value}, name
