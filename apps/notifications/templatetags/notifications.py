"""What pages of the apps below show of mail."""

from collections.abc import Iterable
from typing import NamedTuple

from django import template
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from apps.events.models import Delivery, Event
from apps.notifications.models import OutgoingEmail
from apps.orders.models import Order

register = template.Library()


class Told(NamedTuple):
    """An event, and the mail that was written because of it."""

    event: Event
    mails: list[OutgoingEmail]


@register.simple_tag
def mails_about(order: Order) -> list[OutgoingEmail]:
    """Return all mail about an order, in one statement. `is_dead`: nobody tries any more."""
    given_up = Delivery.objects.filter(
        event__aggregate_type="email",
        event__aggregate_id=OuterRef("pk"),
        dead_at__isnull=False,
    )
    mails = _about(order).annotate(is_dead=Exists(given_up))
    return list(mails.defer("body", "html").order_by("pk"))


@register.simple_tag
def with_mails(events: Iterable[Event], mails: Iterable[OutgoingEmail]) -> list[Told]:
    """Put the mails beside the events that they were written because of."""
    told = {event.pk: Told(event, []) for event in events}
    for mail in mails:
        if mail.event_id in told:
            told[mail.event_id].mails.append(mail)
    return list(told.values())


@register.simple_tag
def mails_seen(order: Order, mails: list[OutgoingEmail] | None = None) -> str:
    """Name the state of the mails about an order: sending one is no event of its history."""
    if mails is not None:
        return f"{len(mails)}-{sum(mail.sent_at is not None for mail in mails)}"
    sent = Count("pk", filter=Q(sent_at__isnull=False))
    count = _about(order).aggregate(written=Count("pk"), sent=sent)
    return f"{count['written']}-{count['sent']}"


def _about(order: Order) -> QuerySet[OutgoingEmail]:
    return OutgoingEmail.objects.filter(event__aggregate_type="order", event__aggregate_id=order.pk)
