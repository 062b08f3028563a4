"""One simulated office-and-home world on SQLite: apps of tables and typed operations, people and histories from a seed."""
