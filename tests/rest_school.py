"""A database over HTTP, a process of its own: every table of a SQLite file in pages, as a vendor's interface would show it.

`python tests/rest_school.py FILE` prints its port. GET /TABLE?cursor=N: `data.items`, `data.next` while there are more, `data.total`.
"""

import json
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = 2000


class Served(BaseHTTPRequestHandler):
    file = ""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        return

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        table = '"' + address.path.strip("/").replace('"', '""') + '"'
        after = int(parse_qs(address.query).get("cursor", ["0"])[0])
        with sqlite3.connect(f"file:{self.file}?mode=ro", uri=True) as database:
            database.row_factory = sqlite3.Row
            rows = database.execute(
                f"select rowid as at_row, * from {table} where rowid > ? order by rowid limit {PAGE}", (after,)
            ).fetchall()
            total = database.execute(f"select count(*) from {table}").fetchone()[0]
        items = [{name: value for name, value in dict(row).items() if name != "at_row"} for row in rows]
        following = rows[-1]["at_row"] if len(rows) == PAGE else None
        content = json.dumps({"data": {"items": items, "next": following, "total": total}}, ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    Served.file = sys.argv[1]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
