"""Money that came and went (I5, I6): payments, their ledger, and the sums on the order."""

from apps.reports.invariants.invariant import Invariant

MONEY = [
    Invariant(
        "payments-stay-within-their-amounts",
        "No payment captures more than it was authorized for, or returns more than it captured.",
        """
        SELECT organization_id,
            format('Payment %s of %s: %s authorized, %s captured, %s claimed, %s refunded', id,
                amount, authorized, captured, refund_claimed, refunded) AS what
        FROM payments_payment
        WHERE captured < 0 OR captured > amount OR captured > authorized OR refunded < 0
            OR refunded > refund_claimed OR refund_claimed > captured
        """,
    ),
    Invariant(
        "payments-are-explained",
        "The amounts of a payment are the sums of its entries.",
        """
        SELECT payment.organization_id,
            format('Payment %s: captured %s and refunded %s, but by its entries %s and %s',
                payment.id, captured, refunded, coalesce(came, 0), coalesce(went, 0)) AS what
        FROM payments_payment AS payment
        LEFT JOIN (
            SELECT organization_id, payment_id,
                coalesce(sum(amount) FILTER (WHERE kind = 'capture'), 0) AS came,
                coalesce(sum(amount) FILTER (WHERE kind IN ('refund', 'chargeback')), 0)
                    - coalesce(sum(amount) FILTER (WHERE kind = 'refund_failed'), 0) AS went,
                coalesce(sum(amount) FILTER (WHERE kind = 'authorize'), 0)
                    - coalesce(sum(amount) FILTER (WHERE kind = 'void'), 0) AS held
            FROM payments_paymententry GROUP BY 1, 2
        ) AS entries
            ON entries.organization_id = payment.organization_id AND payment_id = payment.id
        WHERE captured <> coalesce(came, 0) OR refunded <> coalesce(went, 0)
            -- What was captured without having been held counts as authorized too.
            OR authorized <> greatest(coalesce(held, 0), coalesce(came, 0))
        """,
    ),
    Invariant(
        "refunds-are-claimed",
        "What is claimed of a payment is what was refunded and what is being refunded.",
        """
        SELECT payment.organization_id,
            format('Payment %s: %s claimed, %s refunded, %s under way', payment.id,
                refund_claimed, refunded, coalesce(asked, 0)) AS what
        FROM payments_payment AS payment
        LEFT JOIN (
            SELECT organization_id, payment_id, sum(amount) AS asked
            FROM payments_paymentattempt
            WHERE kind = 'refund' AND status IN ('pending', 'unknown') GROUP BY 1, 2
        ) AS attempts
            ON attempts.organization_id = payment.organization_id AND payment_id = payment.id
        WHERE refund_claimed <> refunded + coalesce(asked, 0)
        """,
    ),
    Invariant(
        "order-money-is-explained",
        "What an order has authorized, captured and refunded is the sum of its payments.",
        """
        SELECT parent.organization_id,
            format('Order %s: %s held, %s captured, %s refunded, but by payments %s, %s, %s',
                number, authorized, captured, refunded, coalesce(held, 0), coalesce(came, 0),
                coalesce(went, 0)) AS what
        FROM orders_order AS parent
        LEFT JOIN (
            SELECT organization_id, order_id, sum(authorized - captured) AS held,
                sum(captured) AS came, sum(refunded) AS went
            FROM payments_payment GROUP BY 1, 2
        ) AS payments
            ON payments.organization_id = parent.organization_id AND order_id = parent.id
        WHERE authorized <> coalesce(held, 0) OR captured <> coalesce(came, 0)
            OR refunded <> coalesce(went, 0)
        """,
    ),
]
