from django.urls import path

from apps.payments import views

app_name = "payments"

urlpatterns = [
    path("orders/<int:number>/payment/", views.mark_as_paid, name="pay"),
    path("orders/<int:number>/payments/", views.record_payment, name="record"),
    path(
        "orders/<int:number>/payments/<int:payment>/capture/", views.capture_payment, name="capture"
    ),
    path("orders/<int:number>/payments/<int:payment>/void/", views.void_payment, name="void"),
    path("orders/<int:number>/refund/", views.refund_order, name="refund"),
    path(
        "orders/<int:number>/refunds/<int:refund>/", views.mark_as_refunded, name="mark_as_refunded"
    ),
]
