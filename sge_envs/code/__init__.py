"""Programming problems with hidden tests, and the sandbox that runs what a model wrote."""
