"""
Record, hand over, settle: the one way in which anything happens after a request.

Factor IX (Disposability): kill any process at any moment; what it owed is still written down.
"""

from apps.events.operations.handing import dispatch_events, hand_over, open_job_slots
from apps.events.operations.recording import CHANNEL, Aggregate, record
from apps.events.operations.settling import (
    ATTEMPT_LEASE,
    BACKOFF,
    KEEP_DONE,
    dead_deliveries,
    forget_old_deliveries,
    replay_deliveries,
    settle,
)

__all__ = [
    "ATTEMPT_LEASE",
    "BACKOFF",
    "CHANNEL",
    "KEEP_DONE",
    "Aggregate",
    "dead_deliveries",
    "dispatch_events",
    "forget_old_deliveries",
    "hand_over",
    "open_job_slots",
    "record",
    "replay_deliveries",
    "settle",
]
