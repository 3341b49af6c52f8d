from django.db import migrations

from apps.core.tenancy import referable, same_organization


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_whole_life")]

    operations = [
        referable("orders_credit"),
        same_organization("orders_adjustment", "order_id", "orders_order"),
        same_organization("orders_credit", "order_id", "orders_order"),
        same_organization("orders_orderhold", "order_id", "orders_order"),
        # What was paid before this column existed was paid at the latest by now.
        migrations.RunSQL(
            "UPDATE orders_order SET paid_at = now() WHERE captured > 0 AND captured >= total",
            migrations.RunSQL.noop,
        ),
    ]
