"""A small server with OpenAI's interface that misbehaves on purpose; run as a program, with a port or none, it prints its port.

The address says how: ``/BEHAVIOUR/TIMES/KEY/v1/...`` misbehaves in the first TIMES requests with that KEY and answers
the rest well. ``GET /KEY`` lists the requests with that KEY. Fields named ``x_...`` of a request say what a good answer is.
"""

import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any, ClassVar


class Handler(BaseHTTPRequestHandler):
    seen: ClassVar[defaultdict[str, list[dict[str, Any]]]] = defaultdict(list)
    flying: ClassVar[Counter[str]] = Counter()
    lock = Lock()

    def do_GET(self) -> None:
        self.answer(200, self.seen[self.path.strip("/")])

    def do_POST(self) -> None:
        behaviour, times, key, _, path = self.path.strip("/").split("/", 4)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.lock:
            self.flying[key] += 1
            count = len(self.seen[key])
            self.seen[key].append(
                {
                    "path": path,
                    "body": body,
                    "key": self.headers["Authorization"],
                    "session": self.headers["X-Session-ID"],
                    "flying": self.flying[key],
                }
            )
        time.sleep(body.get("x_seconds", 0))
        with self.lock:  # before the answer: the client may send its next request as soon as it has it
            self.flying[key] -= 1
        try:
            if count < int(times):
                getattr(self, behaviour)()
            else:
                self.answer(200, reply(path, body))
        except OSError:
            pass  # the client has hung up

    def answer(self, status: int, value: object, **headers: str) -> None:
        self.send(status, json.dumps(value).encode(), headers=headers)

    def send(
        self, status: int, text: bytes, *, length: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, content in (headers or {}).items():
            self.send_header(name.replace("_", "-"), content)
        self.send_header("Content-Length", str(len(text) if length is None else length))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    # What may go wrong ------------------------------------------------------------------------------------------------

    def busy(self) -> None:
        self.answer(503, {"error": {"message": "loading the model"}})

    def crash(self) -> None:
        self.send(500, b"<html>Internal Server Error</html>")

    def limit(self) -> None:
        self.answer(429, {"error": "slow down"}, Retry_After="0.3")

    def limit_by_date(self) -> None:
        self.answer(429, {"error": "slow down"}, Retry_After=formatdate(time.time() - 5, usegmt=True))

    def limit_for_an_hour(self) -> None:
        self.answer(429, {"error": "slow down"}, Retry_After="3600")

    def garbage(self) -> None:
        self.send(200, b"<html>Welcome!</html>")

    def nothing(self) -> None:
        self.send(200, b"")

    def nested(self) -> None:
        self.send(200, b"[" * 100_000)

    def no_choices(self) -> None:
        self.answer(200, {"error": {"message": "an error with status 200"}})

    def bad_content(self) -> None:
        self.answer(200, {"choices": [{"message": {"content": 7}}]})

    def half(self) -> None:
        self.send(200, b'{"choices": [', length=500)
        self.close_connection = True

    def hang_up(self) -> None:
        self.close_connection = True

    def hang(self) -> None:
        time.sleep(8)

    def drip(self) -> None:
        self.send(200, b" ", length=10_000)
        for _ in range(160):
            time.sleep(0.05)
            self.wfile.write(b" ")

    def forbid(self) -> None:
        self.answer(401, {"error": {"message": "no such key"}})

    def redirect(self) -> None:
        self.answer(307, {}, Location="/good/0/elsewhere/v1/chat/completions")

    def too_long(self) -> None:
        text = "This model's maximum context length is 8 tokens. However, you requested 9 tokens."
        self.answer(400, {"error": {"message": text, "code": 400}})


def reply(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A good answer."""
    if path == "completions":
        tokens = body["x_tokens"][: body["max_tokens"]]
        choice = {
            "index": 0,
            "text": "?",
            "token_ids": tokens,
            "prompt_token_ids": body["prompt"],
            "logprobs": {"token_logprobs": [-0.5] * len(tokens)},
            "finish_reason": "length" if len(tokens) == body["max_tokens"] else "stop",
        }
        return {"choices": [choice | body.get("x_choice", {})]}
    text = body.get("x_text")
    if text is None:
        last = body["messages"][-1]["content"]
        text = "go north" if last.startswith("Go on with") else "### Strategy\nlook around\n\n### Action\ngo south"
    ends = [at for stop in body.get("stop", ()) if (at := text.find(stop)) >= 0]
    text = text[: min(ends, default=len(text))]
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"choices": [choice | body.get("x_choice", {})]}


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()
