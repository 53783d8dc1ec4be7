from django.http import HttpResponse
from django.views.generic import FormView

from shop.forms import SignUpForm


class SignUp(FormView):
    form_class = SignUpForm
    template_name = "sign_up.html"

    def form_valid(self, form):
        return HttpResponse(f"Welcome, {form.cleaned_data['name']}!", content_type="text/plain; charset=utf-8")
