"""What the database is to refuse, it refuses; what it let in belongs together (I10, I12, I13)."""

from collections.abc import Iterator
from functools import cache

from django.apps import apps
from django.db.models import CheckConstraint, ForeignKey, Model, UniqueConstraint

from apps.reports.invariants.invariant import Invariant

# Keys that no model declares, because they point to a table of an app above theirs.
UPWARD_KEYS = [("inventory_reservation", "order_line_id", "orders_orderline")]
# Rows that are written once.
UNCHANGING = [
    ("invoicing_invoice", "invoice_never_changes"),
    ("payments_paymententry", "payment_entry_never_changes"),
]


def walls() -> list[Invariant]:
    """Return the invariants that are about every table, whichever apps are installed."""
    return [
        Invariant(
            "rows-stay-in-their-organization",
            "No row refers to a row of another organization, or to one that is not there.",
            _strays(),
        ),
        Invariant(
            "constraints-are-in-force",
            "Every constraint and trigger that the code relies on is there and valid.",
            _missing_walls(),
        ),
    ]


@cache
def _strays() -> str:
    return " UNION ALL ".join(
        f"""
        SELECT child.organization_id,
            format('{table} %s: {column} %s', child.id, child.{column}) AS what
        FROM {table} AS child
        LEFT JOIN {target} AS parent
            ON parent.organization_id = child.organization_id AND parent.id = child.{column}
        WHERE child.{column} IS NOT NULL AND parent.id IS NULL
        """
        for table, column, target in [*_keys(), *UPWARD_KEYS]
    )


def _keys() -> Iterator[tuple[str, str, str]]:
    owned = [model for model in apps.get_models() if _is_owned(model)]
    for model in owned:
        for field in model._meta.concrete_fields:
            target = field.related_model
            # An event may be nobody's, such as mail about an account.
            if isinstance(field, ForeignKey) and target in owned and field.name != "event":
                yield model._meta.db_table, str(field.column), target._meta.db_table


def _is_owned(model: type[Model]) -> bool:
    return any(field.name == "organization" for field in model._meta.concrete_fields)


@cache
def _missing_walls() -> str:
    # A unique key with a condition is an index and no constraint.
    names = ", ".join(f"('{table}', '{name}')" for table, name in _declared())
    triggers = ", ".join(f"('{table}', '{name}')" for table, name in UNCHANGING)
    return f"""
        SELECT NULL::bigint AS organization_id, format('%s on %s', name, place) AS what
        FROM (VALUES {names}) AS declared (place, name)
        WHERE NOT EXISTS (
            SELECT FROM pg_constraint
            WHERE conrelid = place::regclass AND conname = name AND convalidated
        ) AND NOT EXISTS (
            SELECT FROM pg_index
            JOIN pg_class AS index ON index.oid = indexrelid
            WHERE indrelid = place::regclass AND relname = name AND indisvalid AND indisunique
        )
        UNION ALL
        SELECT NULL, format('%s on %s', name, place)
        FROM (VALUES {triggers}) AS declared (place, name)
        WHERE NOT EXISTS (
            SELECT FROM pg_trigger
            WHERE tgrelid = place::regclass AND tgname = name AND tgenabled IN ('O', 'A')
        )
    """


def _declared() -> Iterator[tuple[str, str]]:
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, (CheckConstraint, UniqueConstraint)):
                yield model._meta.db_table, constraint.name
    for table, column, _ in [*_keys(), *UPWARD_KEYS]:
        yield table, f"{table}_{column}_same_org"
