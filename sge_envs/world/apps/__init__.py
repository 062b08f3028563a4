"""The apps of the world, one file each: its tables, its operations, its share of the generated history."""
