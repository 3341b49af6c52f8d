"""Files and lists of long work are kept for a while and no longer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.batches import operations
from apps.batches.models import Batch, Import
from apps.files import s3
from apps.files.models import StoredFile


def test_what_is_old_is_forgotten_with_its_files(
    acme: Organization, alice: User, settle_all: Callable[[], int]
) -> None:
    found = operations.import_sent_file(
        organization=acme,
        what="products",
        name="mugs.csv",
        body=b"Handle,Title,Price\nmug,Mug,4\n",
        started_by=alice,
    )
    settle_all()
    found.refresh_from_db()
    operations.check_import(found=found, mapping=found.mapping, options={}, checked_by=alice)
    operations.start_batch(organization=acme, kind="product-export", params={}, started_by=alice)
    settle_all()
    keys = list(StoredFile.objects.values_list("key", flat=True))
    assert len(keys) == 2
    now = timezone.now()

    assert operations.forget_old_batches(now) == 0

    later = now + timedelta(days=91)
    assert operations.forget_old_batches(later) == 2
    assert not Batch.objects.exists()
    assert not Import.objects.exists()
    assert not StoredFile.objects.exists()
    for key in keys:
        with pytest.raises(s3.StoreAway):
            s3.size_of(key)


def test_a_file_stays_as_long_as_what_was_made_of_it(
    acme: Organization, alice: User, settle_all: Callable[[], int]
) -> None:
    found = operations.import_sent_file(
        organization=acme,
        what="products",
        name="mugs.csv",
        body=b"Handle,Title,Variant SKU,Variant Price\nmug,Mug,MUG,4\n",
        started_by=alice,
    )
    settle_all()
    found.refresh_from_db()
    operations.check_import(found=found, mapping=found.mapping, options={}, checked_by=alice)
    settle_all()
    batch = operations.run_import(found=found, started_by=alice)
    settle_all()
    now = timezone.now()
    Batch.objects.update(finished_at=now - timedelta(days=91))
    Import.objects.update(created_at=now - timedelta(days=91))
    undoing = operations.undo_batch(batch=batch, undone_by=alice)
    settle_all()

    assert operations.forget_old_batches(now) == 2
    assert list(Batch.objects.all()) == [undoing]
    assert s3.size_of(found.file.key)

    operations.forget_old_batches(now + timedelta(days=91))
    assert not Batch.objects.exists()
    assert not StoredFile.objects.exists()


def test_parts_of_a_file_that_was_never_written_go_too(acme: Organization) -> None:
    upload = s3.begin_parts("1/part.csv", "text/csv")
    tag = s3.put_part("1/part.csv", upload, 1, b"x")
    now = timezone.now()
    Batch.objects.create(
        organization=acme,
        kind="customer-export",
        status=Batch.Status.FAILED,
        cursor={"key": "1/part.csv", "upload": upload, "tags": [tag]},
        finished_at=now - timedelta(days=91),
    )

    assert operations.forget_old_batches(now) == 1

    with pytest.raises(s3.StoreAway):
        s3.put_part("1/part.csv", upload, 2, b"y")
