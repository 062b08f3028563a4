"""MiniWoB++: small web tasks, played through the browser."""
