"""A business system that takes rows over HTTP, a process of its own: row by row and in batches, with a read endpoint and faults on demand.

`python tests/rest_desk.py FILE` serves FILE and prints its port. Paths: PUT and DELETE /readers/{no}, POST /many, POST /remove, GET /readers.
Faults wait in the table `fault` and are used up one a writing request: a status, `slow`, `cut` (an answer that ends early, the row taken),
`hangup` (no answer, the row taken). Rows named in `refused` get 422, in `bent` another value than was sent; `lost` ones are forgotten.
What stands in `besides` is shown too.
"""

import json
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

LOCK = threading.Lock()
TABLES = (
    "create table if not exists reader (no text primary key, body text)",
    "create table if not exists known (key text primary key, status integer, body text)",
    "create table if not exists asked (method text, path text, key text, batch text, body text, fresh integer)",
    "create table if not exists fault (what text)",
    "create table if not exists refused (no text)",
    "create table if not exists bent (no text)",
    "create table if not exists lost (no text)",
    "create table if not exists besides (body text)",
)
Answer = tuple[int, Any]


class Desk(BaseHTTPRequestHandler):
    file = ""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        return

    def do_GET(self) -> None:
        with LOCK, sqlite3.connect(self.file) as database:
            rows = [json.loads(body) for (body,) in database.execute("select body from reader order by no")]
            rows += [json.loads(body) for (body,) in database.execute("select body from besides")]
        self.send(200, {"data": {"items": rows, "total": len(rows)}})

    def do_PUT(self) -> None:
        self.write()

    def do_POST(self) -> None:
        self.write()

    def do_DELETE(self) -> None:
        self.write()

    def write(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        key = self.headers["Idempotency-Key"]
        with LOCK, sqlite3.connect(self.file) as database:
            database.execute("pragma synchronous = off")
            fault = database.execute("select rowid, what from fault order by rowid limit 1").fetchone() or (0, "")
            database.execute("delete from fault where rowid = ?", fault[:1])
            known = database.execute("select status, body from known where key = ?", (key,)).fetchone()
            asked = (self.command, self.path, key, self.headers["Hub-Batch"], content.decode(), not known)
            database.execute("insert into asked values (?, ?, ?, ?, ?, ?)", asked)
            if self.headers["X-Key"] != "geheim":
                status, body = 401, {}
            elif fault[1].isdigit():
                status, body = int(fault[1]), {}
            elif known:
                status, body = known[0], json.loads(known[1])
            else:
                status, body = self.take(database, json.loads(content) if content else None)
                database.execute("insert into known values (?, ?, ?)", (key, status, json.dumps(body)))
            database.commit()
        if fault[1] == "slow":
            time.sleep(1.5)
        if fault[1] == "hangup":
            self.close_connection = True
            return
        self.send(status, body, cut=fault[1] == "cut")

    def take(self, database: sqlite3.Connection, sent: Any) -> Answer:
        _, kind, *rest = self.path.split("/")
        if kind == "create" and database.execute("select 1 from reader where no = ?", (sent["no"],)).fetchone():
            return 409, {"why": "is there"}
        if kind in ("readers", "create"):
            return self.one(database, unquote(rest[0]) if rest else sent["no"], sent)
        rows = sent["rows"]
        numbers = [row if kind == "remove" else row["no"] for row in rows]
        answers = [self.one(database, no, None if kind == "remove" else row) for no, row in zip(numbers, rows, strict=True)]
        if kind == "all":
            if any(status != 200 for status, _ in answers):
                database.rollback()
                return 422, {"why": "one of them"}
            return 200, {}
        results = [{"no": no, "taken": status == 200, **body} for no, (status, body) in zip(numbers, answers, strict=True)]
        if kind == "short":
            results = results[1:]
        if kind == "each":
            return 207, {"results": results}
        return 200, {"results": results[::-1]}

    def one(self, database: sqlite3.Connection, no: str, row: Any) -> Answer:
        named = {name: database.execute(f"select 1 from {name} where no = ?", (no,)).fetchone() for name in ("refused", "bent", "lost")}
        if named["refused"]:
            return 422, {"why": "电话\n格式不对"}
        if row is None:
            gone = database.execute("delete from reader where no = ?", (no,)).rowcount
            return (200, {}) if gone else (404, {})
        if named["bent"]:
            row = {**row, "name": "别的"}
        if not named["lost"]:
            database.execute("insert or replace into reader values (?, ?)", (no, json.dumps(row, ensure_ascii=False)))
        return 200, {}

    def send(self, status: int, body: Any, *, cut: bool = False) -> None:
        content = json.dumps(body, ensure_ascii=False).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content) + (10 if cut else 0)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        self.close_connection = self.close_connection or cut


if __name__ == "__main__":
    Desk.file = sys.argv[1]
    with sqlite3.connect(Desk.file) as made:
        for table in TABLES:
            made.execute(table)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
