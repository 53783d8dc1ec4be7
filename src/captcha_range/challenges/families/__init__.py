"""One file per challenge family."""
