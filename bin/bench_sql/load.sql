-- One organization's past: 10,000 variants with stock, 250,000 orders of one to three lines.
-- Ids are chosen here where order.sql names them: variant, level and SKU n belong together.
INSERT INTO accounts_organization
    (name, slug, currency, locale, timezone, prices_include_tax, payment_window, legal_name,
     address, tax_id, country, tax_rounding, payment_terms_days, low_stock_at)
VALUES ('Bench', 'bench', 'EUR', 'en', 'UTC', true, interval '1 day', 'Bench', '', '', 'DE', 'line',
    14, 5);

INSERT INTO accounts_user (email, name, password, is_active, is_staff, is_superuser)
VALUES ('bench@shop.example', '', '!', true, false, false);

INSERT INTO accounts_membership (organization_id, user_id, role)
SELECT organization.id, owner.id, 'owner'
FROM accounts_organization AS organization, accounts_user AS owner;

INSERT INTO catalog_taxclass (id, organization_id, name, rate)
SELECT 1, id, 'Standard', 19 FROM accounts_organization;

INSERT INTO catalog_product (id, organization_id, handle, name, description, status, tax_class_id)
SELECT n, organization.id, 'product-' || n, 'Product ' || n, '', 'active', 1
FROM accounts_organization AS organization, generate_series(1, 10000) AS n;

INSERT INTO catalog_variant
    (id, organization_id, product_id, sku, name, price, barcode, track_stock, allow_backorder)
SELECT id, organization_id, id, 'SKU-' || id, '', 1 + id % 100, '', true, false
FROM catalog_product;

INSERT INTO inventory_location (id, organization_id, code, name, priority, active)
SELECT 1, id, 'MAIN', 'Main warehouse', 1, true FROM accounts_organization;

INSERT INTO inventory_stocklevel
    (id, organization_id, variant_id, location_id, on_hand, reserved, allow_negative)
SELECT id, organization_id, id, 1, 1000000, 0, false FROM catalog_variant;

INSERT INTO inventory_stockmovement
    (organization_id, stock_level_id, delta, kind, reason, ref_type)
SELECT organization_id, id, on_hand, 'receipt', 'First delivery', '' FROM inventory_stocklevel;

INSERT INTO customers_customer
    (organization_id, name, email, phone, company, tax_id, address, external_ref)
SELECT organization.id, 'Customer ' || n, 'customer-' || n || '@shop.example', '', '', '', '', ''
FROM accounts_organization AS organization, generate_series(1, 25000) AS n;

-- One in twenty waits for its money and two for their parcel; one was cancelled, one expired.
INSERT INTO orders_order
    (organization_id, number, status, version, channel, customer_id, customer_name, email,
     shipping_address, country, note, currency, prices_include_tax, tax_rounding, net, tax, total,
     credited, authorized, captured, refunded, payment_status, fulfillment_status, return_status,
     hold_kinds, tags, metadata, placed_at, paid_at, expires_at, closed_reason, external_ref, idempotency_key,
     request_fingerprint)
SELECT organization.id, n, status, 1, 'api', 1 + n % 25000, buyer, replace(lower(buyer), ' ', '.') || '@shop.example',
    '1 High Street, Hometown', '', '', 'EUR', true, 'line', 840 * lines, 160 * lines, 1000 * lines,
    0, 0, CASE WHEN paid THEN 1000 * lines ELSE 0 END, 0,
    CASE WHEN paid THEN 'paid' ELSE 'unpaid' END,
    CASE status WHEN 'completed' THEN 'fulfilled' ELSE 'unfulfilled' END, 'none', '{}', '{}', '{}',
    placed_at, CASE WHEN paid THEN placed_at END,
    CASE status WHEN 'pending' THEN now() + interval '1 day' END, '', '', 'past-' || n, ''
FROM accounts_organization AS organization, generate_series(1, 250000) AS n,
    LATERAL (
        SELECT 1 + n % 3 AS lines, now() - (250001 - n) * interval '1 minute' AS placed_at,
            CASE n % 20 WHEN 0 THEN 'pending' WHEN 1 THEN 'confirmed' WHEN 2 THEN 'confirmed'
                WHEN 3 THEN 'cancelled' WHEN 4 THEN 'expired' ELSE 'completed' END AS status,
            n % 20 NOT IN (0, 3, 4) AS paid,
            (ARRAY['Ada', 'Alan', 'Barbara', 'Donald', 'Edsger', 'Grace', 'John', 'Leslie',
                'Margaret', 'Niklaus', 'Radia', 'Tony'])[1 + n % 12]
            || ' ' || (ARRAY['Dijkstra', 'Hamilton', 'Hoare', 'Hopper', 'Knuth', 'Lamport',
                'Liskov', 'Lovelace', 'Perlman', 'Turing', 'Wirth'])[1 + n % 11]
            || ' ' || n % 25000 AS buyer
    ) AS past;

INSERT INTO orders_orderline
    (organization_id, order_id, position, variant_id, sku, name, quantity, cancelled, picking,
     shipped, "returning", returned, unit_price, tax_rate, discount, net, tax, gross, credited,
     credited_tax, credited_units)
SELECT organization_id, id, position, variant, 'SKU-' || variant, 'Product ' || variant, 1, 0, 0,
    CASE status WHEN 'completed' THEN 1 ELSE 0 END, 0, 0, 10, 19, 0, 840, 160, 1000, 0, 0, 0
FROM orders_order, generate_series(1, 1 + number % 3) AS position,
    LATERAL (SELECT 1 + (number * 7 + position * 3331) % 10000 AS variant) AS bought;

INSERT INTO inventory_reservation
    (organization_id, stock_level_id, order_line_id, quantity, state)
SELECT line.organization_id, variant_id, line.id, 1, 'active'
FROM orders_orderline AS line
JOIN orders_order AS parent ON parent.id = order_id AND status IN ('pending', 'confirmed');

UPDATE inventory_stocklevel AS level SET reserved = promised
FROM (
    SELECT stock_level_id, count(*) AS promised FROM inventory_reservation GROUP BY 1
) AS reservations
WHERE level.id = stock_level_id;

INSERT INTO payments_payment
    (organization_id, order_id, provider, method, status, capture_method, amount, authorized,
     captured, refund_claimed, refunded, reference, provider_ref, idempotency_key,
     request_fingerprint, error)
SELECT organization_id, id, 'manual', 'bank_transfer', 'captured', 'automatic', captured, captured,
    captured, 0, 0, '', '', '', '', ''
FROM orders_order WHERE captured > 0;

INSERT INTO payments_paymententry (organization_id, payment_id, kind, amount, provider_ref)
SELECT organization_id, id, 'capture', captured, '' FROM payments_payment;

INSERT INTO fulfillment_fulfillment
    (organization_id, order_id, number, location_id, status, carrier, tracking_number, tracking_url,
     created_at, shipped_at, delivered_at)
SELECT organization_id, id, 1, 1, 'delivered', '', '', '', placed_at, placed_at, placed_at
FROM orders_order WHERE status = 'completed';

-- From no stock level: they left before stock was kept here.
INSERT INTO fulfillment_fulfillmentline
    (organization_id, fulfillment_id, order_line_id, quantity)
SELECT parcel.organization_id, parcel.id, line.id, 1
FROM fulfillment_fulfillment AS parcel
JOIN orders_orderline AS line ON line.order_id = parcel.order_id;

INSERT INTO events_event
    (organization_id, aggregate_type, aggregate_id, sequence, type, data, request_id, created_at,
     dispatched_at)
SELECT organization_id, 'order', id, 1, 'order.placed', '{}', '', placed_at, now()
FROM orders_order;

INSERT INTO accounts_counter (organization_id, key, value)
SELECT id, 'order', 250000 FROM accounts_organization;
