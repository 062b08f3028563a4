"""One episode of ``SGE-ToolAPI-v0`` as an MCP server: over standard input and output, or HTTP on the loopback with a token."""

from __future__ import annotations

import argparse
import hmac
import json
import os
import secrets
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from sge_envs.errors import MissingExtra, UnknownOption
from sge_envs.tools.env import ToolAPIEnv
from sge_envs.tools.formats import public_name
from sge_envs.tools.toolbox import all_operations

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

HOST = "127.0.0.1"
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Episode:
    """An episode that is played by calls of tools. Calls come from any thread, one is carried out at a time."""

    def __init__(self, env: ToolAPIEnv, *, seed: int | None = None, task_id: str | None = None) -> None:
        self._env = env
        self._lock = threading.Lock()
        self.introduction, _ = env.reset(seed=seed, options=None if task_id is None else {"task_id": task_id})
        self.verdict: dict[str, Any] | None = None
        """``success``, ``progress``, ``outcome``, ``feedback`` and ``reward`` when the episode is over."""

    def call(self, name: str, arguments: dict[str, Any] | None) -> tuple[str, bool]:
        """What the call gave, and whether it was wrong or refused."""
        with self._lock:
            if self.verdict is not None:
                return "The task is over: nothing can be called any more.", True
            action = json.dumps({"name": name, "arguments": arguments or {}})
            shown, reward, terminated, truncated, info = self._env.step(action)
            if terminated or truncated:
                keys = ("success", "progress", "outcome", "feedback")
                self.verdict = {**{key: info[key] for key in keys}, "reward": reward}
            return shown, "action_error" in info or shown.startswith("Error: ")


def make_server(episode: Episode) -> Server[Any]:
    """The official SDK's server for ``episode``. Its instructions are the task.

    Raises:
        MissingExtra: the package mcp is not installed.
    """
    try:
        from mcp import types
        from mcp.server.lowlevel import Server
    except ImportError as error:
        raise missing() from error
    tools = [
        types.Tool(name=public_name(one.name), description=one.summary, input_schema=one.schema)
        for one in all_operations().values()
    ]

    async def list_tools(context: object, params: object) -> types.ListToolsResult:
        return types.ListToolsResult(tools=tools)

    async def call_tool(context: object, params: types.CallToolRequestParams) -> types.CallToolResult:
        shown, wrong = episode.call(params.name, params.arguments)
        return types.CallToolResult(content=[types.TextContent(type="text", text=shown)], is_error=wrong)

    return Server("sge-tool-api", instructions=episode.introduction, on_list_tools=list_tools, on_call_tool=call_tool)


def missing() -> MissingExtra:
    """The error for a missing SDK."""
    return MissingExtra.of("mcp", package="mcp", purpose="Speaking MCP")


def serve(args: argparse.Namespace) -> int:
    """``sge-envs mcp``: one episode as a server; the verdict goes to standard error at the end."""
    if args.port and not 0 < args.port < 65_536:
        raise UnknownOption(f"Expected --port between 1 and 65535, got {args.port}.")
    episode = Episode(ToolAPIEnv(split=args.split), seed=args.seed, task_id=args.task)
    if args.http:
        token = args.token or os.environ.get("SGE_MCP_TOKEN") or secrets.token_urlsafe(24)
        if token not in (args.token, os.environ.get("SGE_MCP_TOKEN")):
            print(f"token: {token}", flush=True)
        serve_http(episode, token=token, port=args.port)
    else:
        serve_stdio(episode)
    print(json.dumps(episode.verdict), file=sys.stderr)
    return 0


def serve_stdio(episode: Episode) -> None:
    """Serve on standard input and output until the client hangs up."""
    server = make_server(episode)
    import anyio
    from mcp.server.stdio import stdio_server

    async def serve() -> None:
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())

    anyio.run(serve)


def http_app(episode: Episode, *, token: str) -> App:
    """The server as an ASGI application at ``/mcp`` that answers only requests with ``Authorization: Bearer TOKEN``."""
    inner = make_server(episode).streamable_http_app(host=HOST)
    expected = f"Bearer {token}".encode()

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
            if not hmac.compare_digest(given, expected):
                headers = [(b"content-type", b"text/plain"), (b"www-authenticate", b"Bearer")]
                await send({"type": "http.response.start", "status": 401, "headers": headers})
                await send({"type": "http.response.body", "body": b"The bearer token is missing or wrong.\n"})
                return
        await inner(scope, receive, send)

    return guarded


def serve_http(episode: Episode, *, token: str, port: int = 0) -> None:
    """Serve over HTTP on 127.0.0.1 until interrupted; the address is printed first. Port 0: a free one."""
    app = http_app(episode, token=token)
    import uvicorn

    with socket.create_server((HOST, port)) as listening:
        print(f"http://{HOST}:{listening.getsockname()[1]}/mcp", flush=True)
        config = uvicorn.Config(app, log_level="warning", lifespan="on", access_log=False)
        uvicorn.Server(config).run(sockets=[listening])
