"""The templates of the registers: handed out as they are committed, with what may be chosen."""

from pathlib import Path

from typer.testing import CliRunner

from app.cli import app

CAMPUS = Path(__file__).parents[3] / "campus"


def test_the_templates_are_written_as_they_stand_in_the_campus(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["report", "registers", "--out", str(tmp_path), "--campus", str(CAMPUS)])
    assert ran.exit_code == 0, ran.output
    assert "已写出 10 份台账模板" in ran.stdout
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        p.name: p.read_bytes() for p in CAMPUS.glob("registers/*.xlsx")
    }
