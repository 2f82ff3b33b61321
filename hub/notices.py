"""Notices through the campus's channels: chat robots, a webhook, mail. Each is sent once; a failure is quiet and tried again another day.

A notice carries names, dates and counts, never a cell value; it is never the only witness of anything.
"""

import logging
import smtplib
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from sqlalchemy import insert, select

from hub.open import Hub
from hub.store.tables import notices

log = logging.getLogger("campus_hub")
TIMEOUT = 10


def tell(hub: Hub, key: str, addresses: Iterable[str], text: str, *, now: datetime) -> list[str]:
    """Send a notice to each address that has not had the one of this key; return the addresses that were reached now."""
    reached = []
    for address in dict.fromkeys(addresses):
        channel, _, person = address.partition(":")
        url = hub.catalog.campus.channels.get(channel, "")
        if not url or _told(hub, key, address):
            continue
        try:
            _mail(url, person, text) if channel == "mail" else _post(channel, url, text)
        except (requests.RequestException, smtplib.SMTPException, OSError, ValueError) as error:
            log.warning("notice not sent over %s: %s", channel, type(error).__name__)  # its text may hold the channel's secret URL
            continue
        with hub.store.begin() as connection:
            connection.execute(insert(notices).values(notice=key, address=address, told_at=now.isoformat()))
        reached.append(address)
    return reached


def _told(hub: Hub, key: str, address: str) -> bool:
    with hub.store.connect() as connection:
        same = (notices.c.notice == key) & (notices.c.address == address)
        return connection.execute(select(notices.c.told_at).where(same)).one_or_none() is not None


def _body(channel: str, text: str) -> Mapping[str, Any]:  # Any: JSON
    match channel:
        case "wecom" | "dingtalk":
            return {"msgtype": "text", "text": {"content": text}}
        case "feishu":
            return {"msg_type": "text", "content": {"text": text}}
    return {"text": text}


def _post(channel: str, url: str, text: str) -> None:
    answer = requests.post(url, json=_body(channel, text), timeout=TIMEOUT, allow_redirects=False)
    answer.raise_for_status()
    if channel == "webhook":
        return
    told = answer.json()  # a chat robot refuses with 200 and a code
    if not isinstance(told, dict) or told.get("errcode", told.get("code", 0)) != 0:
        raise ValueError("refused")


def _mail(url: str, person: str, text: str) -> None:
    """Send over `smtp://host:25?from=…&to=…&user=…&password=…`, or smtps; `person` goes before `to`."""
    place = urlsplit(url)
    asked = {name: values[0] for name, values in parse_qs(place.query).items()}
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = text.split("\n")[0][:60], asked["from"], person or asked["to"]
    message.set_content(text)
    opened = smtplib.SMTP_SSL if place.scheme == "smtps" else smtplib.SMTP
    with opened(place.hostname or "", place.port or 0, timeout=TIMEOUT) as server:
        if "user" in asked:
            server.login(asked["user"], asked.get("password", ""))
        server.send_message(message)
