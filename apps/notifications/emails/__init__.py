"""
What we write to customers and colleagues, one function a message.

A message is a `Letter`, which is set in the one template as text and as HTML. Writing is a row in
the transaction of its reason; sending is a delivery of its own.
"""

from apps.notifications.emails.accounts import account_letter
from apps.notifications.emails.colleagues import announce_batch, announce_low_stock, invite
from apps.notifications.emails.letters import Letter, Link, Row, Written, written
from apps.notifications.emails.reactions import (
    announce_shipment,
    answer_return,
    confirm_arrival,
    confirm_receipt,
    regret_cancellation,
    regret_expiry,
    remind_of_payment,
    send_credit_note,
    send_invoice,
)
from apps.notifications.emails.samples import Sample, samples

__all__ = [
    "Letter",
    "Link",
    "Row",
    "Sample",
    "Written",
    "account_letter",
    "announce_batch",
    "announce_low_stock",
    "announce_shipment",
    "answer_return",
    "confirm_arrival",
    "confirm_receipt",
    "invite",
    "regret_cancellation",
    "regret_expiry",
    "remind_of_payment",
    "samples",
    "send_credit_note",
    "send_invoice",
    "written",
]
