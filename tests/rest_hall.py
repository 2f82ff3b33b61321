"""A small service hall over HTTP, a process of its own: rows of a SQLite file as pages of every kind, with faults on demand.

`python tests/rest_hall.py FILE` serves FILE's table `thing` and prints its port. Faults wait in the table `fault` and are used up one a
request: a status, `cut` (a body that ends early), `slow`, `expire` (the token), `delete` and `insert` (rows move after the answer),
`no_list`, `html`.
"""

import base64
import hashlib
import hmac
import json
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

MOST = 3  # rows a page, whatever is asked for
TOKENS: dict[str, float] = {}
LOCK = threading.Lock()


class Hall(BaseHTTPRequestHandler):
    file = ""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        return

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers["Authorization"] != "Basic " + base64.b64encode(b"hub:geheim").decode():
            self.answer(401, {})
            self.send()
            return
        with LOCK:
            token = f"token{len(TOKENS)}"
            TOKENS[token] = time.monotonic() + 3600
        self.answer(200, {"access_token": token, "token_type": "bearer", "expires_in": 3600})
        self.send()

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        with LOCK, sqlite3.connect(self.file) as database:
            database.row_factory = sqlite3.Row
            database.execute("insert into asked (path) values (?)", (self.path,))
            _, who, kind, *rest = [*address.path.split("/"), ""]
            fault = self.fault(database, kind)
            if not self.known(who):
                self.answer(401, {})
            elif fault in ("429", "500", "503"):
                self.answer(int(fault), {}, {"Retry-After": "0"} if fault == "429" else {})
            elif kind == "item":
                self.one(database, unquote(rest[0]))
            elif kind == "nowhere" or (kind == "strict" and int(query.get("page", 1)) > 3):
                self.answer(404, {})
            else:
                self.pages(database, kind, query, fault)
            database.commit()
        self.send()  # outside the lock: a slow answer keeps nobody else waiting

    def fault(self, database: sqlite3.Connection, kind: str) -> str | None:
        row = database.execute("select rowid, what from fault order by rowid limit 1").fetchone()
        if row is None or kind == "item":
            return None
        database.execute("delete from fault where rowid = ?", (row["rowid"],))
        if row["what"] == "expire":
            TOKENS.clear()
        return str(row["what"])

    def known(self, who: str) -> bool:
        match who:
            case "header":
                return self.headers["X-Key"] == "geheim"
            case "basic":
                return self.headers["Authorization"] == "Basic " + base64.b64encode(b"hub:geheim").decode()
            case "oauth2":
                return TOKENS.get((self.headers["Authorization"] or "").removeprefix("Bearer "), 0) > time.monotonic()
            case "hmac":
                address = urlsplit(self.path)
                signed = f"GET\n{address.path}\n{address.query}\n{self.headers['X-Timestamp']}"
                made = hmac.new(b"geheim", signed.encode(), hashlib.sha256).hexdigest()
                return self.headers["X-Key"] == "hub" and hmac.compare_digest(made, self.headers["X-Signature"])
        return who == "open"

    def one(self, database: sqlite3.Connection, key: str) -> None:
        row = database.execute("select * from thing where id = ?", (key,)).fetchone()
        self.answer(200, record(row)) if row else self.answer(404, {})

    def pages(self, database: sqlite3.Connection, kind: str, query: dict[str, str], fault: str | None) -> None:
        rows = [record(row) for row in database.execute("select * from thing order by place")]
        if "changed_since" in query:
            since = query["changed_since"].replace("T", " ")
            rows = [row for row in rows if row.get("moment") is None or row["moment"] >= since]
        total, size = len(rows), min(int(query.get("size", 2)), MOST)
        headers: dict[str, str] = {}
        start = {
            "page": (int(query.get("page", 1)) - 1) * size,
            "strict": (int(query.get("page", 1)) - 1) * size,
            "last": (min(int(query.get("page", 1)), -(-total // size)) - 1) * size,
            "offset": int(query.get("offset", 0)),
            "cursor": int(query.get("cursor", 0)),
            "link": int(query.get("from", 0)),
        }.get(kind, 0)
        end = total if kind == "all" else start + size
        following = str(end) if end < total else None
        if kind == "link" and following:
            headers["Link"] = f'</>; rel="up", <{urlsplit(self.path).path}?from={following}&size={size}>; rel="last Next"'
        body: dict[str, Any] = {"data": {"items": rows[start:end], "total": total, "next": following if kind == "cursor" else None}}
        if fault == "no_list":
            body = {"error": "geheimer Wert"}
        self.answer(200, body, headers, fault=fault)
        if fault == "delete":
            database.execute("delete from thing where place = (select min(place) from thing)")
        if fault == "insert":
            database.execute("insert into thing (id, place) select 'new' || max(place), min(place) - 1 from thing")

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None, *, fault: str | None = None) -> None:
        content = b"<html>geheimer Wert" if fault == "html" else json.dumps(body, ensure_ascii=False).encode()
        self.ready = status, content, headers or {}, fault

    def send(self) -> None:
        status, content, headers, fault = self.ready
        if fault == "slow":
            time.sleep(2)
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content) + (10 if fault == "cut" else 0)))
            self.end_headers()
            self.wfile.write(content)
        except BrokenPipeError:
            self.close_connection = True  # the client has hung up
        self.close_connection = self.close_connection or fault == "cut"


def record(row: sqlite3.Row) -> dict[str, Any]:
    whole = dict(row)
    found = {name: value for name, value in whole.items() if name not in ("place", "unit")}
    if found.get("ok") is not None:
        found["ok"] = bool(found["ok"])
    return found | {"unit": {"code": whole["unit"]}} if "unit" in whole else found


if __name__ == "__main__":
    Hall.file = sys.argv[1]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hall)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
