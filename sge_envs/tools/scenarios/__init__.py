"""The scenarios, by the kind of work. Every module ends with ``SCENARIOS``."""
