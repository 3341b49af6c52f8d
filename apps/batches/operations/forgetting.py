"""What long work leaves behind is kept for a while: to look at, to undo. Then it is forgotten."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.batches.models import Batch, Import
from apps.batches.tables import batch_kinds
from apps.files import s3
from apps.files.models import StoredFile

KEEP = timedelta(days=90)
# Each is a call to S3 or two, and a job has less than a minute.
AT_ONCE = 100


def forget_old_batches(now: datetime) -> int:
    """
    Delete what ended KEEP ago, with the files that came in and went out. Acts outside.

    Returns how many batches.
    """
    old = Batch.objects.filter(finished_at__lt=now - KEEP).select_related("result")
    forgotten = 0
    for batch in old.order_by("pk")[:AT_ONCE]:
        kind = batch_kinds().get(batch.kind)
        if kind and kind.tidy and batch.status == Batch.Status.FAILED:
            kind.tidy(batch)
        if batch.result is not None:
            s3.delete(batch.result.key)
        forgotten += _forget(batch, batch.result)
    unused = Import.objects.filter(created_at__lt=now - KEEP, check_batch=None, run_batch=None)
    # What was undone since still names its file.
    unused = unused.exclude(Exists(Batch.objects.filter(source=OuterRef("file"))))
    for one in unused.select_related("file").order_by("pk")[:AT_ONCE]:
        s3.delete(one.file.key)
        one.file.delete()
    return forgotten


@transaction.atomic
def _forget(batch: Batch, result: StoredFile | None) -> int:
    deleted = Batch.objects.filter(pk=batch.pk).delete()[1]
    if result is not None:
        result.delete()
    return deleted.get("batches.Batch", 0)
