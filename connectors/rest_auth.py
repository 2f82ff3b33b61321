"""Who we are to a REST service: a key in a header, basic, OAuth 2 client credentials, an HMAC signature. Tells no secret to anyone else."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from requests import PreparedRequest, Session
from requests.auth import AuthBase, HTTPBasicAuth

from catalog.errors import UnavailableError
from catalog.rest import BasicAuth, ClientAuth, HeaderAuth, SignedAuth
from catalog.system import System

EARLY = 30  # seconds before its end at which a token counts as ended


def auth(system: System, session: Session, *, timeout: float) -> AuthBase | None:
    """Return what signs the requests of a session to this system."""
    match system.auth:
        case HeaderAuth(header=header, value=value):
            return _Header({header: value})
        case BasicAuth(user=user, password=password):
            return HTTPBasicAuth(user, password)
        case ClientAuth() as client:
            return ClientToken(client, system.title, session, timeout)
        case SignedAuth() as signed:
            return _Signature(signed)
    return None


class _Header(AuthBase):
    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = headers

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers.update(self.headers)
        return request


class ClientToken(AuthBase):
    """A bearer token, fetched when there is none, when it ends, and after `renew`."""

    def __init__(self, client: ClientAuth, title: str, session: Session, timeout: float) -> None:
        self.client, self.title, self.session, self.timeout = client, title, session, timeout
        self.token, self.ends = "", 0.0

    def renew(self) -> None:
        """Forget the token: the service refused it before its time."""
        self.ends = 0.0

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if time.monotonic() >= self.ends - EARLY:
            self._fetch()
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request

    def _fetch(self) -> None:
        form = {"grant_type": "client_credentials"} | ({"scope": self.client.scope} if self.client.scope else {})
        basic = HTTPBasicAuth(self.client.client, self.client.secret)
        answer = self.session.post(self.client.token_url, data=form, auth=basic, timeout=self.timeout, allow_redirects=False)
        try:
            body = answer.json() if answer.ok else {}
            self.token, lives = str(body["access_token"]), float(body.get("expires_in", 300))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UnavailableError("system.unavailable", system=self.title, code=f"token {answer.status_code}") from None
        self.ends = time.monotonic() + lives


class _Signature(AuthBase):
    def __init__(self, signed: SignedAuth) -> None:
        self.signed = signed

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        address, sent = urlsplit(request.url or ""), request.body or b""
        hashed = getattr(hashlib, self.signed.algorithm)(sent if isinstance(sent, bytes) else str(sent).encode())
        parts = {
            "body": hashed.hexdigest(),
            "method": request.method or "GET",
            "path": address.path or "/",
            "query": address.query,
            "timestamp": str(int(time.time())),
            "nonce": secrets.token_hex(16),
            "key": self.signed.key,
        }
        made = hmac.new(self.signed.secret.encode(), self.signed.sign.format(**parts).encode(), getattr(hashlib, self.signed.algorithm))
        text = made.hexdigest() if self.signed.encoding == "hex" else base64.b64encode(made.digest()).decode()
        request.headers.update({name: form.format(**parts, signature=text) for name, form in self.signed.headers.items()})
        return request
