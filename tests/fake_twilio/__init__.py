"""A stand-in for Twilio's Messages and Calls API on the loopback: it keeps state, reports deliveries, fails on demand.

In a test: `with FakeTwilio(auth_token="secret") as twilio: …`. By hand: `python -m tests.fake_twilio --port 8900`,
then TWILIO_API_BASE=http://127.0.0.1:8900. From another process everything is ordered with curl:

    curl -d kind=429 -d times=2 URL/_fake/fault          the next requests go wrong (-d method=GET: the next searches)
    curl -d seed=7 -d share=0.3 URL/_fake/chaos          this share of the requests that send goes wrong; 0 ends it
    curl -d on=1 URL/_fake/outage                        503 for everything, until -d on=0
    curl -d code=30003 -d times=2 URL/_fake/undeliver    the next messages taken end undelivered
    curl -d sid=SM… -d status=delivered URL/_fake/report a message gets further (-d code=30005 with undelivered)
    curl -d url=… -d from=… -d body=… URL/_fake/inbound  a person writes to the webhook at url
    curl -d sid=CA… -d digits=1 URL/_fake/press          a person takes the call, listens, and presses these keys
    curl -d sid=CA… URL/_fake/machine                    an answering machine takes it (press -d end=first: the end
                                                         of the call is told before the keys)
    curl -d sid=CA… URL/_fake/no_answer                  nobody takes the call
    curl -d country=+380 URL/_fake/close (open)          a country is not enabled
    curl URL/_fake/messages (calls, received)            what there is, as JSON; ?from=N leaves out the first N
    curl URL/_fake/count                                 how many of each, and how many requests
"""

from tests.fake_twilio.fake import FakeTwilio
from tests.fake_twilio.faults import FAULTS, NINE

__all__ = ["FAULTS", "NINE", "FakeTwilio"]
