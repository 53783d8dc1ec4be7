"""A range for human checks: provider, solver and measurement, which meet only over HTTP."""

__version__ = "0.1.0"
