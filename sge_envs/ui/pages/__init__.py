"""The world's apps as web pages: one declarative file per app over the world's operations, rendered on the server."""
