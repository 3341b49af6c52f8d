from apps.batches.views.batches import (
    cancel_batch,
    list_batches,
    resume_batch,
    show_batch,
    start_export,
)
from apps.batches.views.downloads import download_changes, download_result, download_skips
from apps.batches.views.imports import (
    finish_upload,
    run_import,
    show_import,
    start_import,
    upload_file,
)

__all__ = [
    "cancel_batch",
    "download_changes",
    "download_result",
    "download_skips",
    "finish_upload",
    "list_batches",
    "resume_batch",
    "run_import",
    "show_batch",
    "show_import",
    "start_export",
    "start_import",
    "upload_file",
]
