"""An answer that flows: its opening line is durable before the first byte, its closing line, with what was really sent, before the last.

A client that goes, a source that fails and a log that cannot be written all leave the answer without its end: nobody takes it
for whole.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from hub.api.spool import FullError, Spool

Close = Callable[[str, int, int], Awaitable[None]]


class BrokenError(Exception):
    """The answer ends without its end."""


class Stream(Response):
    """Sends a spool. `close` writes the closing line: outcome, rows, bytes."""

    def __init__(self, spool: Spool, close: Close, *, media_type: str, headers: Mapping[str, str]) -> None:
        self.spool, self.close = spool, close
        self.status_code, self.background = 200, None
        self.media_type = media_type
        self.init_headers(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(_gone(receive))
        rows = size = 0
        outcome = "left"
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async for piece in self.spool.pieces():
                if gone.done():
                    break
                rows, size = rows + piece.rows, size + len(piece.data)
                await send({"type": "http.response.body", "body": piece.data, "more_body": True})
            else:
                outcome = "full" if isinstance(self.spool.failure, FullError) else "failed" if self.spool.failure else "sent"
        finally:
            gone.cancel()
            self.spool.close()
            await asyncio.shield(self.close(outcome, rows, size))
        if outcome == "sent":
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        elif outcome != "left":
            raise BrokenError(outcome)


async def _gone(receive: Receive) -> None:
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()
