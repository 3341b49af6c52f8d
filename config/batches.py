"""Every kind of long work, in one table. The names are stored with each batch: do not rename."""

from apps.batches.tables import BatchKind

BATCHES: dict[str, BatchKind] = {}
