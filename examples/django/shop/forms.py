"""A sign-up form, checked by hCaptcha with django-hcaptcha-field."""

import http.client
import json
import urllib.parse
import urllib.request

from django import forms
from hcaptcha_field import hcaptcha_settings, hCaptchaField


class HumanField(hCaptchaField):
    """The library's field, but it looks at the score, and an outage is a message and no server error."""

    def validate(self, value):
        forms.Field.validate(self, value)
        try:
            human = is_human(value, self.sitekey)
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
            raise forms.ValidationError(self.error_messages["error_hcaptcha"], code="error_hcaptcha") from None
        if not human:
            raise forms.ValidationError(self.error_messages["invalid_hcaptcha"], code="invalid_hcaptcha")


def is_human(token, sitekey):
    form = {"secret": hcaptcha_settings.SECRET, "response": token, "sitekey": sitekey}
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(hcaptcha_settings.VERIFY_URL, data, hcaptcha_settings.TIMEOUT) as answer:
        verdict = json.load(answer)
    return verdict["success"] is True and verdict.get("score", 0.0) < 0.8


class SignUpForm(forms.Form):
    name = forms.CharField()
    hcaptcha = HumanField(label="")
