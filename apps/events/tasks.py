from celery import shared_task

from apps.events import operations


# Killed while at it (out of memory, say): the row has counted the attempt, and its lease will end.
@shared_task
def settle(*, delivery_id: int) -> None:
    operations.settle(delivery_id=delivery_id)


def publish(delivery_id: int) -> None:
    """Hint to the workers that a delivery is due. Only the scheduler does."""
    settle.apply_async(kwargs={"delivery_id": delivery_id}, ignore_result=True)
