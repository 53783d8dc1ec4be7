import os

SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "only for development")
DEBUG = "DJANGO_DEBUG" in os.environ
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["hcaptcha_field", "shop"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]

HCAPTCHA_SITEKEY = os.environ["HCAPTCHA_SITEKEY"]
HCAPTCHA_SECRET = os.environ["HCAPTCHA_SECRET"]
HCAPTCHA_JS_API_URL = os.environ.get("HCAPTCHA_SCRIPT_URL", "https://js.hcaptcha.com/1/api.js")
HCAPTCHA_VERIFY_URL = os.environ.get("HCAPTCHA_VERIFY_URL", "https://api.hcaptcha.com/siteverify")
HCAPTCHA_TIMEOUT = float(os.environ.get("HCAPTCHA_TIMEOUT", "5"))
