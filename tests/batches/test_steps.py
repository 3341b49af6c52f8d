"""Long work is done once, whatever happens on the way."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F

from apps.accounts.models import Organization, User
from apps.batches import operations
from apps.batches.models import Batch
from apps.batches.operations import running, starting
from apps.events.models import Delivery, Event
from apps.notifications.models import OutgoingEmail
from tests.batches.conftest import Count
from tests.together import at_once

Settle = Callable[[], int]


def numbers(acme: Organization) -> list[int]:
    names = acme.tax_classes.values_list("name", flat=True)
    return sorted(int(name.partition("-")[2]) for name in names)


def make_due() -> None:
    """Let the pause between two attempts pass."""
    Delivery.objects.filter(done_at=None).update(due_at=F("due_at") - timedelta(days=2))


def test_steps_go_on_until_all_rows_are_done(
    count: Count, acme: Organization, settle_all: Settle
) -> None:
    batch = count(25)
    assert batch.status == "queued"

    settle_all()

    batch.refresh_from_db()
    assert (batch.status, batch.done, batch.skipped) == ("done", 25, 3)
    assert batch.report == {"made": 22}
    assert numbers(acme) == [one for one in range(1, 26) if one % 7]
    skips = list(batch.skips.order_by("position").values_list("position", "reference", "reason"))
    assert skips[0] == (7, "No. 7", "is a seventh")
    assert len(skips) == 3


def test_a_turn_that_is_over_hands_on_to_another_delivery(
    count: Count, acme: Organization, settle_all: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "TURN", 1.5)
    seconds = itertools.count()
    monkeypatch.setattr(running, "monotonic", lambda: next(seconds))  # A step takes one.
    batch = count(25)

    settle_all()

    batch.refresh_from_db()
    assert (batch.status, batch.done) == ("done", 25)
    said = Event.objects.filter(aggregate_type="batch").order_by("sequence")
    assert list(said.values_list("type", flat=True)) == [
        "batch.started",
        "batch.continued",
        "batch.continued",
        "batch.done",
    ]
    assert numbers(acme) == [one for one in range(1, 26) if one % 7]


def test_whoever_started_it_hears_that_it_has_ended(
    count: Count, alice: User, settle_all: Settle
) -> None:
    batch = count(25)

    settle_all()

    batch.refresh_from_db()
    mail = OutgoingEmail.objects.get()
    assert mail.recipient == alice.email
    assert mail.subject == "Counting: it is ready"
    assert "25 rows" in mail.body
    assert "3 rows were left out" in mail.body
    assert f"/acme/batches/{batch.pk}/" in mail.body
    assert batch.unread


def test_no_mail_about_what_one_sits_and_waits_for(count: Count, settle_all: Settle) -> None:
    count(5, kind="count-alone")

    settle_all()

    assert not OutgoingEmail.objects.exists()


def test_a_step_that_fails_leaves_nothing_and_is_tried_again(
    count: Count, acme: Organization, settle_all: Settle
) -> None:
    batch = count(25, breaks_at=15)

    settle_all()

    batch.refresh_from_db()
    assert (batch.status, batch.done) == ("running", 10)
    assert max(numbers(acme)) == 10

    Batch.objects.update(params={})
    make_due()
    settle_all()

    batch.refresh_from_db()
    assert (batch.status, batch.done) == ("done", 25)
    assert numbers(acme) == [one for one in range(1, 26) if one % 7]


def test_after_the_last_attempt_it_has_stopped_and_a_keeper_goes_on(
    count: Count, acme: Organization, alice: User, settle_all: Settle
) -> None:
    batch = count(25, breaks_at=15)

    for _ in range(running.TRIES + 2):
        settle_all()
        make_due()

    batch.refresh_from_db()
    assert (batch.status, batch.done) == ("failed", 10)
    assert "broke on our side" in batch.problem
    assert batch.finished_at is not None
    assert not Delivery.objects.filter(done_at=None).exists()

    Batch.objects.update(params={})
    operations.resume_batch(batch=batch, resumed_by=alice)
    settle_all()

    batch.refresh_from_db()
    assert (batch.status, batch.done, batch.problem) == ("done", 25, "")
    assert numbers(acme) == [one for one in range(1, 26) if one % 7]


def test_attempts_that_kill_their_process_are_counted_too(count: Count, settle_all: Settle) -> None:
    batch = count(25)
    Batch.objects.update(tries=running.TRIES, status="running")

    settle_all()

    batch.refresh_from_db()
    assert (batch.status, batch.done) == ("failed", 0)
    assert "broke off" in batch.problem


def test_a_refusal_stops_it_at_once_in_its_own_words(count: Count, settle_all: Settle) -> None:
    batch = count(25, refuses_at=12)

    settle_all()

    batch.refresh_from_db()
    assert (batch.status, batch.done, batch.problem) == ("failed", 10, "There is no 12.")


def test_what_is_cancelled_goes_no_further(
    count: Count, acme: Organization, alice: User, settle_all: Settle
) -> None:
    batch = count(25)
    operations.cancel_batch(batch=batch, cancelled_by=alice)

    settle_all()

    batch.refresh_from_db()
    assert (batch.status, batch.done) == ("cancelled", 0)
    assert numbers(acme) == []
    with pytest.raises(operations.BatchOver):
        operations.cancel_batch(batch=batch, cancelled_by=alice)


@pytest.mark.django_db(transaction=True)
def test_whoever_cancels_in_the_middle_of_a_long_step_is_told_so(
    count: Count, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "STEP_PATIENCE", "50ms")
    batch = count(25)

    with transaction.atomic():
        Batch.objects.select_for_update().get(pk=batch.pk)
        [told] = at_once([partial(operations.cancel_batch, batch=batch, cancelled_by=alice)])

    assert isinstance(told, operations.BatchBusy)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_gives_up_for_another_reason_is_not_called_busy(
    count: Count, alice: User
) -> None:
    batch = count(25)

    def cancel_in_a_hurry() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '50ms'")
        operations.cancel_batch(batch=batch, cancelled_by=alice)

    with transaction.atomic():
        Batch.objects.select_for_update().get(pk=batch.pk)
        with pytest.raises(OperationalError, match="statement timeout"):
            at_once([cancel_in_a_hurry])


def test_a_delivery_that_comes_late_does_nothing_twice(
    count: Count, acme: Organization, settle_all: Settle
) -> None:
    batch = count(25)
    settle_all()

    for event in Event.objects.filter(aggregate_type="batch", type="batch.started"):
        operations.run_batch(event)

    batch.refresh_from_db()
    assert batch.done == 25
    assert len(numbers(acme)) == 22


def test_only_one_runs_where_a_second_would_be_in_the_way(
    count: Count, alice: User, settle_all: Settle
) -> None:
    first = count(5, kind="count-alone")
    count(5)
    count(5)
    with pytest.raises(operations.BatchRunning):
        count(5, kind="count-alone")

    settle_all()

    first.refresh_from_db()
    assert first.status == "done"
    count(5, kind="count-alone")


def test_what_has_not_stopped_cannot_be_resumed(
    count: Count, alice: User, settle_all: Settle
) -> None:
    batch = count(5)
    settle_all()

    with pytest.raises(operations.BatchOver):
        operations.resume_batch(batch=batch, resumed_by=alice)
