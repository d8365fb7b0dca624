"""What Twilio's resources look like: names beginning with _ are our own and never leave the house."""

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlencode

Resource = dict[str, Any]

NUMBER: Final = "+493023125000"
_E164: Final = re.compile(r"\+[1-9]\d{6,14}")


def message(account_sid: str, form: dict[str, str], direction: str, number: int, now: datetime) -> Resource:
    sid = f"SM{'0' if direction == 'inbound' else '1'}{number:031x}"
    return {
        **_common(account_sid, sid, form, direction, now),
        "messaging_service_sid": form.get("MessagingServiceSid"),
        "from": form.get("From", NUMBER),
        "body": form["Body"],
        "status": "accepted" if "MessagingServiceSid" in form else "queued",
        "date_sent": None,
        "error_code": None,
        "error_message": None,
        "num_segments": "1",
        "num_media": "0",
        "uri": f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}.json",
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}/Media.json"},
        "_sent": None,
    }


def call(account_sid: str, form: dict[str, str], number: int, now: datetime) -> Resource:
    sid = f"CA{number:032x}"
    return {
        **_common(account_sid, sid, form, "outbound-api", now),
        "from": form["From"],
        "status": "queued",
        "start_time": None,
        "end_time": None,
        "duration": None,
        "answered_by": None,
        "uri": f"/2010-04-01/Accounts/{account_sid}/Calls/{sid}.json",
        "subresource_uris": {},
    }


def _common(account_sid: str, sid: str, form: dict[str, str], direction: str, now: datetime) -> Resource:
    return {
        "sid": sid,
        "account_sid": account_sid,
        "to": form["To"],
        "direction": direction,
        "date_created": format_datetime(now),
        "date_updated": format_datetime(now),
        "price": None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "_created": now.isoformat(),
        "_form": form,
    }


def public(resource: Resource) -> Resource:
    return {name: value for name, value in resource.items() if not name.startswith("_")}


def error(status: int, code: int, words: str) -> Resource:
    return {
        "code": code,
        "message": words,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


def refusal(kind: str, form: dict[str, str], opted_out: set[str]) -> tuple[int, str] | None:
    """Why Twilio would not take this message or call: a code and a sentence."""
    to, body = form.get("To", ""), form.get("Body", "")
    whom = (
        (not to, 21604, "A 'To' phone number is required."),
        (not _E164.fullmatch(to), 21211, "The 'To' number is not a valid phone number."),
    )
    messages = (
        (not form.get("From") and not form.get("MessagingServiceSid"), 21603, "A 'From' phone number is required."),
        (not body, 21602, "Message body is required."),
        (len(body) > 1600, 21617, "The message body exceeds the 1600 character limit."),
        (not 1 <= int(form.get("ValidityPeriod", "1")) <= 36_000, 20001, "ValidityPeriod is out of range."),
        (to in opted_out, 21610, "Attempt to send to unsubscribed recipient"),
    )
    calls = (
        (not form.get("From"), 21213, "A 'From' phone number is required."),
        (not form.get("Url"), 21205, "A 'Url' is required."),
    )
    checks = whom + (messages if kind == "Messages" else calls)
    return next(((code, words) for wrong, code, words in checks if wrong), None)


def matches(resource: Resource, query: dict[str, str]) -> bool:
    """Whether the list resource would show it; like Twilio's, the DateSent filters miss what is still queued."""
    if query.get("To", resource["to"]) != resource["to"] or query.get("From", resource["from"]) != resource["from"]:
        return False
    sent = str(resource.get("_sent") or "")[:19]
    day, before, after = (query.get(name, "").rstrip("Z") for name in ("DateSent", "DateSent<", "DateSent>"))
    if (day or before or after) and not sent:
        return False
    return sent.startswith(day[:10]) and (not before or sent <= before) and (not after or sent >= after)


def page(kind: str, path: str, query: dict[str, str], found: Sequence[Resource], longest: int) -> Resource:
    size, number = min(int(query.get("PageSize", "50")), longest), int(query.get("Page", "0"))
    chosen = found[number * size : (number + 1) * size]
    more = len(found) > (number + 1) * size
    following = urlencode({**query, "PageSize": size, "Page": number + 1, "PageToken": f"PA{number + 1}"})
    return {
        kind.lower(): [public(resource) for resource in chosen],
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + len(chosen) - 1,
        "uri": f"{path}?{urlencode(query)}",
        "first_page_uri": f"{path}?{urlencode({**query, 'PageSize': size, 'Page': 0})}",
        "next_page_uri": f"{path}?{following}" if more else None,
        "previous_page_uri": None,
    }
