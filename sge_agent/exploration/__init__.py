"""Exploration methods: one file each, all on the hooks of :mod:`sge_agent.exploration.base`."""
