"""Where the numbers of a run go: JSON lines always, and whatever else is asked for. One file for each."""
