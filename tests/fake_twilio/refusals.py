"""Why Twilio would not take a message or a call: a code and a sentence (twilio.com/docs/api/errors)."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

Refusal = tuple[int, str]

_E164: Final = re.compile(r"\+[1-9]\d{6,14}")
_SERVICE: Final = re.compile(r"MG[0-9a-fA-F]{32}")
_LABEL: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")
_LONGEST_URL: Final = 4000

# Twilio's interface for creating each, version 2010-04-01
FIELDS: Final = {
    "Messages": frozenset({
        "AddressRetention", "ApplicationSid", "Attempt", "Body", "ContentRetention", "ContentSid", "ContentVariables",
        "FallbackFrom", "ForceDelivery", "From", "MaxPrice", "MediaUrl", "MessageIntent", "MessagingServiceSid",
        "PersistentAction", "ProvideFeedback", "RiskCheck", "ScheduleType", "SendAsMms", "SendAt", "ShortenUrls",
        "SmartEncoded", "StatusCallback", "To", "TrafficType", "ValidityPeriod",
    }),
    "Calls": frozenset({
        "ApplicationSid", "AsyncAmd", "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod", "Byoc", "CallReason",
        "CallToken", "CallerId", "ClientNotificationUrl", "FallbackMethod", "FallbackUrl", "From", "MachineDetection",
        "MachineDetectionSilenceTimeout", "MachineDetectionSpeechEndThreshold", "MachineDetectionSpeechThreshold",
        "MachineDetectionTimeout", "Method", "Passports", "Record", "RecordingChannels", "RecordingConfigurationId",
        "RecordingStatusCallback", "RecordingStatusCallbackEvent", "RecordingStatusCallbackMethod", "RecordingTrack",
        "SendDigits", "SipAuthPassword", "SipAuthUsername", "StatusCallback", "StatusCallbackEvent",
        "StatusCallbackMethod", "TimeLimit", "Timeout", "To", "Trim", "Twiml", "Url",
    }),
}  # fmt: skip
_EVENTS: Final = {"initiated", "ringing", "answered", "completed"}
_DETECTIONS: Final = {"Enable", "DetectMessageEnd"}


def refusal(kind: str, form: dict[str, str], opted_out: set[str], closed: Iterable[str] = ()) -> Refusal | None:
    """The first thing wrong with it, or None; `closed` are the countries that the account may not reach."""
    abroad = form.get("To", "").startswith(tuple(closed))
    checks = _of_message(form, opted_out, abroad=abroad) if kind == "Messages" else _of_call(form, abroad=abroad)
    unknown = (bool(set(form) - FIELDS[kind]), 20001, "Unknown parameters")
    return next(((code, words) for wrong, code, words in (unknown, *checks) if wrong), None)


def _of_message(form: dict[str, str], opted_out: set[str], *, abroad: bool) -> Iterable[tuple[bool, int, str]]:
    to, body, service = form.get("To", ""), form.get("Body", ""), form.get("MessagingServiceSid", "")
    return (
        (not to, 21604, "A 'To' phone number is required."),
        (not _E164.fullmatch(to), 21211, "The 'To' number is not a valid phone number."),
        (not form.get("From") and not service, 21603, "A 'From' phone number is required."),
        (bool(service) and not _SERVICE.fullmatch(service), 21705, "The Messaging Service Sid is invalid."),
        (to == form.get("From"), 21266, "'To' and 'From' number cannot be the same"),
        (not body, 21602, "Message body is required."),
        (len(body) > 1600, 21617, "The message body exceeds the 1600 character limit."),
        (not _within(form.get("ValidityPeriod", "1"), 1, 36_000), 21624, "ValidityPeriod must be 1 to 36000."),
        (not _is_address(form.get("StatusCallback", "http://x")), 21609, "The StatusCallback URL is not a valid URL."),
        (abroad, 21408, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"),
        (to in opted_out, 21610, "Attempt to send to unsubscribed recipient"),
    )


def _of_call(form: dict[str, str], *, abroad: bool) -> Iterable[tuple[bool, int, str]]:
    to, detection = form.get("To", ""), form.get("MachineDetection", "Enable")
    return (
        (not to, 21201, "No 'To' number is specified"),
        (not _E164.fullmatch(to), 21211, "The 'To' number is not a valid phone number."),
        (not form.get("From"), 21213, "A 'From' phone number is required."),
        (not _is_address(form.get("Url", "")), 21205, "Url is not a valid URL."),
        (not _is_address(form.get("StatusCallback", "http://x")), 21609, "The StatusCallback URL is not a valid URL."),
        (form.get("StatusCallbackEvent", "completed") not in _EVENTS, 21626, "Invalid StatusCallbackEvent"),
        (detection not in _DETECTIONS, 21234, "Invalid MachineDetection"),
        (not _within(form.get("MachineDetectionTimeout", "30"), 3, 59), 21234, "Invalid MachineDetectionTimeout"),
        (not _within(form.get("Timeout", "60"), 1, 600), 21208, "Invalid Timeout"),
        (abroad, 21215, "Account not authorized to call this number: the country is not enabled."),
    )


def _within(text: str, least: int, most: int) -> bool:
    return text.isdecimal() and least <= int(text) <= most


def _is_address(url: str) -> bool:
    """An absolute address of the web; Twilio reaches no loopback, but this stand-in lives on one."""
    if len(url) > _LONGEST_URL or not url.isascii() or any(one.isspace() for one in url):
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and port != 0 and all(map(_LABEL.fullmatch, host.split(".")))
