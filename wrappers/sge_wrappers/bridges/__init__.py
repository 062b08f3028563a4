"""Bridges to other RL libraries: one file each, and each needs its library only when that file is imported."""
