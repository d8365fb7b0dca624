"""What Twilio's resources look like: names beginning with _ are our own and never leave the house."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlencode

from notifications.phone import segments

Resource = dict[str, Any]

NUMBER: Final = "+493023125000"


def message(account_sid: str, form: dict[str, str], direction: str, number: int, now: datetime) -> Resource:
    # a messaging service chooses its sender, and so what it costs, only when it sends
    chosen = "From" in form
    sid = f"SM{'0' if direction == 'inbound' else '1'}{number:031x}"
    return {
        **_common(account_sid, sid, form, direction, now),
        "messaging_service_sid": form.get("MessagingServiceSid"),
        "from": form.get("From"),
        "body": form["Body"],
        "status": "accepted" if "MessagingServiceSid" in form else "queued",
        "date_sent": None,
        "error_code": None,
        "error_message": None,
        "num_segments": segments_of(form["Body"]) if chosen else "0",
        "num_media": "0",
        "uri": f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}.json",
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}/Media.json"},
        "_sent": None,
    }


def segments_of(body: str) -> str:
    """How many parts a text is paid for; Twilio's own calculator and this count agree."""
    return str(segments(body).count)


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
        "caller_name": None,
        "forwarded_from": None,
        "from_formatted": form["From"],
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": "PN" + "1" * 32,
        "queue_time": "0",
        "stir_verstat": None,
        "to_formatted": form["To"],
        "trunk_sid": None,
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
