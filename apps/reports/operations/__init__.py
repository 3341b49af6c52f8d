from apps.reports.operations.auditing import audit_invariants
from apps.reports.operations.rolling import roll_up_all_sales, roll_up_recent_sales, roll_up_sales
from apps.reports.operations.watching import note_low_stock

__all__ = [
    "audit_invariants",
    "note_low_stock",
    "roll_up_all_sales",
    "roll_up_recent_sales",
    "roll_up_sales",
]
