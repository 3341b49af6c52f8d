from django.urls import path

from apps.invoicing import views

app_name = "invoicing"

urlpatterns = [
    path("invoices/<int:number>/document/", views.show_document, name="document"),
]
