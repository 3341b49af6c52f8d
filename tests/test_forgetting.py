"""What is deleted by the clock, and that nothing fresh is."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.contrib.sessions.models import Session
from django.utils import timezone

from apps.accounts import operations as accounts
from apps.accounts.models import Organization, User
from apps.batches import operations as batches
from apps.batches.models import Batch
from apps.catalog import operations as catalog
from apps.catalog.models import Variant
from apps.events import operations as events
from apps.events.models import Delivery, JobRun
from apps.files import operations as files
from apps.files import s3
from apps.files.models import StoredFile
from apps.notifications import operations as notifications
from apps.notifications.models import OutgoingEmail
from apps.payments import operations as payments
from apps.payments.models import ProviderEvent
from config.schedule import JOBS

NOW = timezone.now()


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_everything_that_forgets_is_started_by_the_clock() -> None:
    forgets = {job.run for name, job in JOBS.items() if name.startswith("forget-")}

    assert forgets == {
        accounts.forget_old_sessions,
        batches.forget_old_batches,
        events.forget_old_deliveries,
        files.forget_abandoned_uploads,
        notifications.forget_old_bodies,
        payments.forget_old_provider_events,
    }


def test_sessions_are_kept_until_they_end(db: None) -> None:
    Session.objects.create(session_key="old", session_data="", expire_date=days_ago(0.01))
    fresh = Session.objects.create(session_key="new", session_data="", expire_date=days_ago(-0.01))

    assert accounts.forget_old_sessions(NOW) == 1
    assert list(Session.objects.all()) == [fresh]


def test_job_runs_are_kept_for_thirty_days_and_dead_ones_for_ever(db: None) -> None:
    for age, end in [(31, "done_at"), (31, "dead_at"), (29, "done_at")]:
        moment = days_ago(age)
        run = JobRun.objects.create(job=f"{end} {age}", slot=moment, created_at=moment)
        Delivery.objects.create(job_run=run, reaction="job", **{end: moment})

    events.forget_old_deliveries(NOW)

    assert set(JobRun.objects.values_list("job", flat=True)) == {"dead_at 31", "done_at 29"}
    assert Delivery.objects.count() == 2


def test_the_words_of_a_mail_are_kept_for_ninety_days_and_that_it_was_sent_for_ever(
    acme: Organization,
) -> None:
    for sent_at in (days_ago(91), days_ago(89), None):
        OutgoingEmail.objects.create(
            organization=acme,
            recipient="jo@customer.example",
            body="Hello",
            html="<p>Hello",
            sent_at=sent_at,
        )

    assert notifications.forget_old_bodies(NOW) == 1
    assert notifications.forget_old_bodies(NOW) == 0
    bodies = OutgoingEmail.objects.order_by("pk").values_list("body", "html")
    assert list(bodies) == [("", ""), ("Hello", "<p>Hello"), ("Hello", "<p>Hello")]


def test_what_a_provider_said_is_kept_until_it_was_dealt_with_and_ninety_days(db: None) -> None:
    for name, processed_at in [("old", days_ago(91)), ("new", days_ago(89)), ("waits", None)]:
        ProviderEvent.objects.create(
            provider="stripe",
            event_id=name,
            type="x",
            payload={},
            received_at=days_ago(200),
            processed_at=processed_at,
        )

    assert payments.forget_old_provider_events(NOW) == 1
    assert set(ProviderEvent.objects.values_list("event_id", flat=True)) == {"new", "waits"}


@pytest.fixture
def upload(acme: Organization) -> Callable[..., StoredFile]:
    def upload(age: float, status: str = "pending") -> StoredFile:
        key = files.new_key(acme, "png")
        s3.put(key, b"bytes", "image/png")
        fields: dict[str, Any] = {"content_type": "image/png", "size": 5, "status": status}
        return StoredFile.objects.create(
            organization=acme, key=key, name="a.png", created_at=days_ago(age), **fields
        )

    return upload


def test_an_upload_that_nobody_finished_goes_with_its_bytes(
    upload: Callable[..., StoredFile], alice: User
) -> None:
    abandoned = upload(8)
    kept = [upload(6), upload(6, "ready"), upload(6, "refused")]

    assert files.forget_abandoned_uploads(NOW) == 1

    assert list(StoredFile.objects.order_by("pk")) == kept
    assert all(s3.get(one.key, at_most=9) == b"bytes" for one in kept)
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get(abandoned.key, at_most=9)


def test_a_replaced_image_goes_with_its_bytes_and_its_small_one(
    upload: Callable[..., StoredFile], teapot: Variant, alice: User
) -> None:
    replaced, refused = upload(800, "ready"), upload(800, "refused")
    StoredFile.objects.filter(pk=replaced.pk).update(thumbnail=True)
    s3.put(replaced.thumbnail_key, b"small", "image/webp")
    catalog.set_image(product=teapot.product, file=replaced, set_by=alice)
    assert files.forget_abandoned_uploads(NOW) == 1
    assert not StoredFile.objects.filter(pk=refused.pk).exists()

    shown = upload(800, "ready")
    catalog.set_image(product=teapot.product, file=shown, set_by=alice)

    assert files.forget_abandoned_uploads(NOW) == 1
    assert list(StoredFile.objects.all()) == [shown]
    assert s3.get(shown.key, at_most=9) == b"bytes"
    for key in (replaced.key, replaced.thumbnail_key):
        with pytest.raises(ClientError, match="NoSuchKey"):
            s3.get(key, at_most=9)
    shown.refresh_from_db()
    assert shown.status == "ready"


def test_what_is_no_image_or_what_another_row_names_is_kept(
    upload: Callable[..., StoredFile], acme: Organization
) -> None:
    document, attached = upload(800, "ready"), upload(800, "ready")
    StoredFile.objects.filter(pk=document.pk).update(content_type="application/pdf")
    Batch.objects.create(organization=acme, kind="product-import", source=attached)

    assert files.forget_abandoned_uploads(NOW) == 0
    assert list(StoredFile.objects.order_by("pk")) == [document, attached]


def test_an_upload_whose_bytes_are_gone_already_goes_too(
    upload: Callable[..., StoredFile],
) -> None:
    s3.delete(upload(8).key)

    assert files.forget_abandoned_uploads(NOW) == 1
    assert not StoredFile.objects.exists()
