"""What left and what came back, against the counters of the lines."""

from apps.reports.invariants.invariant import Invariant

PARCELS = [
    Invariant(
        "shipments-are-counted",
        "What a line counts as shipped is what its parcels hold of it.",
        """
        SELECT line.organization_id,
            format('Line %s of order row %s: %s shipped, %s in parcels', line.id, order_id, shipped,
                coalesce(sent, 0)) AS what
        FROM orders_orderline AS line
        LEFT JOIN (
            SELECT organization_id, order_line_id, sum(quantity) AS sent
            FROM fulfillment_fulfillmentline GROUP BY 1, 2
        ) AS parcels
            ON parcels.organization_id = line.organization_id AND order_line_id = line.id
        WHERE shipped <> coalesce(sent, 0)
        """,
    ),
]
