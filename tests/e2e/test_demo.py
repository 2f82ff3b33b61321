"""The demonstration keeps to its own: it reads no address from the environment and removes no file that it did not make."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROBE = """
import os
from dags import demo
demo.alone()
demo.undo()
print({name: os.environ[name] for name in ("HR_URL", "HUB_STORE_URL") if name in os.environ}, os.environ["HUB_CAMPUS"])
"""


def test_a_second_demonstration_removes_the_first_and_nothing_else(tmp_path: Path) -> None:
    for folder in ("dags", "campus"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    mine, made = ("var/club_files/clubs.csv", "var/platform.db.csv", "real.db"), ("var/hall.db", "var/hub.db-wal", "var/reports/a.docx")
    for name in (*mine, *made):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x", "utf-8")
    real = {"HR_URL": f"sqlite:///{tmp_path}/real.db", "HUB_STORE_URL": f"sqlite:///{tmp_path}/real.db", "HUB_CAMPUS": "/elsewhere"}
    ran = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=tmp_path, env={**os.environ, **real}, capture_output=True, text=True, check=False
    )
    assert ran.stdout.split() == ["{}", str(tmp_path / "campus")], ran.stderr
    assert [(tmp_path / name).exists() for name in mine] == [True] * 3
    assert [(tmp_path / name).exists() for name in made] == [False] * 3
