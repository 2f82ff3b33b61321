#!/usr/bin/env bash
# Runs once, when the PostgreSQL volume is new: the store's database is there, platform and airflow follow.
set -euo pipefail
for name in platform airflow; do
  createdb --username "$POSTGRES_USER" --owner "$POSTGRES_USER" "$name"
done
