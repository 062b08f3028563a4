"""The pages of each app, one file each."""
