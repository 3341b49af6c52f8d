from django.db import migrations

from apps.core.tenancy import referable


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0001_initial"),
    ]

    operations = [
        referable("customers_customer"),
    ]
