"""The web process: `gunicorn wsgi:app`, configured by the environment alone."""

import gc
import sys

# nothing that is loaded here is let go again: looking for it costs a fifth of the start
gc.disable()

from app.config import ConfigError  # noqa: E402 - after the line above
from app.factory import create_app  # noqa: E402

# gunicorn ends when a worker ends with this; with any other it would start the next one for ever
CANNOT_BOOT = 3

try:
    app = create_app()
except ConfigError as error:
    sys.stderr.write(f"This cannot start: {error}\n")
    raise SystemExit(CANNOT_BOOT) from None

# what lives as long as the process need not be looked through again and again, a tenth of a second each time, by
# whoever holds a lock just then
gc.freeze()
gc.enable()
