"""A route whose query pydantic reads at once. FastAPI documents it; solving it anew at every request costs a third of a page's time."""

from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError, create_model
from starlette.types import Receive, Scope, Send

from hub.api.caller import take


class Direct(APIRoute):
    """Calls its endpoint with its call and what path and query name. RequestValidationError for a query that it does not take."""

    def __init__(self, *args: Any, **options: Any) -> None:  # Any: FastAPI's own
        super().__init__(*args, **options)
        fields: dict[str, Any] = {it.name: (it.field_info.annotation, it.field_info) for it in self.dependant.query_params}
        self._question = create_model("Question", **fields)
        self._many = {it.alias: it.field_info.annotation == list[str] | None for it in self.dependant.query_params}
        self._takes_request = self.dependant.request_param_name is not None
        self.app = self._serve

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        given = {"call": take(request)} | request.path_params | self._asked(request)
        if self._takes_request:
            given["request"] = request
        response = await self.endpoint(**given)
        await response(scope, receive, send)

    def _asked(self, request: Request) -> dict[str, Any]:  # Any: the parameters as the endpoint types them
        pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        values: dict[str, Any] = {name: value for name, value in pairs if name in self._many}
        for name in values:
            if self._many[name]:
                values[name] = [value for other, value in pairs if other == name]
        try:
            asked: dict[str, Any] = vars(self._question.model_validate(values))
        except ValidationError as error:
            raise RequestValidationError(error.errors()) from None
        return asked
