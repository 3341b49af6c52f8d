from django.urls import path

from apps.payments import views

app_name = "payments"

urlpatterns = [
    path("orders/<int:number>/payment/", views.mark_as_paid, name="pay"),
]
