"""Mail: queued in the transaction of its reason, sent once by the worker."""

from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models.functions import Now

from apps.accounts.models import Organization
from apps.events import operations as events
from apps.events.models import Event
from apps.files import s3
from apps.files.models import StoredFile
from apps.notifications.models import OutgoingEmail

ATTACHMENT_BYTES = 10 * 1024 * 1024
# How long we can say what we wrote; that we wrote, and when, is kept.
KEEP_BODIES = timedelta(days=90)

log = structlog.get_logger("dozen.mail")


@transaction.atomic
def queue_email(
    *,
    organization: Organization | None,
    event: Event | None,
    template: str,
    recipient: str,
    subject: str,
    body: str,
    html: str = "",
    attachment: StoredFile | None = None,
) -> OutgoingEmail:
    """
    Write a message down, to be sent when a worker gets to it. One per event and recipient.

    It is sent as text, and as HTML too if there is any.
    """
    email = OutgoingEmail.objects.create(
        organization=organization,
        event=event,
        template=template,
        recipient=recipient,
        # A line break in a name must not become a header of its own.
        subject=_one_line(subject)[:300],
        body=body,
        html=html,
        attachment=attachment,
    )
    events.record(email, "email.queued", template=template)
    return email


def send_email(event: Event) -> None:
    """
    Give one message to the mail server. Acts outside.

    Killed between the server's "250 ok" and our commit, it is sent again under the same Message-ID:
    SMTP has no way to ask.
    """
    email = OutgoingEmail.objects.select_related("attachment", "organization").get(
        pk=event.aggregate_id
    )
    if email.sent_at is not None:
        return
    _message(email, event.request_id).send()
    OutgoingEmail.objects.filter(pk=email.pk).update(sent_at=Now())
    log.info("email_sent", email_id=email.pk, template=email.template)


def forget_old_bodies(now: datetime) -> int:
    """Empty what was sent KEEP_BODIES ago: addresses, and links to accounts. Returns how many."""
    old = OutgoingEmail.objects.filter(sent_at__lt=now - KEEP_BODIES).exclude(body="")
    return old.update(body="", html="")


def _message(email: OutgoingEmail, request_id: str) -> EmailMultiAlternatives:
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    host = sender.rpartition("@")[2] or settings.PUBLIC_HOST
    message = EmailMultiAlternatives(
        email.subject,
        email.body,
        # The customer knows the shop, not us.
        formataddr((_one_line(email.organization.name), sender)) if email.organization else None,
        to=[email.recipient],
        headers={"Message-ID": f"<email-{email.pk}@{host}>", "X-Request-ID": request_id},
    )
    if email.html:
        message.attach_alternative(email.html, "text/html")
    if email.attachment is not None:
        body = s3.get(email.attachment.key, at_most=ATTACHMENT_BYTES)
        message.attach(email.attachment.name, body, email.attachment.content_type)
    return message


def _one_line(words: str) -> str:
    return " ".join(words.split())
