"""One counter, one limit, one statement: how many may draw on the same number at once."""

from typing import Any

from django.db.models import F, QuerySet


def claim(rows: QuerySet[Any], field: str, amount: int, *, limit: Any) -> bool:
    """
    Add `amount` to a counter unless it would pass `limit`, a number or an expression of the row.

    `rows` is the one row it is about, with whatever else must hold. Returns whether it was added:
    the check and the act are one statement, so of two at once only one gets the last of it.
    """
    return bool(
        rows.filter(**{f"{field}__lte": limit - amount}).update(**{field: F(field) + amount})
    )
