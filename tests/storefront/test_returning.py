"""A customer asks to send something back."""

import re
from collections.abc import Callable

from django.core import mail
from django.test import Client

from apps.accounts.models import Organization, User
from apps.events.models import Event
from apps.fulfillment import operations as fulfillment
from apps.fulfillment.models import Fulfillment, Return
from apps.orders import operations as orders
from apps.orders.models import Order

Path = Callable[[Order], str]
Settle = Callable[[], int]


def asked(order: Order, units: int, **more: str) -> dict[str, str]:
    order.refresh_from_db()
    typed = {"quantity-1": str(units), "why": "damaged", "version": str(order.version)}
    return typed | more


def test_it_is_asked_for_in_units_and_with_a_reason(
    client: Client, order: Order, parcel: Fulfillment, path_of: Path
) -> None:
    path = path_of(order)
    assert "of 2" in client.get(f"{path}return/").text

    answer = client.post(f"{path}return/", asked(order, 1, remark="The lid."))

    assert answer["Location"] == path
    rma = Return.objects.get()
    assert (rma.status, rma.cause, rma.reason, rma.requested_by) == (
        "requested",
        "damaged",
        "It arrived damaged: The lid.",
        None,
    )
    assert rma.lines.get().requested == 1
    page = client.get(path).text
    assert "We have your request" in page
    assert "We are looking at it." in page


def test_the_reason_is_written_for_the_shop_to_read(
    client: Client, order: Order, parcel: Fulfillment, path_of: Path
) -> None:
    client.post(f"{path_of(order)}return/", asked(order, 1), headers={"Accept-Language": "de"})

    assert Return.objects.get().reason == "It arrived damaged"


def test_what_was_typed_stays_when_it_cannot_be(
    client: Client, order: Order, parcel: Fulfillment, path_of: Path
) -> None:
    for wrong in (asked(order, 3), asked(order, 0), asked(order, 1, why="")):
        answer = client.post(f"{path_of(order)}return/", wrong | {"remark": "The lid."})

        assert answer.status_code == 422
        assert "The lid." in answer.text
    assert not Return.objects.exists()


def test_the_same_form_sent_twice_is_one_return(
    client: Client, order: Order, parcel: Fulfillment, path_of: Path
) -> None:
    form = asked(order, 1)
    client.post(f"{path_of(order)}return/", form)

    again = client.post(f"{path_of(order)}return/", form)

    assert again.status_code == 422
    assert "has changed meanwhile" in again.text
    assert Return.objects.count() == 1


def test_the_form_of_an_order_that_has_changed_is_sent_again(
    client: Client, order: Order, parcel: Fulfillment, path_of: Path, alice: User
) -> None:
    form = asked(order, 1)
    orders.add_note(order=order, text="Rang twice.", written_by=alice)

    refused = client.post(f"{path_of(order)}return/", form)
    [told] = re.findall(r'name="version" value="(\d+)"', refused.text)
    client.post(f"{path_of(order)}return/", form | {"version": told})

    assert refused.status_code == 422
    assert Return.objects.count() == 1


def test_what_was_not_sent_or_is_announced_cannot_go_back(
    client: Client, order: Order, path_of: Path
) -> None:
    path = path_of(order)

    assert "Return something" not in client.get(path).text
    assert "There is nothing to return" in client.get(f"{path}return/").text
    assert client.post(f"{path}return/", asked(order, 1)).status_code == 422
    assert not Return.objects.exists()


def test_the_door_insists_on_the_token_of_the_form(
    order: Order, parcel: Fulfillment, path_of: Path
) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(f"{path_of(order)}return/", asked(order, 1)).status_code == 403


def test_the_customer_hears_and_sees_what_becomes_of_it(
    client: Client,
    order: Order,
    parcel: Fulfillment,
    path_of: Path,
    alice: User,
    acme: Organization,
    settle_all: Settle,
) -> None:
    client.post(f"{path_of(order)}return/", asked(order, 1))
    client.post(f"{path_of(order)}return/", asked(order, 1))
    first, second = Return.objects.order_by("number")

    fulfillment.approve_return(rma=first, approved_by=alice)
    fulfillment.decline_return(rma=second, reason="It was used.", declined_by=alice)
    settle_all()

    page = client.get(path_of(order)).text
    assert "Write “Return 1” on the parcel." in page
    assert "Send it to:" not in page
    assert "We cannot take it back. It was used." in page
    told = {one.subject: one.body for one in mail.outbox}
    assert "Please write “Return 1” on the parcel." in told["Your return 1 at Acme may come"]
    assert "It was used." in told["Your return 2 at Acme"]


def test_the_customer_reads_where_to_send_it(
    client: Client,
    order: Order,
    parcel: Fulfillment,
    path_of: Path,
    acme: Organization,
) -> None:
    Organization.objects.update(legal_name="Acme GmbH", address="Ring 1\n1010 Wien")
    client.post(f"{path_of(order)}return/", asked(order, 1))
    fulfillment.approve_return(rma=Return.objects.get(), approved_by=None)

    said = client.get(path_of(order)).text.partition("Send it to:")[2].partition("</p>")[0]

    assert "Acme GmbH\nRing 1\n1010 Wien" in said


def test_the_customer_hears_what_has_arrived(
    client: Client,
    order: Order,
    parcel: Fulfillment,
    path_of: Path,
    settle_all: Settle,
) -> None:
    client.post(f"{path_of(order)}return/", asked(order, 2))
    rma = fulfillment.approve_return(rma=Return.objects.get(), approved_by=None)
    line = order.lines.get(position=1)
    arrival = fulfillment.Arrival(line.pk, 1, "restock")

    fulfillment.receive_return(rma=rma, arrivals=[arrival], received_by=None)
    settle_all()

    told = {one.subject: one.body for one in mail.outbox}
    assert f"1 × {line.name}" in told["Your return 1 at Acme has arrived"]


def test_nobody_hears_that_nothing_has_arrived(
    client: Client, order: Order, parcel: Fulfillment, path_of: Path, settle_all: Settle
) -> None:
    client.post(f"{path_of(order)}return/", asked(order, 2))
    rma = fulfillment.approve_return(rma=Return.objects.get(), approved_by=None)

    fulfillment.receive_return(rma=rma, arrivals=[], received_by=None)
    settle_all()

    assert not [one.subject for one in mail.outbox if "has arrived" in one.subject]


def test_the_customer_keeps_it_after_all(
    client: Client, order: Order, parcel: Fulfillment, path_of: Path, settle_all: Settle
) -> None:
    path = path_of(order)
    client.post(f"{path}return/", asked(order, 1))
    fulfillment.approve_return(rma=Return.objects.get(), approved_by=None)
    withdrawal = f"{path}returns/1/withdraw/"
    assert withdrawal in client.get(path).text

    answer = client.post(withdrawal, follow=True)

    assert "It is withdrawn: you keep it." in answer.text
    assert withdrawal not in answer.text
    assert Return.objects.get().status == "cancelled"
    order.refresh_from_db()
    assert order.return_status == "none"
    assert order.lines.get(position=1).returning == 0
    assert Event.objects.get(type="order.return_cancelled").data["by"] == "customer"
    settle_all()
    assert not [one.subject for one in mail.outbox if "may come" in one.subject]


def test_who_of_the_shop_does_it_for_the_customer_is_named(
    client: Client, order: Order, parcel: Fulfillment, path_of: Path, alice: User
) -> None:
    client.force_login(alice)

    client.post(f"{path_of(order)}return/", asked(order, 1))
    client.post(f"{path_of(order)}returns/1/withdraw/")

    said = Event.objects.filter(type__startswith="order.return_").order_by("pk")
    assert [(one.type, one.actor, "by" in one.data) for one in said] == [
        ("order.return_requested", alice, False),
        ("order.return_cancelled", alice, False),
    ]


def test_who_is_of_another_shop_is_a_customer_here(
    client: Client,
    order: Order,
    parcel: Fulfillment,
    path_of: Path,
    globex: Organization,
    mallory: User,
) -> None:
    client.force_login(mallory)

    client.post(f"{path_of(order)}return/", asked(order, 1))

    assert Event.objects.get(type="order.return_requested").actor is None


def test_what_has_arrived_cannot_be_withdrawn(
    client: Client, order: Order, parcel: Fulfillment, path_of: Path
) -> None:
    path = path_of(order)
    client.post(f"{path}return/", asked(order, 1))
    rma = fulfillment.approve_return(rma=Return.objects.get(), approved_by=None)
    fulfillment.receive_return(rma=rma, arrivals=[], received_by=None)

    answer = client.post(f"{path}returns/1/withdraw/", follow=True)

    assert "It can no longer be withdrawn." in answer.text
    assert Return.objects.get().status == "received"
    assert client.post(f"{path}returns/2/withdraw/").status_code == 404
