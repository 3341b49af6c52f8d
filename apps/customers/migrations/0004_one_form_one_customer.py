from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_organization_version"),
        ("customers", "0003_people_with_a_page"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="idempotency_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("idempotency_key", ""), _negated=True),
                fields=("organization", "idempotency_key"),
                name="customer_idempotency_key_once",
            ),
        ),
    ]
