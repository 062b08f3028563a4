"""ALFWorld's household games: an exact, fast engine, a generator of new games, and the environment."""
