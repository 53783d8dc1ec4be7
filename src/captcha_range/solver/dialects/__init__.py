"""Dialects: the documents' own words, each with one table from error kind to wire form."""
