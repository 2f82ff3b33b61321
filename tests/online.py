"""The hub API on a real socket, in this process: for clients that are slow, leave, or speak badly."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import uvicorn
from fastapi import FastAPI


@contextmanager
def online(app: FastAPI) -> Iterator[int]:
    """Serve the application on the loopback and return its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on", timeout_graceful_shutdown=5))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


def request(port: int, head: str, *, receive_buffer: int | None = None) -> socket.socket:
    """Send a request's head and return the connection."""
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", port))
    connection.sendall(head.encode("latin-1"))
    return connection


def read(connection: socket.socket) -> bytes:
    """Read until the other side closes, and close."""
    with connection:
        found = []
        while block := connection.recv(1 << 16):
            found.append(block)
    return b"".join(found)
