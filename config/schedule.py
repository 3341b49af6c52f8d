"""Every job the clock starts, in one table. The scheduler reads nothing else."""

from datetime import timedelta

from apps.accounts import operations as accounts
from apps.batches import operations as batches
from apps.events import operations as events
from apps.events.tables import Job
from apps.files import operations as files
from apps.inventory import operations as inventory
from apps.invoicing import operations as invoicing
from apps.notifications import emails
from apps.notifications import operations as notifications
from apps.orders import operations as orders
from apps.payments import operations as payments
from apps.reports import operations as reports

JOBS: dict[str, Job] = {
    "expire-unpaid-orders": Job(orders.expire_unpaid_orders, every=timedelta(minutes=1)),
    "release-expired-reservations": Job(
        inventory.release_expired_reservations, every=timedelta(minutes=1)
    ),
    "reconcile-payments": Job(payments.reconcile_payments, every=timedelta(minutes=1)),
    "roll-up-recent-sales": Job(reports.roll_up_recent_sales, every=timedelta(minutes=1)),
    "roll-up-all-sales": Job(reports.roll_up_all_sales, every=timedelta(days=1)),
    "audit-invariants": Job(reports.audit_invariants, every=timedelta(days=1)),
    "forget-old-deliveries": Job(events.forget_old_deliveries, every=timedelta(days=1)),
    "remind-of-unpaid-invoices": Job(invoicing.remind_of_unpaid_invoices, every=timedelta(days=1)),
    "announce-low-stock": Job(emails.announce_low_stock, every=timedelta(days=1)),
    "forget-old-sessions": Job(accounts.forget_old_sessions, every=timedelta(days=1)),
    "forget-abandoned-uploads": Job(files.forget_abandoned_uploads, every=timedelta(days=1)),
    "draw-missing-thumbnails": Job(files.draw_missing_thumbnails, every=timedelta(minutes=5)),
    "forget-old-batches": Job(batches.forget_old_batches, every=timedelta(hours=1)),
    "forget-old-mail-bodies": Job(notifications.forget_old_bodies, every=timedelta(days=1)),
    "forget-old-provider-events": Job(payments.forget_old_provider_events, every=timedelta(days=1)),
}
