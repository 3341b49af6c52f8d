from django.urls import path

from apps.batches import views

app_name = "batches"

urlpatterns = [
    path("batches/", views.list_batches, name="list"),
    path("batches/<int:batch>/", views.show_batch, name="batch"),
    path("batches/<int:batch>/result/", views.download_result, name="result"),
    path("batches/<int:batch>/skipped.csv", views.download_skips, name="skips"),
    path("batches/<int:batch>/cancellation/", views.cancel_batch, name="cancel"),
    path("batches/<int:batch>/resumption/", views.resume_batch, name="resume"),
]
