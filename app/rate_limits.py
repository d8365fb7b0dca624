"""Where somebody may guess wrong, and how often: passwords, personal links, tokens of the API.

Only wrong guesses count. Who has the right link or token is never kept out, whatever others at the same address do;
passwords are weaker, so there a spent budget refuses right and wrong alike (docs/decisions/0015-doors.md).
"""

import math
import time
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

import structlog
from flask import g, request
from werkzeug.exceptions import TooManyRequests

from app import guesses
from app.extensions import limiter
from app.guesses import Budget
from app.transaction import reading, transaction

log = structlog.get_logger()

MINUTES: Final = timedelta(minutes=5)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
# an IPv6 connection has all addresses of one of these
V6_NETWORK: Final = 64


def address() -> str:
    """Where the request comes from: an IPv4 address, or the network of an IPv6 address."""
    found = _address()
    if isinstance(found, IPv6Address):
        return str(ip_network((found, V6_NETWORK), strict=False))
    return str(found or "nowhere")


def _address() -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(request.remote_addr or "")
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def of_password(email: str, device: str | None) -> tuple[Budget, ...]:
    """What a wrong password counts against.

    `device` names a browser in which this account has been logged in before: it has a budget of its own, so that
    nobody elsewhere can keep the person out. Everybody else shares the slow budgets of account and address.
    """
    if device is not None:
        return (Budget(f"device {device}", 5, MINUTES), Budget(f"device {device}", 30, DAY))
    return (
        Budget(f"password of {email} from {address()}", 5, MINUTES),
        Budget(f"password of {email} from {address()}", 30, DAY),
        *of_account(email),
        Budget(f"passwords from {address()}", 50, HOUR),
    )


def of_account(email: str) -> tuple[Budget, ...]:
    """The slow budgets of one account, over all addresses."""
    return (Budget(f"password of {email}", 20, HOUR), Budget(f"password of {email}", 100, DAY))


def of_own_password(account_id: int) -> tuple[Budget, ...]:
    """What a wrong old password counts against, for whoever sits before an open session."""
    return (Budget(f"own password of {account_id}", 5, MINUTES),)


def of_own_links() -> tuple[Budget, ...]:
    """How often links to own pages may be asked for from one address, whoever's."""
    return (Budget(f"own links from {address()}", 20, HOUR), Budget(f"own links from {address()}", 60, DAY))


def of_own_link_to(number_or_mail: str) -> tuple[Budget, ...]:
    """How many of them one number or mailbox is sent, or would be if it were known."""
    return (Budget(f"own links to {number_or_mail}", 3, HOUR), Budget(f"own links to {number_or_mail}", 6, DAY))


def of_pin(door_id: int) -> tuple[Budget, ...]:
    """What a wrong PIN counts against: the door and the address it is tried from, and the door at all."""
    return (
        Budget(f"pin of {door_id} from {address()}", 5, MINUTES),
        Budget(f"pin of {door_id} from {address()}", 20, DAY),
        Budget(f"pin of {door_id}", 30, HOUR),
        Budget(f"pin of {door_id}", 100, DAY),
    )


def of_left_requests(door_id: int, email: str) -> tuple[Budget, ...]:
    """How many requests may be left at a door, and how many with one mailbox at any: each sends an e-mail."""
    return (
        Budget(f"left at {door_id}", 60, HOUR),
        Budget(f"left with {email.lower()}", 10, HOUR),
        Budget(f"left with {email.lower()}", 30, DAY),
    )


def of_joining(pool_id: int) -> tuple[Budget, ...]:
    """How many may register from one address, and in one pool from anywhere: each costs an SMS."""
    return (
        Budget(f"joining from {address()}", 10, HOUR),
        Budget(f"joining from {address()}", 30, DAY),
        Budget(f"joining {pool_id}", 300, DAY),
    )


def of_codes_to(number_or_mail: str) -> tuple[Budget, ...]:
    """How many codes one number or mailbox is sent."""
    return (Budget(f"codes to {number_or_mail}", 5, HOUR), Budget(f"codes to {number_or_mail}", 10, DAY))


def seconds_to_wait(budgets: Sequence[Budget]) -> int:
    """How long until none of the budgets is spent; 0 if none is. Leaves no transaction open."""
    session = reading(None)
    until = guesses.spent_until(session, g.now, budgets)
    session.rollback()
    return math.ceil((until - g.now).total_seconds()) if until else 0


def count_wrong(budgets: Sequence[Budget], what: str) -> None:
    """Count a wrong guess; the one that spends a budget leaves a line in the logs."""
    with transaction(None) as session:
        spent = guesses.count(session, g.now, budgets)
    if spent:
        log.warning("guesses_spent", what=what, address=shortened(), windows=[str(one.within) for one in spent])


def wrong_token(what: str) -> None:
    """Count a link or token that opens nothing against the address, whichever it was; raises 429 where there were many.

    Called once it is known to open nothing, so that what does open something is never refused.
    """
    budgets = (Budget(f"tokens from {address()}", 30, MINUTES), Budget(f"tokens from {address()}", 300, DAY))
    wait = seconds_to_wait(budgets)
    if wait:
        raise TooManyRequests(retry_after=wait)
    count_wrong(budgets, what)


def retry_after(error: TooManyRequests) -> int:
    """Seconds until it is worth another try."""
    if isinstance(error.retry_after, int):
        return error.retry_after
    limit = limiter.current_limit
    return max(1, math.ceil(limit.reset_at - time.time())) if limit else 60


def shortened() -> str:
    """The address as the logs may keep it: enough to see a pattern, not enough to find a household."""
    found = _address()
    if found is None:
        return "nowhere"
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))
