"""Verbs of long work: start it, do it in steps, stop it, go on with it."""

from apps.batches.operations.exporting import ExportPage, export_kind
from apps.batches.operations.reading import (
    Piece,
    Refused,
    columns_of,
    counts,
    fetch_piece,
    more_of,
    moved,
    place_of,
    read_piece,
    shape_of,
)
from apps.batches.operations.remembering import recall, recall_all, remember
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
    "Piece",
    "Refused",
    "cancel_batch",
    "columns_of",
    "counts",
    "export_kind",
    "fetch_piece",
    "more_of",
    "moved",
    "note_seen",
    "place_of",
    "read_piece",
    "recall",
    "recall_all",
    "remember",
    "resume_batch",
    "run_batch",
    "shape_of",
    "start_batch",
    "tidy_batch",
]
