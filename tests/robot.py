"""A chat robot on this machine, for tests of notices."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Robot:
    """A chat robot on this machine: what it heard, and what it answers."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.answer: tuple[int, Any] = (200, {"errcode": 0})
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["content-length"])))
                robot.heard.append(said["text"]["content"])
                body = json.dumps(robot.answer[1]).encode()
                self.send_response(robot.answer[0])
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/send?key=secret"
