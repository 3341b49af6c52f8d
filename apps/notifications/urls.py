from django.urls import path

from apps.notifications import views

app_name = "notifications"

urlpatterns = [
    path("mails/", views.show_mails, name="mails"),
    path("mails/letter/", views.show_mail, name="mail"),
]
