"""Invoices and credit notes: without gaps, adding up, saying what the order says (I7 to I9)."""

from apps.reports.invariants.invariant import Invariant

DOCUMENTS = [
    Invariant(
        "document-numbers-are-dense",
        "The documents of a series are numbered 1, 2, 3 up to its counter, on days that never go "
        "back.",
        """
        SELECT organization_id,
            format('%s %s of %s follows number %s of %s', series, number, issued_on, former,
                former_day) AS what
        FROM (
            SELECT organization_id, series, number, issued_on, lag(number, 1, 0) OVER upwards
                AS former, lag(issued_on) OVER upwards AS former_day
            FROM invoicing_invoice
            WINDOW upwards AS (PARTITION BY organization_id, series ORDER BY number)
        ) AS numbered
        WHERE number <> former + 1 OR issued_on < former_day
        UNION ALL
        SELECT drawn.organization_id,
            format('%s: the last number is %s, the counter is at %s', series, last,
                coalesce(value, 0))
        FROM (
            SELECT organization_id, series, max(number) AS last
            FROM invoicing_invoice GROUP BY 1, 2
        ) AS drawn
        LEFT JOIN accounts_counter AS counter
            ON counter.organization_id = drawn.organization_id AND key = series
        WHERE last <> coalesce(value, 0)
        """,
    ),
    Invariant(
        "documents-add-up",
        "A document comes to the sum of its lines and charges, and of its rates of tax.",
        """
        SELECT organization_id,
            format('%s %s: %s + %s = %s', series, number, net, tax, gross) AS what
        FROM invoicing_invoice,
            LATERAL (
                SELECT coalesce(sum(part.net), 0) AS net, coalesce(sum(part.tax), 0) AS tax,
                    coalesce(sum(part.gross), 0) AS gross
                FROM jsonb_to_recordset(lines || charges)
                    AS part (net bigint, tax bigint, gross bigint)
            ) AS parts (part_net, part_tax, part_gross),
            LATERAL (
                SELECT coalesce(sum(rate.net), 0) AS net, coalesce(sum(rate.tax), 0) AS tax,
                    coalesce(sum(rate.gross), 0) AS gross
                FROM jsonb_to_recordset(tax_breakdown)
                    AS rate (net bigint, tax bigint, gross bigint)
            ) AS rates (rate_net, rate_tax, rate_gross)
        WHERE (net, tax, gross) <> (part_net, part_tax, part_gross)
            OR (net, tax, gross) <> (rate_net, rate_tax, rate_gross)
        """,
    ),
    Invariant(
        "documents-keep-the-currency",
        "A document is in the currency of its order, and so is what it corrects.",
        """
        SELECT document.organization_id,
            format('%s %s is in %s, order %s in %s', series, document.number, document.currency,
                parent.number, parent.currency) AS what
        FROM invoicing_invoice AS document
        JOIN orders_order AS parent
            ON parent.organization_id = document.organization_id AND parent.id = order_id
        WHERE document.currency <> parent.currency
        """,
    ),
    Invariant(
        "documents-say-what-is-due",
        "Once everything that follows from an order has been done, the invoices of an invoiced "
        "order less its credit notes are what its customer has to pay in all.",
        """
        SELECT parent.organization_id,
            format('Order %s: %s due, %s by its documents', number,
                CASE WHEN status IN ('cancelled', 'expired') THEN 0 ELSE total - credited END, said)
                AS what
        FROM (
            SELECT organization_id, order_id,
                sum(CASE kind WHEN 'invoice' THEN gross ELSE -gross END) AS said
            FROM invoicing_invoice GROUP BY 1, 2
        ) AS documents
        JOIN orders_order AS parent
            ON parent.organization_id = documents.organization_id AND parent.id = order_id
        WHERE said
                <> CASE WHEN status IN ('cancelled', 'expired') THEN 0 ELSE total - credited END
            AND NOT EXISTS (
                SELECT FROM events_event AS event
                LEFT JOIN events_delivery AS owed ON owed.event_id = event.id AND done_at IS NULL
                WHERE aggregate_type = 'order' AND aggregate_id = parent.id
                    AND (dispatched_at IS NULL OR owed.id IS NOT NULL)
            )
        """,
    ),
]
