"""What a step tells a later one of the same batch: a dictionary that no process has to hold."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from apps.batches.models import Batch, BatchMemo


def recall(batch: Batch, about: str, keys: Iterable[str]) -> dict[str, Any]:
    """Return what was remembered of these keys; those of which nothing was are absent."""
    short = {_short(key): key for key in keys}
    found = batch.memos.filter(about=about, key__in=short).values_list("key", "value")
    return {short[key]: value for key, value in found}


def recall_all(batch: Batch, about: str) -> dict[str, Any]:
    """Return everything of a kind of which there is little."""
    return dict(batch.memos.filter(about=about).values_list("key", "value"))


def remember(batch: Batch, about: str, values: Mapping[str, Any]) -> None:
    """Write down, over what was remembered before."""
    BatchMemo.objects.bulk_create(
        [
            BatchMemo(
                organization_id=batch.organization_id,
                batch=batch,
                about=about,
                key=_short(key),
                value=value,
            )
            for key, value in values.items()
        ],
        update_conflicts=True,
        unique_fields=["batch", "about", "key"],
        update_fields=["value"],
    )


def _short(key: str) -> str:
    if len(key) <= 100:
        return key
    return f"{key[:35]}#{hashlib.sha256(key.encode()).hexdigest()}"
