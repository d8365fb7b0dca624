"""What past answers say about the next one, kept with the pool; learning.py brings it up to date."""

from app.models import Pool
from scheduler.waves.acceptance import Acceptance


def of_pool(pool: Pool) -> Acceptance:
    """What is known of this pool's people; for a new pool, what is published of others."""
    return Acceptance.from_json(pool.acceptance) if pool.acceptance else Acceptance.prior(pool.timezone)
