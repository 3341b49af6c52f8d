from django.db import migrations

from apps.core.tenancy import referable, same_organization


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("files", "0002_rows_stay_in_their_organization"),
    ]

    operations = [
        referable("catalog_taxclass"),
        referable("catalog_product"),
        referable("catalog_variant"),
        same_organization("catalog_product", "tax_class_id", "catalog_taxclass"),
        same_organization("catalog_product", "image_id", "files_storedfile"),
        same_organization("catalog_variant", "product_id", "catalog_product"),
    ]
