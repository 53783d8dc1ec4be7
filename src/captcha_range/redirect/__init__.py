"""The redirect: for the run of one command, hcaptcha.com is answered by a range on this machine."""
