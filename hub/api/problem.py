"""Errors as problem+json (RFC 9457): a title for people, Chinese first, and never a value, a stack or SQL."""

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import JSONResponse

from catalog.messages import Lang, language, say


class ProblemError(Exception):
    """An answer other than 200: its status, the message that titles it, and how the access log names it."""

    def __init__(self, status: int, key: str, headers: Mapping[str, str] | None = None, /, **names: object) -> None:
        super().__init__(key)
        self.status, self.key, self.names = status, key, names
        self.headers = dict(headers or {})


def spoken(accepted: str) -> Lang:
    """Return the language that an Accept-Language asks for, or the hub's."""
    asked = accepted.lower()
    return "en" if asked.startswith("en") else "zh" if asked.startswith("zh") else language()


def answer(request: Request, problem: ProblemError) -> JSONResponse:
    """Write a problem as an answer."""
    title = say(problem.key, spoken(request.headers.get("accept-language", "")), **problem.names)
    body = {"type": "about:blank", "status": problem.status, "title": title, "code": problem.key}
    headers = problem.headers | ({"WWW-Authenticate": "Bearer"} if problem.status == 401 else {})
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")
