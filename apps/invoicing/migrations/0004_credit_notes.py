import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from apps.core.tenancy import same_organization


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_tax_rounding_and_terms"),
        ("invoicing", "0003_invoices_never_change"),
        ("orders", "0004_more_rows_stay_in_their_organization"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoice_number_once",
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="one_invoice_per_order",
        ),
        migrations.AddField(
            model_name="invoice",
            name="charges",
            field=models.JSONField(db_default=models.Value([], models.JSONField())),
        ),
        migrations.AddField(
            model_name="invoice",
            name="corrects",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_notes",
                to="invoicing.invoice",
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="credit",
            field=models.OneToOneField(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_note",
                to="orders.credit",
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="due_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="invoice",
            name="kind",
            field=models.CharField(
                choices=[("invoice", "Invoice"), ("credit_note", "Credit note")],
                db_default="invoice",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="prepaid",
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="invoice",
            name="reason",
            field=models.CharField(db_default="", max_length=500),
        ),
        migrations.AddField(
            model_name="invoice",
            name="replaces",
            field=models.OneToOneField(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="successor",
                to="invoicing.invoice",
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="series",
            field=models.CharField(db_default="invoice", max_length=40),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("kind", "invoice")), fields=["due_on"], name="invoice_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                fields=("organization", "series", "number"), name="invoice_series_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "invoice"), ("replaces", None)),
                fields=("order",),
                name="one_first_invoice_per_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("credit", None)),
                fields=("corrects",),
                name="invoice_reversed_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("corrects", None), ("credit", None), ("kind", "invoice")),
                    models.Q(
                        ("corrects__isnull", False), ("kind", "credit_note"), ("replaces", None)
                    ),
                    _connector="OR",
                ),
                name="credit_notes_correct_an_invoice",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("net__gte", 0),
                    ("prepaid__gte", 0),
                    ("prepaid__lte", models.F("gross")),
                    ("tax__gte", 0),
                ),
                name="invoice_amounts_not_negative",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="invoice",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reminders",
                to="invoicing.invoice",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="organization",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.organization",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                fields=("invoice", "level"), name="reminder_level_once"
            ),
        ),
        same_organization("invoicing_invoice", "corrects_id", "invoicing_invoice"),
        same_organization("invoicing_invoice", "replaces_id", "invoicing_invoice"),
        same_organization("invoicing_invoice", "credit_id", "orders_credit"),
        same_organization("invoicing_reminder", "invoice_id", "invoicing_invoice"),
    ]
