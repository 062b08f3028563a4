"""User interfaces in a real browser: pages as text, actions as calls."""
