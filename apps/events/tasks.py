from celery import shared_task

from apps.events import operations


# Killed while at it (out of memory, say): the row counted the attempt; one early retry will do.
@shared_task(max_retries=1, acks_late=True)
def settle(*, delivery_id: int) -> None:
    operations.settle(delivery_id=delivery_id)


def publish(delivery_id: int) -> None:
    """Hint to the workers that a delivery is due. Only the scheduler does."""
    settle.apply_async(kwargs={"delivery_id": delivery_id}, ignore_result=True)
