from django.urls import path

from apps.reports import views

app_name = "reports"

urlpatterns = [
    path("", views.show_dashboard, name="dashboard"),
    path("reports/", views.show_sales, name="sales"),
]
