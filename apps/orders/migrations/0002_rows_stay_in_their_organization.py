from django.db import migrations

from apps.core.tenancy import referable, same_organization


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_initial"),
        ("catalog", "0002_rows_stay_in_their_organization"),
        ("customers", "0002_rows_stay_in_their_organization"),
        ("inventory", "0002_rows_stay_in_their_organization"),
    ]

    operations = [
        referable("orders_order"),
        referable("orders_orderline"),
        same_organization("orders_order", "customer_id", "customers_customer"),
        same_organization("orders_orderline", "order_id", "orders_order"),
        same_organization("orders_orderline", "variant_id", "catalog_variant"),
        same_organization("inventory_reservation", "order_line_id", "orders_orderline"),
    ]
