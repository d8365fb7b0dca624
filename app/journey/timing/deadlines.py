"""Until when an answer is waited for."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHORTEST = timedelta(minutes=20)
LONGEST = timedelta(hours=12)
# Staff must hear of it before the client sits there.
LAST_CALL = timedelta(minutes=5)
QUARTER = timedelta(minutes=15)
MORNING, EVENING = time(8, 30), time(21, 0)
MORNING_LEAD = timedelta(hours=3)


def answer_deadline(now: datetime, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """Until when a question waits: a sixth of the time left, between 20 minutes and 12 hours, not up to the start.

    Rounded up to a quarter of an hour where there is time; one that would end at night waits for the morning, unless
    the appointment itself is then too near.
    """
    patience = min(max((starts_at - now) / 6, SHORTEST), LONGEST)
    due = now + patience
    if patience > SHORTEST:
        due += -timedelta(minutes=due.minute, seconds=due.second, microseconds=due.microsecond) % QUARTER
        morning = _morning_after(due, zone)
        if starts_at - morning >= MORNING_LEAD:
            due = morning
    return min(due, last_call(now, starts_at))


def fallback_deadline(now: datetime, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """Until when the search goes on before the next way out is tried: half of the time left, 20 minutes at least.

    By day, unless the appointment is then too near: nobody reads at night that another way is tried.
    """
    due = now + max((last_call(now, starts_at) - now) / 2, SHORTEST)
    morning = _morning_after(due, zone)
    return min(morning if starts_at - morning >= MORNING_LEAD else due, last_call(now, starts_at))


def last_call(now: datetime, starts_at: datetime) -> datetime:
    """The last instant at which an answer helps; for what begins within minutes, its start."""
    return starts_at - LAST_CALL if starts_at - now > 2 * LAST_CALL else starts_at


def _morning_after(due: datetime, zone: ZoneInfo) -> datetime:
    """The same instant by day; half past eight of the morning that follows, by night (21:00 to 8:30)."""
    local = due.astimezone(zone)
    if MORNING <= local.time() < EVENING:
        return due
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, zone).astimezone(UTC)
