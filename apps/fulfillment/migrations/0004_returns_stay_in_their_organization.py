from django.db import migrations

from apps.core.tenancy import referable, same_organization


class Migration(migrations.Migration):
    dependencies = [
        ("fulfillment", "0003_pick_lists_and_returns"),
        ("orders", "0004_more_rows_stay_in_their_organization"),
        ("inventory", "0002_rows_stay_in_their_organization"),
    ]

    operations = [
        referable("fulfillment_return"),
        same_organization("fulfillment_fulfillment", "location_id", "inventory_location"),
        same_organization("fulfillment_return", "order_id", "orders_order"),
        same_organization("fulfillment_return", "exchange_order_id", "orders_order"),
        same_organization("fulfillment_returnline", "rma_id", "fulfillment_return"),
        same_organization("fulfillment_returnline", "order_line_id", "orders_orderline"),
        same_organization("fulfillment_returnline", "credit_id", "orders_credit"),
    ]
