from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_more_rows_stay_in_their_organization")]

    operations = [
        # Trusted ones: whoever may create in the database may install them.
        BtreeGinExtension(),
        TrigramExtension(),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["organization", "payment_status", "-placed_at", "-id"],
                condition=~Q(payment_status="paid"),
                name="order_list_by_payment",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["organization", "fulfillment_status", "-placed_at", "-id"],
                condition=~Q(fulfillment_status="fulfilled"),
                name="order_list_by_fulfillment",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["organization", "return_status", "-placed_at", "-id"],
                condition=~Q(return_status="none"),
                name="order_list_by_return",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["organization", "-placed_at", "-id"],
                condition=~Q(tags=[]),
                name="order_list_tagged",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(F("organization"), Upper("email"), name="order_search_email"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=GinIndex(
                F("organization"),
                OpClass(Upper("customer_name"), name="gin_trgm_ops"),
                name="order_search_name",
            ),
        ),
    ]
