"""What is picked, what left and what came back, against the counters of the lines (I4, I15)."""

from apps.reports.invariants.invariant import Invariant

PARCELS = [
    Invariant(
        "shipments-are-counted",
        "What a line counts as picked is on its open pick lists, what as shipped in its parcels.",
        """
        SELECT line.organization_id,
            format('Line %s of order row %s: %s picked, %s shipped, but %s on pick lists, %s in'
                ' parcels', line.id, order_id, picking, shipped, coalesce(listed, 0),
                coalesce(sent, 0)) AS what
        FROM orders_orderline AS line
        LEFT JOIN (
            SELECT part.organization_id, order_line_id,
                sum(quantity) FILTER (WHERE status = 'open') AS listed,
                sum(quantity) FILTER (WHERE status IN ('shipped', 'delivered')) AS sent
            FROM fulfillment_fulfillmentline AS part
            JOIN fulfillment_fulfillment AS parcel
                ON parcel.organization_id = part.organization_id AND parcel.id = fulfillment_id
            GROUP BY 1, 2
        ) AS parcels
            ON parcels.organization_id = line.organization_id AND order_line_id = line.id
        WHERE picking <> coalesce(listed, 0) OR shipped <> coalesce(sent, 0)
        """,
    ),
    Invariant(
        "pick-lists-are-reserved",
        "What a reservation counts as picked is on open pick lists, of that line at that level.",
        """
        SELECT coalesce(promised.organization_id, listed.organization_id) AS organization_id,
            format('Line %s at stock level %s: %s picked, %s on pick lists',
                coalesce(promised.order_line_id, listed.order_line_id),
                coalesce(promised.stock_level_id, listed.stock_level_id), coalesce(picked, 0),
                coalesce(quantity, 0)) AS what
        FROM (
            SELECT organization_id, order_line_id, stock_level_id, picked
            FROM inventory_reservation WHERE state = 'active' AND picked > 0
        ) AS promised
        FULL JOIN (
            SELECT part.organization_id, order_line_id, stock_level_id, sum(quantity) AS quantity
            FROM fulfillment_fulfillmentline AS part
            JOIN fulfillment_fulfillment AS parcel
                ON parcel.organization_id = part.organization_id AND parcel.id = fulfillment_id
            WHERE status = 'open' AND stock_level_id IS NOT NULL GROUP BY 1, 2, 3
        ) AS listed
            ON listed.organization_id = promised.organization_id
            AND listed.order_line_id = promised.order_line_id
            AND listed.stock_level_id = promised.stock_level_id
        WHERE coalesce(picked, 0) <> coalesce(quantity, 0)
        """,
    ),
    Invariant(
        "parcels-left-the-shelf",
        "What left in a parcel was taken off its stock level, once; what is in no parcel was not.",
        """
        SELECT coalesce(sent.organization_id, moved.organization_id) AS organization_id,
            format('Line %s of a parcel: %s sent, %s taken off', coalesce(id, ref_id),
                coalesce(quantity, 0), coalesce(taken, 0)) AS what
        FROM (
            SELECT part.organization_id, part.id, stock_level_id, quantity
            FROM fulfillment_fulfillmentline AS part
            JOIN fulfillment_fulfillment AS parcel
                ON parcel.organization_id = part.organization_id AND parcel.id = fulfillment_id
            WHERE status IN ('shipped', 'delivered') AND stock_level_id IS NOT NULL
        ) AS sent
        FULL JOIN (
            SELECT organization_id, ref_id, stock_level_id, -sum(delta) AS taken
            FROM inventory_stockmovement
            WHERE ref_type = 'fulfillment_line' AND kind = 'shipment' GROUP BY 1, 2, 3
        ) AS moved
            ON moved.organization_id = sent.organization_id AND ref_id = id
            AND moved.stock_level_id = sent.stock_level_id
        WHERE coalesce(quantity, 0) <> coalesce(taken, 0)
        """,
    ),
    Invariant(
        "returns-are-counted",
        "What a line counts as coming back is on its open returns, what as returned came with one.",
        """
        SELECT line.organization_id,
            format('Line %s of order row %s: %s coming back, %s returned, but by returns %s and'
                ' %s', line.id, order_id, line.returning, returned, coalesce(announced, 0),
                coalesce(came, 0)) AS what
        FROM orders_orderline AS line
        LEFT JOIN (
            SELECT part.organization_id, order_line_id,
                sum(requested) FILTER (WHERE status IN ('requested', 'approved')) AS announced,
                sum(received) FILTER (WHERE status IN ('received', 'closed')) AS came
            FROM fulfillment_returnline AS part
            JOIN fulfillment_return AS rma
                ON rma.organization_id = part.organization_id AND rma.id = rma_id
            GROUP BY 1, 2
        ) AS returns
            ON returns.organization_id = line.organization_id AND order_line_id = line.id
        WHERE line.returning <> coalesce(announced, 0) OR returned <> coalesce(came, 0)
        """,
    ),
    Invariant(
        "returns-went-to-the-shelf",
        "What a return put on a shelf is what came of a line that was to be restocked.",
        """
        SELECT movement.organization_id,
            format('Movement %s: %s put back, of %s that came (%s)', movement.id, delta, received,
                disposition) AS what
        FROM inventory_stockmovement AS movement
        LEFT JOIN fulfillment_returnline AS part
            ON part.organization_id = movement.organization_id AND part.id = ref_id
        WHERE ref_type = 'return_line'
            AND (delta, disposition) IS DISTINCT FROM (received, 'restock')
        """,
    ),
    Invariant(
        "return-status-is-derived",
        "How far the returns of an order are follows from them and from its lines.",
        """
        SELECT parent.organization_id,
            format('Order %s: its returns are %s, but it says %s', number, derived, return_status)
                AS what
        FROM orders_order AS parent
        LEFT JOIN (
            SELECT organization_id, order_id,
                bool_or(status IN ('approved', 'received')) AS under_way,
                bool_or(status = 'requested') AS requested
            FROM fulfillment_return GROUP BY 1, 2
        ) AS returns
            ON returns.organization_id = parent.organization_id AND returns.order_id = parent.id
        LEFT JOIN (
            SELECT organization_id, order_id,
                bool_and(returned = quantity - cancelled) FILTER (WHERE quantity > cancelled)
                    AS all_came
            FROM orders_orderline GROUP BY 1, 2
        ) AS lines
            ON lines.organization_id = parent.organization_id AND lines.order_id = parent.id,
            LATERAL (
                SELECT CASE WHEN under_way THEN 'in_progress' WHEN requested THEN 'requested'
                    WHEN all_came THEN 'returned' ELSE 'none' END AS derived
            ) AS said
        WHERE return_status <> derived
            -- What was closed short after the last return is not looked at again.
            AND NOT (return_status = 'none' AND derived = 'returned')
        """,
    ),
    Invariant(
        "ended-orders-pick-nothing",
        "A completed, cancelled or expired order has no open pick list.",
        """
        SELECT parent.organization_id,
            format('Order %s is %s: pick list %s is open', parent.number, parent.status,
                parcel.number) AS what
        FROM fulfillment_fulfillment AS parcel
        JOIN orders_order AS parent
            ON parent.organization_id = parcel.organization_id AND parent.id = order_id
        WHERE parcel.status = 'open' AND parent.status IN ('completed', 'cancelled', 'expired')
        """,
    ),
]
