from collections.abc import Callable

import pytest
from pytest_django import Settings

from apps.accounts.models import Organization, User
from apps.batches import operations
from apps.batches.models import Batch

type Count = Callable[..., Batch]


@pytest.fixture
def count(acme: Organization, alice: User, settings: Settings) -> Count:
    """Start to count, which makes a tax class of every number but each seventh."""
    settings.BATCH_KINDS = "tests.batches.kinds.BATCHES"

    def start(total: int = 25, kind: str = "count", **params: object) -> Batch:
        return operations.start_batch(
            organization=acme, kind=kind, params=params, started_by=alice, total=total
        )

    return start
