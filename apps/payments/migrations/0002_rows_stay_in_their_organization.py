from django.db import migrations

from apps.core.tenancy import same_organization


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0001_initial"),
        ("orders", "0002_rows_stay_in_their_organization"),
    ]

    operations = [
        same_organization("payments_payment", "order_id", "orders_order"),
    ]
