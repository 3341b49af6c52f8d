from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from apps.accounts.models import Organization, User


class Event(models.Model):
    """
    One thing that happened: the timeline, the audit trail and the outbox in one row.

    Written in the transaction that made it true, so it can be neither lost nor early. `sequence` is
    dense per aggregate and equals the aggregate's version after the change.
    """

    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.CASCADE, related_name="events"
    )
    aggregate_type = models.CharField(max_length=20)
    aggregate_id = models.BigIntegerField()
    sequence = models.PositiveIntegerField()
    type = models.CharField(max_length=40)
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    data = models.JSONField(default=dict)
    request_id = models.CharField(max_length=128, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    # Empty until its deliveries exist.
    dispatched_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["aggregate_type", "aggregate_id", "sequence"],
                name="event_sequence_once",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(dispatched_at=None), name="event_outbox"),
            # A few bytes for a hundred pages, because events come in the order of their time.
            BrinIndex(fields=["created_at"], name="event_time", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.aggregate_type}:{self.aggregate_id}"


class JobRun(models.Model):
    """One turn of a scheduled job. However many schedulers run, a slot is one row."""

    job = models.CharField(max_length=60)
    slot = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="job_slot_once")]

    def __str__(self) -> str:
        return f"{self.job} at {self.slot:%Y-%m-%d %H:%M:%S}"


class Delivery(models.Model):
    """
    Something owed because of an event or a job slot. The row is the promise; a message is a hint.

    It is handed to a worker at `due_at`, again and again until it is done, or dead after its last
    attempt. `running_until` is the lease of the worker that is at it.
    """

    event = models.ForeignKey(Event, null=True, on_delete=models.CASCADE, related_name="deliveries")
    job_run = models.ForeignKey(
        JobRun, null=True, on_delete=models.CASCADE, related_name="deliveries"
    )
    reaction = models.CharField(max_length=60)
    due_at = models.DateTimeField(db_default=Now())
    running_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "reaction"], name="reaction_once_per_event"),
            models.UniqueConstraint(fields=["job_run"], name="delivery_once_per_job_run"),
            models.CheckConstraint(
                condition=Q(event=None) ^ Q(job_run=None), name="delivery_has_one_cause"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(dead_at=None), name="delivery_ends_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(done_at=None, dead_at=None),
                name="delivery_owed",
            ),
            models.Index(
                fields=["dead_at"], condition=Q(dead_at__isnull=False), name="delivery_dead"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reaction} #{self.pk}"
