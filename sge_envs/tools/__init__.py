"""The world's operations as tool APIs: ``SGE-ToolAPI-v0``."""
