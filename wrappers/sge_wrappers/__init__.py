"""Gymnasium wrappers, PettingZoo environments and bridges to other RL libraries."""
