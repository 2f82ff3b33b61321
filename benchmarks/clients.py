"""Clients of an API, as a benchmark needs them: many that follow pages, one that asks again and again, one that reads a whole export."""

import asyncio
import http.client
import socket
import statistics
import time


async def load(port: int, path: str, headers: str, *, clients: int, seconds: float, then: bytes = b"&after=") -> tuple[float, float]:
    """Let clients follow pages for so many seconds; return pages a second and the 99th percentile of milliseconds a page."""
    times: list[float] = []
    until = time.perf_counter() + seconds

    async def follow() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        after = b""
        while (began := time.perf_counter()) < until:
            writer.write(f"GET {path}".encode() + after + f" HTTP/1.1\r\nHost: bench\r\n{headers}\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            _, _, length = head.lower().partition(b"content-length:")
            body = await (reader.readexactly(int(length.split()[0])) if length else reader.readuntil(b"\r\n0\r\n\r\n"))
            times.append(time.perf_counter() - began)
            at = body.rindex(b'"next":') + 7
            token = body[at:].split(b",")[0].strip(b' "}')
            after = b"" if token == b"null" else then + token
        writer.close()

    await asyncio.gather(*(follow() for _ in range(clients)))
    return len(times) / seconds, statistics.quantiles(times, n=100)[98] * 1000


def stream(port: int, path: str, headers: str) -> tuple[float, int]:
    """Read a whole answer; return its seconds and lines."""
    began, lines = time.perf_counter(), 0
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path, headers=dict([headers.rstrip().split(": ")]) if headers else {})
    answer = connection.getresponse()
    while block := answer.read(1 << 20):
        lines += block.count(b"\n")
    connection.close()
    return time.perf_counter() - began, lines


def ask(port: int, path: str, headers: str, *, seconds: float) -> float:
    """Ask one question again and again; return its median milliseconds."""
    times = []
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as reader:
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n".encode())
            length = 0
            while (line := reader.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line[15:])
            reader.read(length)
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000
