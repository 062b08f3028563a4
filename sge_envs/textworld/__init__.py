"""TextWorld's games: any game file, and its generated challenges by level, through the real engine."""
