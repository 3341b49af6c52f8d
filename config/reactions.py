"""Who reacts to what. The names are stored with each delivery: add and remove, do not rename."""

from apps.batches import operations as batches
from apps.events.tables import Reaction
from apps.files import operations as files
from apps.invoicing import operations as invoicing
from apps.notifications import emails
from apps.notifications import operations as notifications
from apps.payments import operations as payments

REACTIONS: dict[str, dict[str, Reaction]] = {
    "order.placed": {"mail-receipt": Reaction(emails.confirm_receipt)},
    "order.cancelled": {
        "mail-cancellation": Reaction(emails.regret_cancellation),
        "credit-invoice": Reaction(invoicing.correct_documents),
        "return-money": Reaction(payments.return_money),
    },
    "order.edited": {"correct-invoice": Reaction(invoicing.correct_documents)},
    "order.credited": {"issue-credit-note": Reaction(invoicing.document_credit)},
    "order.expired": {
        "mail-expiry": Reaction(emails.regret_expiry),
        "return-money": Reaction(payments.return_money),
    },
    "order.money_unwanted": {"return-money": Reaction(payments.return_money)},
    "order.revived": {"keep-money": Reaction(payments.keep_money)},
    "order.return_approved": {"mail-answer": Reaction(emails.answer_return)},
    "order.return_declined": {"mail-answer": Reaction(emails.answer_return)},
    "order.return_received": {"mail-arrival": Reaction(emails.confirm_arrival)},
    "order.return_closed": {"refund-return": Reaction(payments.refund_return)},
    "order.refund_requested": {"ask-provider": Reaction(payments.ask_provider, outside=True)},
    "order.void_requested": {"ask-provider": Reaction(payments.ask_provider, outside=True)},
    "order.shipped": {
        "mail-shipment": Reaction(emails.announce_shipment),
        "issue-invoice": Reaction(invoicing.invoice_shipment),
    },
    "order.invoiced": {"render-invoice": Reaction(invoicing.render_invoice, outside=True)},
    "order.invoice_rendered": {"mail-invoice": Reaction(emails.send_invoice)},
    "order.credit_note_issued": {
        "render-invoice": Reaction(invoicing.render_invoice, outside=True)
    },
    "order.credit_note_rendered": {"mail-credit-note": Reaction(emails.send_credit_note)},
    "order.invoice_overdue": {"mail-reminder": Reaction(emails.remind_of_payment)},
    "provider_event.received": {
        "settle-payment": Reaction(payments.apply_provider_event, outside=True)
    },
    "invitation.sent": {"mail-invitation": Reaction(emails.invite)},
    "email.queued": {"send-email": Reaction(notifications.send_email, outside=True)},
    "batch.started": {"run-batch": Reaction(batches.run_batch, outside=True)},
    "batch.continued": {"run-batch": Reaction(batches.run_batch, outside=True)},
    "batch.resumed": {"run-batch": Reaction(batches.run_batch, outside=True)},
    "batch.done": {"mail-batch": Reaction(emails.announce_batch)},
    "batch.failed": {"mail-batch": Reaction(emails.announce_batch)},
    "batch.cancelled": {"tidy-batch": Reaction(batches.tidy_batch, outside=True)},
    "import.uploaded": {"look-at-import": Reaction(batches.look_at_import, outside=True)},
    "file.uploaded": {"inspect-upload": Reaction(files.inspect_upload, outside=True)},
}
