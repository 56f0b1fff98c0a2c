"""Read named SQL from its file; no SQL is built from strings anywhere."""

from functools import cache
from importlib.resources import files


@cache
def sql(name: str) -> str:
    """Give the text of one SQL file, named by folder and stem: `models/issue_stats`."""
    return files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def names_in(folder: str) -> tuple[str, ...]:
    """Give the names of the SQL files in one folder, in order."""
    found = files(__package__).joinpath(folder).iterdir()
    return tuple(f"{folder}/{file.name[:-4]}" for file in sorted(found, key=lambda f: f.name) if _is_sql(file.name))


def _is_sql(name: str) -> bool:
    return name.endswith(".sql")
