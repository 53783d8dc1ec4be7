from django.urls import path

from shop.views import SignUp

urlpatterns = [path("", SignUp.as_view())]
