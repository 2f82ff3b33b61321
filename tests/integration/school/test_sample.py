"""The sample keeps its hands off what it has not made."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from world import Database

from app.school import empty_source, generate, second_day
from catalog.errors import RejectedError
from catalog.load import load


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
def test_a_database_that_may_be_real_is_not_touched(sample: Path, database: Database, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv("HR_URL", database(kind))
    catalog = load(sample)
    engine = create_engine(catalog.systems["hr"].url or "")
    with engine.begin() as connection:
        connection.execute(text("create table t_jzg (GH varchar(20))"))
        connection.execute(text("insert into t_jzg values ('real')"))
    for act in (generate, second_day):
        with pytest.raises(RejectedError, match="人事管理系统"):
            act(catalog)
    with engine.connect() as connection:
        assert connection.execute(text("select GH from t_jzg")).scalars().all() == ["real"]
    engine.dispose()
    assert not (sample.parent / "var" / "hall.db").exists()


def test_a_source_that_was_never_made_is_not_emptied(sample: Path) -> None:
    with pytest.raises(RejectedError, match="campus-hub demo"):
        empty_source(load(sample))
