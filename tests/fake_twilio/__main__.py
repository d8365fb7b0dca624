"""Serve until interrupted, and say where."""

import argparse
import sys
import threading
from pathlib import Path

from tests.fake_twilio.fake import FakeTwilio

parser = argparse.ArgumentParser(prog="tests.fake_twilio", description="A stand-in for Twilio's API on 127.0.0.1")
parser.add_argument("--port", type=int, default=8900)
parser.add_argument("--token", default="fake-token", help="the auth token, also used to sign callbacks")
parser.add_argument("--log", type=Path, help="append every message taken to this file, one JSON object a line")
parser.add_argument("--no-callbacks", action="store_true", help="leave every message queued")
chosen = parser.parse_args()
with FakeTwilio(chosen.port, chosen.token, not chosen.no_callbacks, log=chosen.log) as fake:
    sys.stdout.write(f"{fake.url}\n")
    sys.stdout.flush()
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        sys.stdout.write("stopped\n")
