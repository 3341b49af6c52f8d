from apps.reports.queries.auditing import EXAMPLES, Breach, breaches, findings
from apps.reports.queries.dashboard import (
    Attention,
    Dashboard,
    FirstSteps,
    Period,
    attention,
    dashboard,
    first_steps,
)
from apps.reports.queries.selling import API_PAGE, PAGE, daily_sales, low_variants

__all__ = [
    "API_PAGE",
    "EXAMPLES",
    "PAGE",
    "Attention",
    "Breach",
    "Dashboard",
    "FirstSteps",
    "Period",
    "attention",
    "breaches",
    "daily_sales",
    "dashboard",
    "findings",
    "first_steps",
    "low_variants",
]
