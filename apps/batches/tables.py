"""What config/batches.py is made of: the kinds of batches, and what their steps return."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from apps.accounts.models import Organization
from apps.batches.models import Batch, BatchChange


class Skip(NamedTuple):
    """A row that was left out. `position` is its line or place, `row` its cells as they came."""

    position: int
    reference: str
    reason: str
    row: Sequence[str] = ()


@dataclass(frozen=True)
class Step:
    """What one step did. Everything but `cursor`, which replaces the former one, adds up."""

    cursor: dict[str, Any]
    done: int = 0
    skips: Sequence[Skip] = ()
    finished: bool = False
    # Counts by what happened, as {"confirmed": 48}.
    report: Mapping[str, int] = field(default_factory=dict)
    # Unsaved, without batch and organization.
    changes: Sequence[BatchChange] = ()


class BatchKind(NamedTuple):
    """
    One kind of long work.

    `step` does a few hundred rows at most, in a transaction that holds the batch's row, and no
    network. `fetch` runs before it, outside of any transaction: what it returns is `batch.fetched`.
    Both may be repeated after a crash, so what `fetch` does outside must be idempotent there.
    """

    title: str | Promise
    step: Callable[[Batch], Step]
    fetch: Callable[[Batch], object] | None = None
    # Refuse a second one while one is open: for imports, where two would undo each other's preview
    # and a double click would do everything twice. What people pick by hand may run side by side.
    alone: bool = False
    # Write to whoever started it when it has ended.
    mail: bool = True
    # What the words of `Step.report` are called on the page.
    counts: Mapping[str, str | Promise] = {}
    # Undo what a cancelled or failed batch left outside, as parts of an upload. Acts outside.
    tidy: Callable[[Batch], object] | None = None


class ImportField(NamedTuple):
    """What a column can be for us. `names` are what files call it, the likeliest first."""

    label: str | Promise
    names: Sequence[str]
    required: bool = False


class ImportOption(NamedTuple):
    """A choice that is made once for a whole file: values and what people call them."""

    name: str
    label: str | Promise
    choices: Sequence[tuple[str, str | Promise]]


class ImportKind(NamedTuple):
    """What can be imported, and the two kinds of batches that try it and do it."""

    title: str | Promise
    # What its rows say, for whoever looks for the right file.
    about: str | Promise
    fields: Mapping[str, ImportField]
    check: str
    run: str
    options: Callable[[Organization], Sequence[ImportOption]]


def import_kinds() -> Mapping[str, ImportKind]:
    """Return everything that can be imported, by name."""
    return cast("Mapping[str, ImportKind]", import_string(settings.IMPORT_KINDS))


def export_kinds() -> Sequence[str]:
    """Return the kinds of batches that export everything there is of something."""
    return cast("Sequence[str]", import_string(settings.EXPORT_KINDS))


def batch_kinds() -> Mapping[str, BatchKind]:
    """Return every kind of batch, by name."""
    return cast("Mapping[str, BatchKind]", import_string(settings.BATCH_KINDS))
