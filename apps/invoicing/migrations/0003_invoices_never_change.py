from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0002_rows_stay_in_their_organization")]

    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION invoicing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'An issued invoice is never changed or deleted.'
                    USING ERRCODE = 'integrity_constraint_violation';
            END $$;
            CREATE TRIGGER invoice_never_changes BEFORE UPDATE OR DELETE ON invoicing_invoice
                FOR EACH ROW EXECUTE FUNCTION invoicing_refuse_change();
            """,
            """
            DROP TRIGGER invoice_never_changes ON invoicing_invoice;
            DROP FUNCTION invoicing_refuse_change();
            """,
        ),
    ]
