"""The documents say what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]


def test_the_generated_pages_are_current() -> None:
    done = subprocess.run([sys.executable, "tools/docs.py", "--check"], cwd=REPO, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_link_of_the_documents_leads_to_a_file() -> None:
    for page in [REPO / "README.md", REPO / "ARCHITECTURE.md", *(REPO / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_every_row_of_the_precedence_table_is_explained_and_proved() -> None:
    from dockproxy.resolve import precedence

    text = (REPO / "docs" / "precedence.md").read_text().split("## ")[0]
    for row in (*precedence.CONFIGURATION, *precedence.ENVIRONMENT, precedence.CLIENT):
        assert f"`{row.source}`" in text
        path, test = row.proof.split("::")
        assert f"def {test}(" in (REPO / path).read_text()


@pytest.mark.parametrize("page", ["safety.md", "reading.md"])
def test_every_promise_of_a_page_names_a_test_that_exists(page: str) -> None:
    text = (REPO / "docs" / page).read_text()
    names = re.findall(r"`(test_\w+)`", text)
    sources = "".join(p.read_text() for p in (REPO / "tests").rglob("test_*.py"))
    assert names
    assert [n for n in names if f"def {n}(" not in sources] == []
