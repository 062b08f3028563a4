"""Stands in for NeMo-RL, which is not on PyPI: its published interface of an environment, and nothing else."""
