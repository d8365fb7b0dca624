"""Why appointments stay open and what would help, tried out by solving: `advice` put together with `search`."""

from functools import partial

from scheduler.advice import explanation
from scheduler.search.repair import covering

explain = partial(explanation.explain, cover=covering)
