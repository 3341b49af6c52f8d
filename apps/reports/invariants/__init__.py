"""
What must be true of the books at any moment, as a table; each with the query that finds where not.

An audit alarms and never repairs: what is wrong has a cause, and repairing would hide it.
"""

from functools import cache

from apps.reports.invariants.documents import DOCUMENTS
from apps.reports.invariants.history import HISTORY
from apps.reports.invariants.invariant import Invariant
from apps.reports.invariants.money import MONEY
from apps.reports.invariants.orders import ORDERS
from apps.reports.invariants.parcels import PARCELS
from apps.reports.invariants.stock import STOCK
from apps.reports.invariants.walls import walls


@cache
def invariants() -> list[Invariant]:
    """Return all of them. Not a constant, because some are made of what apps are installed."""
    return [*STOCK, *ORDERS, *MONEY, *PARCELS, *DOCUMENTS, *HISTORY, *walls()]


__all__ = ["Invariant", "invariants"]
