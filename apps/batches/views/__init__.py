from apps.batches.views.batches import (
    cancel_batch,
    download_result,
    download_skips,
    list_batches,
    resume_batch,
    show_batch,
)

__all__ = [
    "cancel_batch",
    "download_result",
    "download_skips",
    "list_batches",
    "resume_batch",
    "show_batch",
]
