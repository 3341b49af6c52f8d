"""Verbs of long work: start it, do it in steps, stop it, go on with it."""

from apps.batches.operations.exporting import ExportPage, export_kind
from apps.batches.operations.running import run_batch, tidy_batch
from apps.batches.operations.starting import (
    BatchBusy,
    BatchOver,
    BatchRunning,
    cancel_batch,
    note_seen,
    resume_batch,
    start_batch,
)

__all__ = [
    "BatchBusy",
    "BatchOver",
    "BatchRunning",
    "ExportPage",
    "cancel_batch",
    "export_kind",
    "note_seen",
    "resume_batch",
    "run_batch",
    "start_batch",
    "tidy_batch",
]
