"""Airflow as a clock: the only place that imports airflow."""
