from django.urls import path

from apps.invoicing import views

app_name = "invoicing"

urlpatterns = [
    path("orders/<int:number>/invoice/", views.issue_invoice, name="issue"),
    path("invoices/<slug:label>/document/", views.show_document, name="document"),
]
