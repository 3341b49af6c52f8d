import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("fulfillment", "0004_returns_stay_in_their_organization")]

    operations = [
        migrations.AddField(
            model_name="fulfillment",
            name="wave",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="fulfillmentline",
            name="picked",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="fulfillmentline",
            name="ticks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=36), db_default=[], default=list
            ),
        ),
        migrations.AddIndex(
            model_name="fulfillment",
            index=models.Index(
                fields=["organization", "id"], condition=Q(status="open"), name="fulfillment_open"
            ),
        ),
        migrations.AddIndex(
            model_name="fulfillment",
            index=models.Index(
                fields=["organization", "wave"],
                condition=Q(wave__isnull=False),
                name="fulfillment_wave",
            ),
        ),
        migrations.AddConstraint(
            model_name="fulfillmentline",
            constraint=models.CheckConstraint(
                condition=Q(picked__gte=0, picked__lte=F("quantity")),
                name="fulfillment_line_picked_of_its_quantity",
            ),
        ),
    ]
