-- One organization's past: 10,000 variants with stock, 100,000 orders of three lines.
-- Ids are chosen here where order.sql names them: variant, level and SKU n belong together.
INSERT INTO accounts_organization
    (name, slug, currency, locale, timezone, prices_include_tax, payment_window, legal_name,
     address, tax_id)
VALUES ('Bench', 'bench', 'EUR', 'en', 'UTC', true, interval '1 day', 'Bench', '', '');

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

INSERT INTO orders_order
    (organization_id, number, status, version, channel, customer_name, email, shipping_address,
     note, currency, prices_include_tax, net, tax, total, captured, payment_status,
     fulfillment_status, placed_at, closed_reason, external_ref, idempotency_key,
     request_fingerprint)
SELECT organization.id, n, CASE n % 5 WHEN 0 THEN 'confirmed' ELSE 'completed' END, 1, 'api',
    'Customer ' || n % 5000, 'customer' || n % 5000 || '@shop.example', '1 High Street, Hometown',
    '', 'EUR', true, 2523, 477, 3000, 3000, 'paid',
    CASE n % 5 WHEN 0 THEN 'unfulfilled' ELSE 'fulfilled' END,
    now() - (100001 - n) * interval '1 minute', '', '', 'past-' || n, ''
FROM accounts_organization AS organization, generate_series(1, 100000) AS n;

INSERT INTO orders_orderline
    (organization_id, order_id, position, variant_id, sku, name, quantity, shipped, unit_price,
     tax_rate, net, tax, gross)
SELECT organization_id, id, position, variant, 'SKU-' || variant, 'Product ' || variant, 1, 0, 10,
    19, 841, 159, 1000
FROM orders_order, generate_series(1, 3) AS position,
    LATERAL (SELECT 1 + (number * 7 + position * 3331) % 10000 AS variant) AS bought;

INSERT INTO events_event
    (organization_id, aggregate_type, aggregate_id, sequence, type, data, request_id, dispatched_at)
SELECT organization_id, 'order', id, 1, 'order.placed', '{}', '', now() FROM orders_order;

INSERT INTO accounts_counter (organization_id, key, value)
SELECT id, 'order', 100000 FROM accounts_organization;
