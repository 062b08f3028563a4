"""What runs on the far side: the keeper process, which makes sandboxes, and the driver inside each of them.

Standard library only, and nothing else of this package: these modules are imported by a bare Python (``boot.py``).
"""
