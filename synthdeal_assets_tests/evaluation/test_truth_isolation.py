"""The wall between scoring and the truth: nothing leads through it, and whatever is put there is looked at."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import synthdeal_assets
from synthdeal_assets.evaluation.truth_isolation import paths_to_the_truth
from synthdeal_assets_tests.evaluation.conftest import MeasuredRoom
from synthdeal_assets_tests.scoring.small_org import deal

PACKAGE = Path(synthdeal_assets.__file__).parent
CHECK = "no_score_reads_the_truth"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package, to put something into."""
    return Path(shutil.copytree(PACKAGE, tmp_path / "package", ignore=shutil.ignore_patterns("__pycache__")))


def test_the_word_stands_in_no_file_of_the_room_that_scores() -> None:
    files = [path for path in (PACKAGE / "scoring").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert {".py", ".sql", ".j2", ".yaml"} <= {path.suffix for path in files}
    assert [str(path) for path in files if "truth" in path.read_text(encoding="utf-8").lower()] == []


def test_no_way_leads_from_the_truth_to_a_score() -> None:
    assert paths_to_the_truth({}, []) == []


def test_the_check_is_shown_at_the_scores_and_looks_at_their_lineage(room: MeasuredRoom) -> None:
    room.put([deal(1)])
    (found,) = [each for each in room.everything().get_asset_check_evaluations() if each.check_name == CHECK]
    assert found.passed
    assert found.asset_key.path == ["scoring", "opportunity_scores"]


def test_an_asset_made_from_the_truth_is_found_however_far_upstream() -> None:
    lineage = {
        "scoring/opportunity_scores": ["scoring/scorer_inputs"],
        "scoring/scorer_inputs": ["crm/opportunities"],
        "crm/opportunities": ["truth/opportunities"],
    }
    assert paths_to_the_truth(lineage, ["scoring/opportunity_scores"]) == [
        "The asset crm/opportunities is made from truth/opportunities."
    ]
    assert paths_to_the_truth({}, ["scoring/opportunity_scores"]) == []


def test_a_new_module_of_scoring_that_imports_the_truth_is_found_wherever_it_lies(copy: Path) -> None:
    (copy / "scoring" / "scorers" / "cheat.py").write_text("from synthdeal_assets.world import truth_tables\n")
    assert paths_to_the_truth({}, [], package=copy) == [
        "The module synthdeal_assets.scoring.scorers.cheat imports synthdeal_assets.world.truth_tables.",
        "The file scoring/scorers/cheat.py names the truth.",
    ]


def test_a_module_that_reaches_the_truth_through_another_room_is_found(copy: Path) -> None:
    (copy / "scoring" / "cheat.py").write_text("from synthdeal_assets.evaluation import assets\n")
    assert paths_to_the_truth({}, [], package=copy) == [
        "The module synthdeal_assets.evaluation.assets imports synthdeal_assets.world.truth_tables."
    ]


@pytest.mark.parametrize("file", ["sql/new.sql", "prompts/other/new.j2", "new_words.yaml"])
def test_a_new_file_of_scoring_that_names_the_truth_is_found(copy: Path, file: str) -> None:
    path = copy / "scoring" / file
    path.parent.mkdir(exist_ok=True)
    path.write_text("SELECT * FROM TRUTH.opportunities")
    assert paths_to_the_truth({}, [], package=copy) == [f"The file scoring/{file} names the truth."]
