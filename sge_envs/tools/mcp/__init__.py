"""MCP both ways: an episode as a server of tools, and an environment made of any server's tools (extra ``mcp``)."""
