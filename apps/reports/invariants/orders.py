"""
What an order comes to and how far it is: its sums and statuses said a second time, in SQL.

That they say the same as the functions of apps.orders is tested on random orders.
"""

from functools import cache

from babel.numbers import get_currency_precision, list_currencies

from apps.reports.invariants.invariant import Invariant

# What the customer has to pay in all, and what of their money is here.
DUE = "CASE WHEN status IN ('cancelled', 'expired') THEN 0 ELSE total - credited END"
KEPT = "captured - refunded"
PAYMENT_STATUS = f"""
    CASE
        WHEN captured = 0 AND authorized <> 0 THEN 'authorized'
        WHEN captured = 0 AND ({DUE} <> 0 OR status IN ('cancelled', 'expired')) THEN 'unpaid'
        WHEN captured = 0 THEN 'paid'
        WHEN {KEPT} = 0 THEN 'refunded'
        WHEN {KEPT} > {DUE} THEN 'overpaid'
        WHEN {KEPT} < {DUE} THEN 'partially_paid'
        WHEN refunded <> 0 THEN 'partially_refunded'
        ELSE 'paid'
    END
"""
# Of the lines of one order.
FULFILLMENT_STATUS = """
    CASE
        WHEN count(*) FILTER (WHERE shipped > 0 AND quantity > cancelled) = 0 THEN 'unfulfilled'
        WHEN count(*) FILTER (WHERE shipped <> quantity - cancelled AND quantity > cancelled) = 0
            THEN 'fulfilled'
        ELSE 'partially_fulfilled'
    END
"""


@cache
def _decimals() -> str:
    """Return the SQL of how many decimals the currency of an order has (ISO 4217)."""
    others = "".join(
        f" WHEN '{currency}' THEN {get_currency_precision(currency)}"
        for currency in sorted(list_currencies())
        if get_currency_precision(currency) != 2
    )
    return f"CASE currency{others} ELSE 2 END"


# Each line and charge with the amount its tax is reckoned from, in the prices of its order.
PRICED = f"""
    SELECT parent.organization_id, parent.number, order_id, prices_include_tax, tax_rounding,
        format('line %s', position) AS name, tax_rate, net, line.tax, gross,
        round((quantity - cancelled) * unit_price * power(10::numeric, {_decimals()})) - discount
            AS amount
    FROM orders_orderline AS line
    JOIN (
        SELECT organization_id, id, number, currency, prices_include_tax, tax_rounding, status
        FROM orders_order
    ) AS parent ON parent.organization_id = line.organization_id AND parent.id = order_id
    UNION ALL
    SELECT parent.organization_id, parent.number, order_id, prices_include_tax, tax_rounding,
        label, tax_rate, net, charge.tax, gross, amount
    FROM orders_adjustment AS charge
    JOIN (
        SELECT organization_id, id, number, prices_include_tax, tax_rounding FROM orders_order
    ) AS parent ON parent.organization_id = charge.organization_id AND parent.id = order_id
    WHERE kind <> 'discount'
"""
TAX = """
    CASE WHEN prices_include_tax
        THEN {amount} - round({amount} * 100 / (100 + tax_rate))
        ELSE round({amount} * tax_rate / 100)
    END
"""

ORDERS = [
    Invariant(
        "orders-add-up",
        "An order comes to the sum of its lines and charges, net, tax and in all.",
        """
        SELECT parent.organization_id,
            format('Order %s (%s): %s + %s = %s, but its parts come to %s + %s', parent.id, number,
                parent.net, parent.tax, total, parts.net, parts.tax) AS what
        FROM orders_order AS parent
        LEFT JOIN (
            SELECT organization_id, order_id, sum(net) AS net, sum(tax) AS tax,
                sum(gross) AS gross
            FROM (
                SELECT organization_id, order_id, net, tax, gross FROM orders_orderline
                UNION ALL
                SELECT organization_id, order_id, net, tax, gross FROM orders_adjustment
            ) AS part GROUP BY 1, 2
        ) AS parts ON parts.organization_id = parent.organization_id AND order_id = parent.id
        WHERE (parent.net, parent.tax, total)
            <> (coalesce(parts.net, 0), coalesce(parts.tax, 0), coalesce(parts.gross, 0))
        """,
    ),
    Invariant(
        "lines-are-priced-as-frozen",
        "Every line and charge comes to what its own price and rate say, whatever changed since.",
        f"""
        SELECT organization_id,
            format('Order %s, %s: %s + %s = %s from %s at %s percent', number, name, net, tax,
                gross, amount, tax_rate) AS what
        FROM ({PRICED}) AS priced
        WHERE CASE WHEN prices_include_tax THEN gross ELSE net END <> amount
            OR (tax_rounding = 'line' AND tax <> {TAX.format(amount="amount")})
        UNION ALL
        SELECT organization_id,
            format('Order %s: tax of %s on %s at %s percent', min(number), sum(tax), sum(amount),
                tax_rate)
        FROM ({PRICED}) AS priced
        WHERE tax_rounding = 'total'
        GROUP BY organization_id, order_id, tax_rate, prices_include_tax
        HAVING sum(tax) <> {TAX.format(amount="sum(amount)")}
        """,
    ),
    Invariant(
        "discounts-are-spread",
        "The lines of an order share its discounts, to the cent.",
        """
        SELECT parent.organization_id,
            format('Order %s: discounts of %s, of which its lines have %s', number, asked, shared)
                AS what
        FROM (
            SELECT organization_id, order_id, sum(asked) AS asked, sum(shared) AS shared,
                sum(worth) AS worth
            FROM (
                SELECT organization_id, order_id, 0 AS asked, discount AS shared,
                    discount + gross AS worth
                FROM orders_orderline
                UNION ALL
                SELECT organization_id, order_id, amount, 0, 0
                FROM orders_adjustment WHERE kind = 'discount'
            ) AS part GROUP BY 1, 2
        ) AS parts
        JOIN orders_order AS parent
            ON parent.organization_id = parts.organization_id AND parent.id = order_id
        -- More than the lines are worth cannot be taken off them: then they cost nothing.
        WHERE shared <> asked AND (shared > asked OR worth <> shared)
        """,
    ),
    Invariant(
        "lines-are-within-their-units",
        "Of a line no more is cancelled, picked and shipped than was ordered, nor more returned "
        "than shipped.",
        """
        SELECT organization_id,
            format('Line %s of order row %s: %s ordered; %s cancelled, %s picked, %s shipped, %s'
                ' returning, %s returned, %s credited', id, order_id, quantity, cancelled, picking,
                shipped, line.returning, returned, credited_units) AS what
        FROM orders_orderline AS line
        WHERE cancelled + picking + shipped > quantity OR line.returning + returned > shipped
            OR credited_units > quantity - cancelled
        """,
    ),
    Invariant(
        "credits-add-up",
        "What an order was credited is the sum of its credits, and of what its lines and charges "
        "were.",
        """
        SELECT parent.organization_id,
            format('Order %s: %s credited, %s by credits, %s by its parts', number, credited,
                coalesce(credits.gross, 0), coalesce(parts.gross, 0)) AS what
        FROM orders_order AS parent
        LEFT JOIN (
            SELECT organization_id, order_id, sum(gross) AS gross, sum(tax) AS tax
            FROM orders_credit GROUP BY 1, 2
        ) AS credits
            ON credits.organization_id = parent.organization_id AND credits.order_id = parent.id
        LEFT JOIN (
            SELECT organization_id, order_id, sum(credited) AS gross, sum(credited_tax) AS tax
            FROM (
                SELECT organization_id, order_id, credited, credited_tax FROM orders_orderline
                WHERE credited <> 0 OR credited_tax <> 0
                UNION ALL
                SELECT organization_id, order_id, credited, credited_tax FROM orders_adjustment
                WHERE credited <> 0 OR credited_tax <> 0
            ) AS part GROUP BY 1, 2
        ) AS parts
            ON parts.organization_id = parent.organization_id AND parts.order_id = parent.id
        WHERE credited <> coalesce(credits.gross, 0) OR credited <> coalesce(parts.gross, 0)
            OR coalesce(credits.tax, 0) <> coalesce(parts.tax, 0)
        """,
    ),
    Invariant(
        "credits-name-their-lines",
        "What a line was credited is what the credits of its order say of it.",
        """
        SELECT line.organization_id,
            format('Line %s of order row %s: %s credited, %s by credits', line.id, order_id,
                credited, coalesce(named.gross, 0)) AS what
        FROM orders_orderline AS line
        LEFT JOIN (
            SELECT organization_id, part.order_line, sum(part.gross) AS gross
            FROM orders_credit,
                jsonb_to_recordset(lines) AS part (order_line bigint, gross bigint)
            GROUP BY 1, 2
        ) AS named ON named.organization_id = line.organization_id AND order_line = line.id
        WHERE credited <> coalesce(named.gross, 0)
        """,
    ),
    Invariant(
        "payment-status-is-derived",
        "How far the payment of an order is follows from its amounts; too much money is flagged.",
        f"""
        SELECT organization_id,
            format('Order %s is %s: %s due, %s kept, but it says %s', number, status, {DUE},
                {KEPT}, payment_status) AS what
        FROM orders_order WHERE status <> 'draft' AND payment_status <> {PAYMENT_STATUS}
        """,
    ),
    Invariant(
        "fulfillment-status-is-derived",
        "How far the fulfilment of an order is follows from its lines.",
        f"""
        SELECT parent.organization_id,
            format('Order %s: its lines are %s, but it says %s', number, derived,
                fulfillment_status) AS what
        FROM orders_order AS parent
        LEFT JOIN (
            SELECT organization_id, order_id, {FULFILLMENT_STATUS} AS derived
            FROM orders_orderline GROUP BY 1, 2
        ) AS lines ON lines.organization_id = parent.organization_id AND order_id = parent.id
        WHERE fulfillment_status <> coalesce(derived, 'unfulfilled')
        """,
    ),
    Invariant(
        "holds-are-listed",
        "The holds an order lists are those that nobody has released.",
        """
        SELECT parent.organization_id,
            format('Order %s lists %s, but is held by %s', number, hold_kinds,
                coalesce(kinds, '{}')) AS what
        FROM orders_order AS parent
        LEFT JOIN (
            SELECT organization_id, order_id, array_agg(kind ORDER BY kind) AS kinds
            FROM orders_orderhold WHERE released_at IS NULL GROUP BY 1, 2
        ) AS holds ON holds.organization_id = parent.organization_id AND order_id = parent.id
        WHERE hold_kinds <> coalesce(kinds, '{}')
        """,
    ),
    Invariant(
        "done-orders-are-completed",
        "An order that is shipped and settled is completed.",
        f"""
        SELECT organization_id, format('Order %s is only confirmed', number) AS what
        FROM orders_order
        WHERE status = 'confirmed' AND fulfillment_status = 'fulfilled' AND {DUE} = {KEPT}
        """,
    ),
    Invariant(
        "order-numbers-are-drawn",
        "No order has a number that its counter has not given out, and no two have the same.",
        """
        SELECT drawn.organization_id,
            format('%s orders up to number %s, the counter is at %s', orders, highest,
                coalesce(value, 0)) AS what
        FROM (
            SELECT organization_id, max(number) AS highest, count(number) AS orders,
                count(DISTINCT number) AS numbers
            FROM orders_order GROUP BY 1
        ) AS drawn
        LEFT JOIN accounts_counter AS counter
            ON counter.organization_id = drawn.organization_id AND key = 'order'
        WHERE highest > coalesce(value, 0) OR orders <> numbers
        """,
    ),
]
