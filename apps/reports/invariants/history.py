"""What happened, and in which order (I11, I12, I14)."""

from apps.reports.invariants.invariant import Invariant

# Everything with a history: its events count its versions.
AGGREGATES = {"order": "orders_order", "file": "files_storedfile"}
VERSIONS = " UNION ALL ".join(
    f"SELECT organization_id, id, version, '{name}' AS aggregate_type FROM {table}"
    for name, table in AGGREGATES.items()
)
# Keys under which something has its effect once; the database refuses the second.
ONCE = [
    ("events_delivery", "event_id, reaction", "event_id IS NOT NULL"),
    ("events_delivery", "job_run_id", "job_run_id IS NOT NULL"),
    ("events_jobrun", "job, slot", "true"),
    ("orders_order", "organization_id, idempotency_key", "idempotency_key <> ''"),
    ("orders_order", "organization_id, channel, external_ref", "external_ref <> ''"),
    ("inventory_stockmovement", "ref_type, ref_id, stock_level_id, kind", "ref_id IS NOT NULL"),
]
# Few tables say whose they are here, because a key of the clock or of an event is nobody's.
TWICE = " UNION ALL ".join(
    f"""
    SELECT NULL::bigint AS organization_id,
        format('{table}: %s rows of %s', count(*), ROW({columns})) AS what
    FROM {table} WHERE {condition} GROUP BY {columns} HAVING count(*) > 1
    """
    for table, columns, condition in ONCE
)

HISTORY = [
    Invariant(
        "history-is-dense",
        "Every change was recorded once: events number 1, 2, 3 up to the version of what changed.",
        f"""
        SELECT row.organization_id,
            format('%s row %s is at version %s, with %s events from %s to %s', row.aggregate_type,
                id, version, coalesce(events, 0), first, last) AS what
        FROM ({VERSIONS}) AS row
        LEFT JOIN (
            SELECT organization_id, aggregate_type, aggregate_id, count(*) AS events,
                min(sequence) AS first, max(sequence) AS last
            FROM events_event
            WHERE aggregate_type IN ('order', 'file')
            GROUP BY 1, 2, 3
        ) AS told ON told.organization_id = row.organization_id
            AND told.aggregate_type = row.aggregate_type AND aggregate_id = id
        WHERE version <> coalesce(events, 0) OR first <> 1 OR last <> version
        """,
    ),
    Invariant(
        "nothing-took-effect-twice",
        "A request, a delivery, a slot of the clock and a cause of a movement count once.",
        TWICE,
    ),
    Invariant(
        "shipped-when-allowed",
        "Parcels left only while their order was confirmed and nothing held it.",
        """
        SELECT organization_id,
            format('Order row %s, event %s: %s holds', aggregate_id, sequence, holds) AS what
        FROM (
            SELECT organization_id, aggregate_id, sequence, type,
                sum(CASE type WHEN 'order.held' THEN 1 WHEN 'order.hold_released' THEN -1
                    ELSE 0 END) OVER earlier AS holds,
                sum(CASE type WHEN 'order.confirmed' THEN 1 WHEN 'order.cancelled' THEN -1
                    WHEN 'order.completed' THEN -1 ELSE 0 END) OVER earlier AS confirmed
            FROM events_event
            WHERE aggregate_type = 'order' AND type IN ('order.confirmed', 'order.cancelled',
                'order.completed', 'order.held', 'order.hold_released', 'order.shipped')
            WINDOW earlier AS (PARTITION BY organization_id, aggregate_id ORDER BY sequence)
        ) AS told
        WHERE type = 'order.shipped' AND (holds <> 0 OR confirmed <> 1)
        """,
    ),
]
