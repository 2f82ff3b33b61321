"""Patience: what is tried again, how often and how slowly. Only a system that was unavailable; a verdict stays a verdict."""

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from catalog.errors import UnavailableError

RETRY: dict[str, Any] = {  # Any: arguments of Airflow's tasks
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 2,
    "max_retry_delay": timedelta(minutes=15),
    "retry_policy": ExceptionRetryPolicy(rules=[RetryRule(exception=UnavailableError)], default=RetryAction.FAIL),
}
