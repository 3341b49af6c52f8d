-- What an order of three lines takes at the least, as pgbench sends it: the same rows, the same
-- locks, in as few statements as an ORM could manage.
\set a random(1, 3333)
\set b random(3334, 6666)
\set c random(6667, 10000)
BEGIN;
SELECT variant.id, sku, variant.name, price, track_stock, product.name, rate
FROM catalog_variant AS variant
JOIN catalog_product AS product ON product.id = product_id
LEFT JOIN catalog_taxclass AS tax_class ON tax_class.id = tax_class_id
WHERE variant.organization_id = :organization AND status = 'active'
AND sku IN ('SKU-' || :a::text, 'SKU-' || :b::text, 'SKU-' || :c::text);
SELECT level.id, variant_id, priority, on_hand - reserved
FROM inventory_stocklevel AS level
JOIN inventory_location AS location ON location.id = location_id
WHERE level.organization_id = :organization AND variant_id IN (:a, :b, :c) AND active
ORDER BY level.id
FOR NO KEY UPDATE OF level;
UPDATE inventory_stocklevel AS level SET reserved = reserved + quantity
FROM (VALUES (:a::bigint, 1), (:b, 1), (:c, 1)) AS taken (id, quantity)
WHERE level.id = taken.id;
INSERT INTO accounts_counter AS counter (organization_id, key, value)
VALUES (:organization, 'order', 1)
ON CONFLICT (organization_id, key) DO UPDATE SET value = counter.value + 1
RETURNING value AS number \gset
INSERT INTO orders_order
    (organization_id, number, status, version, channel, customer_name, email, shipping_address,
     country, note, currency, prices_include_tax, tax_rounding, net, tax, total, credited,
     authorized, captured, refunded, payment_status, fulfillment_status, return_status, hold_kinds,
     tags, metadata, placed_at, expires_at, closed_reason, external_ref, idempotency_key,
     request_fingerprint)
VALUES (:organization, :number, 'pending', 1, 'api', 'Benchmark', '', '1 High Street, Hometown', '',
    '', 'EUR', true, 'line', 2520, 480, 3000, 0, 0, 0, 0, 'unpaid', 'unfulfilled', 'none', '{}',
    '{}', '{}', now(), now() + interval '1 day', '', '', 'pgbench-' || gen_random_uuid(),
    repeat('f', 64))
RETURNING id AS order_id \gset
WITH line AS (
    INSERT INTO orders_orderline
        (organization_id, order_id, position, variant_id, sku, name, quantity, cancelled, picking,
         shipped, "returning", returned, unit_price, tax_rate, discount, net, tax, gross, credited,
         credited_tax, credited_units)
    VALUES
        (:organization, :order_id, 1, :a, 'SKU-1', 'Product 1', 1, 0, 0, 0, 0, 0, 10, 19, 0, 840,
         160, 1000, 0, 0, 0),
        (:organization, :order_id, 2, :b, 'SKU-2', 'Product 2', 1, 0, 0, 0, 0, 0, 10, 19, 0, 840,
         160, 1000, 0, 0, 0),
        (:organization, :order_id, 3, :c, 'SKU-3', 'Product 3', 1, 0, 0, 0, 0, 0, 10, 19, 0, 840,
         160, 1000, 0, 0, 0)
    RETURNING id
), lines AS (SELECT array_agg(id ORDER BY id) AS ids FROM line)
SELECT ids[1] AS first, ids[2] AS second, ids[3] AS third FROM lines \gset
INSERT INTO inventory_reservation
    (organization_id, stock_level_id, order_line_id, quantity, state)
VALUES
    (:organization, :a, :first, 1, 'active'),
    (:organization, :b, :second, 1, 'active'),
    (:organization, :c, :third, 1, 'active');
INSERT INTO events_event
    (organization_id, aggregate_type, aggregate_id, sequence, type, data, request_id)
VALUES (:organization, 'order', :order_id, 1, 'order.placed', '{"number": 1, "total": 3000}',
    repeat('f', 32));
COMMIT;
