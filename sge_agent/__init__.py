"""The agent half: a language model that writes a strategy before it acts, and the learner that trains it."""
