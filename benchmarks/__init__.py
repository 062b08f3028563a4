"""Measured comparisons, each printing a table: ``python -m benchmarks --list`` names them, ``--quick`` plays them small.

A module of this folder is a benchmark when it has a constant ``BENCHMARK``, and nothing else has to be edited to add one:

    BENCHMARK = Benchmark("what is measured, in one line", run)

    def run(quick: bool) -> Iterator[Row]:
        yield Row("snapshot and restore", 0.4, "ms", at_most(3))

Its first argument, and ``learning=True`` for one that trains models for minutes or hours, are literals: they are read from the
source. ``run`` yields its rows as they are measured; ``quick`` wants seconds instead of minutes. It raises ``Skip`` where the
machine lacks what it needs. To run a module alone, ``main = main_of(BENCHMARK)`` will do; one with options of its own writes a
``main`` that ends in ``return show(rows)``. Names are in ``benchmarks.rows``, clocks in ``benchmarks.timing``.
"""
