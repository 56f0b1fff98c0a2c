"""The notebook runs from top to bottom and answers its questions."""

from pathlib import Path

import nbformat
import pytest
from filled_lake import fill
from nbclient import NotebookClient


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning")
def test_the_notebook_answers_its_questions(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell runs on a filled lake, and the answers hold figures."""
    fill(tmp_path / "home")
    monkeypatch.setenv("PRESSRUN_HOME", str(tmp_path / "home"))
    notebook = nbformat.read(root / "notebooks" / "three_questions.ipynb", as_version=4)

    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=str(root))

    text = "".join(o["data"].get("text/plain", "") for c in notebook.cells for o in c.get("outputs", ()) if "data" in o)
    assert "sendgrid_flag" in text
    assert "a person" in text
    assert "percent_quiet" in text


def test_the_notebook_is_kept_without_outputs(root: Path) -> None:
    """What is in git is what was written, not what a run left behind."""
    notebook = nbformat.read(root / "notebooks" / "three_questions.ipynb", as_version=4)

    assert [] == [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
