"""What is on the shelves and what is promised of it (I1 to I4, I15)."""

from apps.reports.invariants.invariant import Invariant

STOCK = [
    Invariant(
        "stock-not-oversold",
        "No more is reserved than is on hand, unless a backorder was allowed.",
        """
        SELECT organization_id,
            format('Stock level %s: %s on hand, %s reserved', id, on_hand, reserved) AS what
        FROM inventory_stocklevel
        WHERE reserved < 0 OR (reserved > on_hand AND NOT allow_negative)
        """,
    ),
    Invariant(
        "stock-reserved-is-explained",
        "What is reserved of a stock level is the sum of its active reservations.",
        """
        SELECT level.organization_id,
            format('Stock level %s: %s reserved, %s by reservations',
                level.id, reserved, coalesce(quantity, 0)) AS what
        FROM inventory_stocklevel AS level
        LEFT JOIN (
            SELECT organization_id, stock_level_id, sum(quantity) AS quantity
            FROM inventory_reservation WHERE state = 'active' GROUP BY 1, 2
        ) AS promised
            ON promised.organization_id = level.organization_id AND stock_level_id = level.id
        WHERE reserved <> coalesce(quantity, 0)
        """,
    ),
    Invariant(
        "stock-on-hand-is-explained",
        "What is on hand of a stock level is the sum of its movements.",
        """
        SELECT level.organization_id,
            format('Stock level %s: %s on hand, %s by movements',
                level.id, on_hand, coalesce(moved, 0)) AS what
        FROM inventory_stocklevel AS level
        LEFT JOIN (
            SELECT organization_id, stock_level_id, sum(delta) AS moved
            FROM inventory_stockmovement GROUP BY 1, 2
        ) AS movements
            ON movements.organization_id = level.organization_id AND stock_level_id = level.id
        WHERE on_hand <> coalesce(moved, 0)
        """,
    ),
    Invariant(
        "reservations-fit-their-lines",
        "A line that waits for its goods has reserved what is left of it, and no line more.",
        """
        SELECT line.organization_id,
            format('Order %s, line %s: %s left to ship, %s reserved',
                number, position, quantity - cancelled - shipped, held) AS what
        FROM (
            SELECT organization_id, order_line_id,
                coalesce(sum(quantity) FILTER (WHERE state = 'active'), 0) AS held
            FROM inventory_reservation GROUP BY 1, 2
        ) AS promised
        JOIN orders_orderline AS line
            ON line.organization_id = promised.organization_id AND line.id = order_line_id
        JOIN orders_order AS parent
            ON parent.organization_id = line.organization_id AND parent.id = order_id
        LEFT JOIN catalog_variant AS variant ON variant.id = variant_id
        WHERE held > quantity - cancelled - shipped
            OR (status IN ('pending', 'confirmed') AND track_stock
                AND held < quantity - cancelled - shipped)
        """,
    ),
    Invariant(
        "ended-orders-hold-no-stock",
        "A completed, cancelled or expired order has no active reservation.",
        """
        SELECT parent.organization_id,
            format('Order %s is %s: %s of %s reserved', number, status, promised.quantity, sku)
                AS what
        FROM inventory_reservation AS promised
        JOIN orders_orderline AS line
            ON line.organization_id = promised.organization_id AND line.id = order_line_id
        JOIN orders_order AS parent
            ON parent.organization_id = line.organization_id AND parent.id = order_id
        WHERE state = 'active' AND status IN ('completed', 'cancelled', 'expired')
        """,
    ),
]
