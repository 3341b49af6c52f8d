"""Kinds of long work for tests: they count as far as they were asked to, or break on the way."""

from apps.batches.models import Batch
from apps.batches.tables import BatchKind, Skip, Step
from apps.catalog.models import TaxClass
from apps.core.errors import Refusal
from config import batches

AT_ONCE = 10


def count(batch: Batch) -> Step:
    """Make a row for every number up to `total`, and leave out every seventh."""
    begin = batch.cursor.get("next", 1)
    end = min(begin + AT_ONCE, (batch.total or 0) + 1)
    numbers = range(begin, end)
    sevenths = [number for number in numbers if number % 7 == 0]
    for number in numbers:
        if number % 7:
            name = f"{batch.pk}-{number}"
            TaxClass.objects.create(organization=batch.organization, name=name, rate=number % 100)
    if batch.params.get("breaks_at") in numbers:
        raise RuntimeError("planted")
    if batch.params.get("refuses_at") in numbers:
        raise Refusal(f"There is no {batch.params['refuses_at']}.")
    return Step(
        cursor={"next": end},
        done=len(numbers),
        skips=[Skip(one, f"No. {one}", "is a seventh", [str(one)]) for one in sevenths],
        finished=end > (batch.total or 0),
        report={"made": len(numbers) - len(sevenths)},
    )


BATCHES = {
    **batches.BATCHES,
    "count": BatchKind("Counting", count, counts={"made": "Made"}),
    "count-alone": BatchKind("Counting alone", count, alone=True, mail=False),
}
