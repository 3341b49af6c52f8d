from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.files.models import StoredFile


class Batch(models.Model):
    """
    Long work over many rows, done by the worker in steps.

    A step commits together with `cursor`, `done` and what it left out, so the batch goes on where
    it was killed, and does nothing twice. `version` numbers its events: the delivery of an older
    one finds that there is nothing left to do for it.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Stopped")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN = (Status.QUEUED, Status.RUNNING)

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="batches")
    # A key of config/batches.py.
    kind = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    # Where it is; only its kind can read it.
    cursor = models.JSONField(default=dict)
    # What came of it so far, as counts by a word of its kind.
    report = models.JSONField(default=dict)
    # Empty when nobody knows beforehand.
    total = models.PositiveIntegerField(null=True)
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    source = models.ForeignKey(
        StoredFile, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    result = models.ForeignKey(
        StoredFile, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    # In words, for the person who started it.
    problem = models.CharField(max_length=500, blank=True)
    # Attempts since the last step that succeeded.
    tries = models.PositiveSmallIntegerField(default=0)
    # No other of its kind may be open in the organization: see `BatchKind.alone`.
    alone = models.BooleanField(default=False)
    # It ended, and whoever started it has not looked since.
    unread = models.BooleanField(default=False)
    started_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    # What the kind's `fetch` brought for this step.
    fetched: Any = None

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running", "done", "failed", "cancelled"]),
                name="batch_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running"]) ^ Q(finished_at__isnull=False),
                name="batch_ended_at_some_time",
            ),
            models.UniqueConstraint(
                fields=["organization", "kind"],
                condition=Q(alone=True, status__in=["queued", "running"]),
                name="batch_alone_of_its_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="batch_list"),
            models.Index(
                fields=["started_by", "organization"],
                condition=Q(unread=True),
                name="batch_unread",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("batches:batch", args=[self.organization.slug, self.pk])

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


class BatchSkip(models.Model):
    """One row a batch left out, and why."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(
        Batch, on_delete=models.CASCADE, related_name="skips", db_constraint=False
    )
    # The line of the file, or the place in the list.
    position = models.PositiveIntegerField()
    # What people call the row: a number, a SKU, a column.
    reference = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500)
    # The cells of the row, as the file had them.
    row = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["batch", "position", "id"], name="batch_skips")]

    def __str__(self) -> str:
        return f"{self.position}: {self.reason}"


class BatchMemo(models.Model):
    """What a step has to tell a later one of the same batch. Gone when the batch has ended."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(
        Batch, on_delete=models.CASCADE, related_name="memos", db_constraint=False
    )
    # What it is about, as a word of the batch's kind, and whom.
    about = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    value = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "about", "key"], name="batch_memo_once"),
        ]

    def __str__(self) -> str:
        return f"{self.about} {self.key}"


class BatchChange(models.Model):
    """One row a batch made or changed, with what it changed: for the preview, and to undo it."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(
        Batch, on_delete=models.CASCADE, related_name="changes", db_constraint=False
    )
    # What kind of row, as "variant", and its key; empty in a dry run.
    row_type = models.CharField(max_length=20)
    row_id = models.BigIntegerField(null=True)
    # What people call it.
    reference = models.CharField(max_length=200)
    created = models.BooleanField()
    # Field by field, as text; `before` is empty for what was created.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["batch", "created", "id"], name="batch_changes")]

    def __str__(self) -> str:
        return f"{self.row_type} {self.reference}"

    @property
    def fields(self) -> list[tuple[str, object, object]]:
        """Each field that changed, with its values before and after."""
        return [(name, value, self.after.get(name)) for name, value in self.before.items()]


class Import(models.Model):
    """One file on its way in: uploaded, looked at, mapped, checked, run."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="imports")
    # A key of IMPORTS in config/batches.py.
    what = models.CharField(max_length=20)
    file = models.ForeignKey(
        StoredFile, on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    # What the worker found when it looked: `CsvShape` as JSON, and some rows to show.
    shape = models.JSONField(default=dict)
    samples = models.JSONField(default=list)
    # Field of ours to the place of its column.
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    check_batch = models.ForeignKey(
        Batch, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False
    )
    run_batch = models.ForeignKey(
        Batch, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False
    )
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.what} from {self.file_id}"

    def get_absolute_url(self) -> str:
        return reverse("batches:import", args=[self.organization.slug, self.pk])


class ImportMapping(models.Model):
    """Which column was which the last time a file with the same first line came."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=20)
    # SHA-256 of the titles.
    fingerprint = models.CharField(max_length=64)
    mapping = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "what", "fingerprint"], name="import_mapping_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.fingerprint[:8]}"
