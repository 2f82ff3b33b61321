"""Faults from outside at a chosen statement of a run: a connection dropped, a server stopped, an answer lost on its way."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pymysql
from sqlalchemy import Connection, Engine, event, make_url

Act = Callable[[Connection], None]


@contextmanager
def at_statement(system: str, wanted: Callable[[int, str], bool], act: Act) -> Iterator[list[str]]:
    """Act just before the first statement on a system (by its title) that is wanted, by number or text; yield the statements seen."""
    seen: list[str] = []
    done: list[bool] = []

    def watch(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if connection.get_execution_options().get("campus_system") != system:
            return
        seen.append(statement)
        if not done and wanted(len(seen), statement):
            done.append(True)
            act(connection)

    event.listen(Engine, "before_cursor_execute", watch)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", watch)


@contextmanager
def statements(system: str) -> Iterator[list[str]]:
    """Yield the statements that a system is asked meanwhile; one that a driver repeats for each of many values counts as often."""
    seen: list[str] = []

    def watch(connection: Connection, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if connection.get_execution_options().get("campus_system") == system:
            seen.extend([statement] * (len(values) if many else 1))

    event.listen(Engine, "before_cursor_execute", watch)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", watch)


def drop(connection: Connection) -> None:
    """Have the server end this connection, as an administrator would."""
    url, driver = connection.engine.url, connection.connection.driver_connection
    assert driver is not None
    if connection.dialect.name == "postgresql":
        with psycopg.connect(host=url.host, port=url.port or 5432, user=url.username, dbname=url.database, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s, 5000)", (driver.info.backend_pid,))
        return
    own = pymysql.connect(host=url.host, port=url.port or 3306, user=url.username or "", password=url.password or "")
    with own, own.cursor() as cursor:
        cursor.execute(f"kill connection {driver.thread_id()}")
        # until it is gone: a query of information_schema that meets its own killing has crashed MariaDB 10.11 as a whole
        while cursor.execute(f"select 1 from information_schema.processlist where id = {driver.thread_id()}"):
            time.sleep(0.01)


class Proxy:
    """A wire to a server that can be cut in the direction of the answers, once: what was sent arrives, what comes back does not."""

    def __init__(self, url: str) -> None:
        it = make_url(url)
        self.far = (it.host or "127.0.0.1", it.port or (5432 if it.get_backend_name() == "postgresql" else 3306))
        self.deaf = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = it.set(host="127.0.0.1", port=self.listener.getsockname()[1]).render_as_string(hide_password=False)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(self.far)
            for ends in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(*ends, near), daemon=True).start()

    def _pump(self, sender: socket.socket, receiver: socket.socket, near: socket.socket) -> None:
        try:
            while data := sender.recv(65536):
                if self.deaf and receiver is near:
                    self.deaf = False
                    break
                receiver.sendall(data)
        except OSError:
            pass
        for end in (sender, receiver):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
