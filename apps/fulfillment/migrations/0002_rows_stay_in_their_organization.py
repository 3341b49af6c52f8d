from django.db import migrations

from apps.core.tenancy import referable, same_organization


class Migration(migrations.Migration):
    dependencies = [
        ("fulfillment", "0001_initial"),
        ("orders", "0002_rows_stay_in_their_organization"),
        ("inventory", "0002_rows_stay_in_their_organization"),
    ]

    operations = [
        referable("fulfillment_fulfillment"),
        same_organization("fulfillment_fulfillment", "order_id", "orders_order"),
        same_organization(
            "fulfillment_fulfillmentline", "fulfillment_id", "fulfillment_fulfillment"
        ),
        same_organization("fulfillment_fulfillmentline", "order_line_id", "orders_orderline"),
        same_organization("fulfillment_fulfillmentline", "stock_level_id", "inventory_stocklevel"),
    ]
