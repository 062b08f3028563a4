"""The board: all exploration methods on the same small tasks. `benchmarks/leaderboard.py` is its command.

``arms``: what is played on what; ``play``: one run, and all of them; ``results``: what is kept of a run; ``scores``: estimates,
ranks and checks of claims; ``summary``: all that is shown, which ``page`` and ``words`` write down for the docs.
"""
