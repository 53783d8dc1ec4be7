"""`python -m captcha_range` is the `captcha-range` command."""

from captcha_range.cli.main import main

main()
