from django.db import migrations

from apps.core.tenancy import referable, same_organization


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0001_initial"),
        ("catalog", "0002_rows_stay_in_their_organization"),
    ]

    operations = [
        referable("inventory_location"),
        referable("inventory_stocklevel"),
        same_organization("inventory_stocklevel", "variant_id", "catalog_variant"),
        same_organization("inventory_stocklevel", "location_id", "inventory_location"),
        same_organization("inventory_stockmovement", "stock_level_id", "inventory_stocklevel"),
        same_organization("inventory_reservation", "stock_level_id", "inventory_stocklevel"),
    ]
