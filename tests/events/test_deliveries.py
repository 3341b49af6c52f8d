from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from apps.events import operations
from apps.events.models import Delivery, Event
from apps.events.tables import Reaction
from apps.files.models import StoredFile
from apps.orders.models import Order

Settle = Callable[[], int]


# In place of config/reactions.py.
PLANTED: dict[str, dict[str, Reaction]] = {}


@pytest.fixture
def react(settings: Any) -> Iterator[Callable[..., None]]:
    settings.EVENT_REACTIONS = "tests.events.test_deliveries.PLANTED"

    def plant(run: Callable[[Event], object], *, outside: bool = False) -> None:
        PLANTED["order.placed"] = {"planted": Reaction(run, outside=outside)}

    yield plant
    PLANTED.clear()


def make_due() -> None:
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_an_event_becomes_one_delivery_a_reaction(react: Callable[..., None], order: Order) -> None:
    react(lambda event: None)

    assert operations.dispatch_events() == 1
    assert operations.dispatch_events() == 0
    assert Delivery.objects.count() == 1


def test_an_event_nobody_reacts_to_is_dispatched_too(
    react: Callable[..., None], order: Order
) -> None:
    PLANTED.clear()

    operations.dispatch_events()

    assert Event.objects.get().dispatched_at is not None
    assert not Delivery.objects.exists()


def test_a_delivery_is_done_once_however_often_it_is_hinted(
    react: Callable[..., None], order: Order
) -> None:
    heard: list[int] = []
    react(lambda event: heard.append(event.pk))
    operations.dispatch_events()
    delivery = Delivery.objects.get()

    assert operations.settle(delivery_id=delivery.pk) is True
    assert operations.settle(delivery_id=delivery.pk) is False
    assert len(heard) == 1


def test_what_a_failing_reaction_wrote_is_undone_and_it_is_tried_again(
    react: Callable[..., None], order: Order
) -> None:
    def fail(event: Event) -> None:
        Order.objects.update(note="half done")
        raise RuntimeError("the printer is on fire")

    react(fail)
    operations.dispatch_events()
    delivery = Delivery.objects.get()

    assert operations.settle(delivery_id=delivery.pk) is False

    delivery.refresh_from_db()
    order.refresh_from_db()
    assert order.note == ""
    assert (delivery.attempts, delivery.done_at, delivery.running_until) == (1, None, None)
    assert delivery.last_error == "RuntimeError: the printer is on fire"
    assert delivery.due_at > timezone.now()


def test_a_delivery_that_never_succeeds_dies_and_is_replayed(
    react: Callable[..., None], order: Order, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(event: Event) -> None:
        raise RuntimeError("no")

    react(fail)
    operations.dispatch_events()
    delivery = Delivery.objects.get()
    for _ in range(len(operations.BACKOFF) + 1):
        make_due()
        operations.settle(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.dead_at is not None
    assert operations.hand_over(lambda pk: None) == 0

    call_command("replay_deliveries", "--dry-run")
    assert "1 would be replayed" in capsys.readouterr().out
    react(lambda event: None)
    call_command("replay_deliveries", "--reaction", "planted")

    assert operations.settle(delivery_id=delivery.pk) is True


def test_a_worker_that_was_killed_leaves_its_delivery_to_the_next_after_its_lease(
    react: Callable[..., None], order: Order
) -> None:
    react(lambda event: None)
    operations.dispatch_events()
    delivery = Delivery.objects.get()
    Delivery.objects.update(running_until=timezone.now() + timedelta(seconds=30), attempts=1)
    assert operations.settle(delivery_id=delivery.pk) is False

    Delivery.objects.update(running_until=timezone.now() - timedelta(seconds=1))

    assert operations.settle(delivery_id=delivery.pk) is True


def test_a_hint_is_repeated_when_its_lease_ends(react: Callable[..., None], order: Order) -> None:
    react(lambda event: None)
    operations.dispatch_events()
    lost: list[int] = []

    assert operations.hand_over(lost.append) == 1
    assert operations.hand_over(lost.append) == 0
    make_due()
    assert operations.hand_over(lost.append) == 1
    assert len(set(lost)) == 1


def test_a_broker_that_is_away_costs_no_delivery_its_turn(
    react: Callable[..., None], order: Order
) -> None:
    react(lambda event: None)
    operations.dispatch_events()

    def broken(delivery_id: int) -> None:
        raise OSError("connection refused")

    with pytest.raises(OSError, match="refused"):
        operations.hand_over(broken)

    assert operations.hand_over(lambda pk: None) == 1


def test_acting_outside_holds_no_transaction(react: Callable[..., None], order: Order) -> None:
    depths: list[int] = []
    react(lambda event: depths.append(len(connection.savepoint_ids)), outside=True)
    operations.dispatch_events()
    before = len(connection.savepoint_ids)

    operations.settle(delivery_id=Delivery.objects.get().pk)

    assert depths == [before]


def test_the_request_of_an_order_is_known_to_what_follows_from_it(
    order: Order, settle_all: Settle
) -> None:
    Event.objects.update(request_id="request-1")

    settle_all()

    assert set(Event.objects.values_list("request_id", flat=True)) == {"request-1"}
    assert Event.objects.count() > 1


def test_a_file_has_a_history_too(acme: Any) -> None:
    file = StoredFile.objects.create(organization=acme, key="k", name="n", size=1, version=1)

    event = operations.record(file, "file.uploaded")

    assert (event.aggregate_type, event.sequence) == ("file", 1)


def test_old_deliveries_are_forgotten_and_dead_ones_are_not(
    order: Order, settle_all: Settle
) -> None:
    settle_all()
    dead = Delivery.objects.order_by("pk").first()
    assert dead is not None
    Delivery.objects.filter(pk=dead.pk).update(done_at=None, dead_at=timezone.now())

    operations.forget_old_deliveries(timezone.now() + timedelta(days=31))

    assert list(Delivery.objects.all()) == [dead]
