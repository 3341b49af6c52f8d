from django.urls import path

from apps.batches import views

app_name = "batches"

urlpatterns = [
    path("batches/", views.list_batches, name="list"),
    path("batches/<int:batch>/", views.show_batch, name="batch"),
    path("exports/<slug:what>/", views.start_export, name="export"),
    path("batches/<int:batch>/result/", views.download_result, name="result"),
    path("batches/<int:batch>/skipped.csv", views.download_skips, name="skips"),
    path("batches/<int:batch>/changes.csv", views.download_changes, name="changes"),
    path("batches/<int:batch>/cancellation/", views.cancel_batch, name="cancel"),
    path("batches/<int:batch>/resumption/", views.resume_batch, name="resume"),
    path("imports/<int:imported>/", views.show_import, name="import"),
    path("imports/<int:imported>/upload/", views.finish_upload, name="finish-upload"),
    path("imports/<int:imported>/run/", views.run_import, name="run-import"),
    path("imports/<slug:what>/", views.upload_file, name="upload"),
    path("imports/<slug:what>/start/", views.start_import, name="start-import"),
]
