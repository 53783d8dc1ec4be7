"""Recognisers: from a picture and a question to points and a confidence. Pure; never imports challenges."""
