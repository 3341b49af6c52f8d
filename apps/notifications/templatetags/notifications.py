"""What pages of the apps below show of mail."""

from collections.abc import Iterable
from typing import NamedTuple

from django import template
from django.db.models import Count, Exists, OuterRef, Q

from apps.events.models import Delivery, Event
from apps.notifications.models import OutgoingEmail
from apps.orders.models import Order

register = template.Library()


class Told(NamedTuple):
    """An event, and the mail that was written because of it."""

    event: Event
    mails: list[OutgoingEmail]


@register.simple_tag
def with_mails(events: Iterable[Event]) -> list[Told]:
    """Put the mails beside their events, in one statement. `is_dead`: nobody tries any more."""
    told = {event.pk: Told(event, []) for event in events}
    given_up = Delivery.objects.filter(
        event__aggregate_type="email",
        event__aggregate_id=OuterRef("pk"),
        dead_at__isnull=False,
    )
    mails = OutgoingEmail.objects.filter(event__in=told).annotate(is_dead=Exists(given_up))
    for mail in mails.defer("body").order_by("pk"):
        if mail.event_id is not None:
            told[mail.event_id].mails.append(mail)
    return list(told.values())


@register.simple_tag
def mails_seen(order: Order) -> str:
    """Name the state of the mails about an order: sending one is no event of its history."""
    mails = OutgoingEmail.objects.filter(
        event__aggregate_type="order", event__aggregate_id=order.pk
    )
    count = mails.aggregate(written=Count("pk"), sent=Count("pk", filter=Q(sent_at__isnull=False)))
    return f"{count['written']}-{count['sent']}"
