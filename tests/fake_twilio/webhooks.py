"""How Twilio speaks to the service: signed posts, those about one message in their order."""

import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import Final, Self

import requests
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from tests.fake_twilio.payloads import Resource

_LINES: Final = 4
_PATIENCE: Final = 15
Task = Callable[["Line"], None]


class Line:
    """One connection to the service, used by one thread at a time."""

    def __init__(self, auth_token: str) -> None:
        self._validator = RequestValidator(auth_token)
        self._session = requests.Session()
        # whatever proxy the environment names is not for the loopback
        self._session.trust_env = False
        self._session.headers["User-Agent"] = "TwilioProxy/1.1"

    def post(self, url: str, form: dict[str, str]) -> tuple[int, str]:
        """Give the status and the answer; 0 where nobody listens."""
        signature = self._validator.compute_signature(url, form)
        try:
            answer = self._session.post(
                url, form, headers={"X-Twilio-Signature": signature}, timeout=_PATIENCE, allow_redirects=False
            )
        except requests.RequestException as error:
            # Twilio gives up as well; the service under test has to live without this report
            return 0, str(error)
        return answer.status_code, answer.text

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()


class Webhooks:
    """Runs what is to be told to the service, several at once; the tasks of one key keep their order."""

    def __init__(self, auth_token: str) -> None:
        self._auth_token = auth_token
        self._queues: list[SimpleQueue[Task | None]] = [SimpleQueue() for _ in range(_LINES)]
        self._threads = [threading.Thread(target=self._work, args=[queue], daemon=True) for queue in self._queues]

    def line(self) -> Line:
        return Line(self._auth_token)

    def put(self, key: str, task: Task) -> None:
        self._queues[hash(key) % _LINES].put(task)

    def flush(self) -> None:
        """Wait until all that was put so far is done."""
        done = [threading.Event() for _ in self._queues]
        for queue, event in zip(self._queues, done, strict=True):
            queue.put(partial(_reached, event))
        for event in done:
            event.wait(_PATIENCE)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        for queue in self._queues:
            queue.put(None)
        for thread in self._threads:
            thread.join(5)

    def _work(self, queue: SimpleQueue[Task | None]) -> None:
        with self.line() as line:
            while (task := queue.get()) is not None:
                task(line)


def _reached(event: threading.Event, _: Line) -> None:
    event.set()


def about_message(message: Resource, status: str, error_code: str | None) -> dict[str, str]:
    form = {
        "AccountSid": message["account_sid"],
        "ApiVersion": "2010-04-01",
        "From": message["from"],
        "MessageSid": message["sid"],
        "MessageStatus": status,
        "SmsSid": message["sid"],
        "SmsStatus": status,
        "To": message["to"],
    }
    return {**form, "ErrorCode": error_code} if error_code else form


def from_person(message: Resource) -> dict[str, str]:
    return {
        "MessageSid": message["sid"],
        "SmsSid": message["sid"],
        "SmsMessageSid": message["sid"],
        "AccountSid": message["account_sid"],
        "From": message["from"],
        "To": message["to"],
        "Body": message["body"],
        "NumMedia": "0",
        "NumSegments": message["num_segments"],
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    }


def about_call(call: Resource, status: str) -> dict[str, str]:
    form = {
        "AccountSid": call["account_sid"],
        "ApiVersion": "2010-04-01",
        "CallSid": call["sid"],
        "CallStatus": status,
        "Called": call["to"],
        "Caller": call["from"],
        "Direction": "outbound-api",
        "From": call["from"],
        "To": call["to"],
    }
    return {**form, "AnsweredBy": call["answered_by"]} if call["answered_by"] else form
