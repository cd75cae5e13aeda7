"""`synthdeal export judge-benchmark` and `synthdeal judge`: deals with a known truth, for anybody's judge."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from typer.testing import CliRunner

from synthdeal_assets.cli.app import app
from synthdeal_assets.evaluation.quality.samples import judged_columns
from synthdeal_assets.scoring.answer import validated
from synthdeal_assets.scoring.inputs import ScorerInput, build_inputs, deals_of
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS
from synthdeal_assets.scoring.scorers import heuristic
from synthdeal_assets_tests.cli.conftest import AS_OF, Synthdeal, code_of, run_command

NEW_WORLDS = ("--seeds", "7,8", "--size", "60", "--as-of", AS_OF)
PLAIN_FILES = {"README.md", "answers_schema.json", "benchmark.json", "cases.jsonl", "instructions.txt", "key.jsonl"}
Lines = list[dict[str, Any]]


def lines_of(path: Path) -> Lines:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(path: Path, lines: Lines) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A benchmark of two small worlds, with the files of all tools; not to be written to."""
    folder = tmp_path_factory.mktemp("benchmark") / "judges"
    tools = [part for tool in ("promptfoo", "mlflow", "deepeval", "jsonl") for part in ("--for", tool)]
    done = CliRunner().invoke(app, ["export", "judge-benchmark", *tools, *NEW_WORLDS, "-o", str(folder)])
    assert done.exit_code == 0, done.output
    return folder


def as_input(case: dict[str, Any]) -> ScorerInput:
    """What a scorer would see of a case, made of its fields alone."""
    days = {name: dt.date.fromisoformat(case["fields"][name]) for name in ("created_date", "close_date")}
    return ScorerInput(**{**case["fields"], **days, "opportunity_id": case["case_id"], "input_hash": ""})


def of_heuristic(case: dict[str, Any]) -> dict[str, Any]:
    judged = judged_columns(validated(heuristic.judge(as_input(case)), as_input(case)))
    levels = {element: judged[element] for element in MEDDPICC_WEIGHTS}
    return {"case_id": case["case_id"], "levels": levels, "win_probability": judged["win_probability"]}


def test_a_case_shows_what_a_scorer_sees_and_nothing_that_is_so(benchmark: Path) -> None:
    cases, key = lines_of(benchmark / "cases.jsonl"), {row["case_id"]: row for row in lines_of(benchmark / "key.jsonl")}

    assert len(cases) == len(key) > 100
    for case in cases:
        assert case.keys() == {"case_id", "split", "fields", "prompt"}
        assert case["case_id"] in case["prompt"]
        assert key[case["case_id"]]["opportunity_id"] not in json.dumps(case)
        assert re.fullmatch(r"OPP-[0-9a-f]{12}", case["case_id"])
    assert [case["case_id"] for case in cases if case["split"] == "seed 7"] == sorted(
        case["case_id"] for case in cases if case["split"] == "seed 7"
    )


def test_a_planted_instruction_is_all_that_parts_a_case_from_its_twin(benchmark: Path) -> None:
    cases = {case["case_id"]: case for case in lines_of(benchmark / "cases.jsonl")}
    planted = [row for row in lines_of(benchmark / "key.jsonl") if row["twin_of"]]

    assert len(planted) >= 6
    for row in planted:
        carrier, twin = cases[row["case_id"]], cases[row["twin_of"]]
        differ = {name for name, value in carrier["fields"].items() if twin["fields"][name] != value}
        assert differ == {"notes"}
        assert carrier["prompt"] != twin["prompt"]


def test_the_key_is_the_truth_of_the_home_and_the_inputs_are_those_that_were_scored(
    synthdeal: Synthdeal, home: Path, tmp_path: Path
) -> None:
    done = synthdeal("export", "judge-benchmark", "-o", tmp_path / "judges", "--home", home)

    assert done.exit_code == 0, done.output
    cases = {case["case_id"]: case for case in lines_of(tmp_path / "judges/cases.jsonl")}
    key = lines_of(tmp_path / "judges/key.jsonl")
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        inputs = {deal.opportunity_id: deal for deal in deals_of(build_inputs(connection))}
        true = connection.execute(
            "SELECT opportunity_id, metrics_level, champion_level, win_probability, outcome FROM truth.opportunities "
            "JOIN crm.opportunities USING (opportunity_id) WHERE type <> 'Existing Customer - Renewal'"
        ).fetchall()
    truth = {row[0]: row[1:] for row in true}
    assert {row["opportunity_id"] for row in key} == truth.keys() & inputs.keys()
    for row in key:
        metrics, champion, chance, outcome = truth[row["opportunity_id"]]
        assert (row["levels"]["metrics"], row["levels"]["champion"], row["chance"]) == (metrics, champion, chance)
        assert row["won"] in (None, outcome == "Closed Won")
        shown, scored = as_input(cases[row["case_id"]]), inputs[row["opportunity_id"]]
        for name in ("account_name", "stage_name", "amount", "close_date", "contacts", "metrics", "champion"):
            assert getattr(shown, name) == getattr(scored, name)
    assert {path.name for path in (tmp_path / "judges").iterdir()} == PLAIN_FILES


def test_the_same_command_makes_the_same_bytes_and_another_day_other_cases(
    synthdeal: Synthdeal, benchmark: Path, tmp_path: Path
) -> None:
    synthdeal("export", "judge-benchmark", *NEW_WORLDS, "-o", tmp_path / "again")
    synthdeal(
        "export", "judge-benchmark", "--seeds", "7", "--size", "60", "--as-of", "2026-11-21", "-o", tmp_path / "other"
    )

    for name in PLAIN_FILES - {"README.md"}:
        assert (tmp_path / "again" / name).read_bytes() == (benchmark / name).read_bytes()
    of_other = {case["case_id"] for case in lines_of(tmp_path / "other/cases.jsonl")}
    assert of_other
    assert not of_other & {case["case_id"] for case in lines_of(benchmark / "cases.jsonl")}


def test_a_sample_is_of_the_same_cases_for_every_world(synthdeal: Synthdeal, benchmark: Path, tmp_path: Path) -> None:
    synthdeal("export", "judge-benchmark", *NEW_WORLDS, "--sample", "20", "-o", tmp_path / "few")

    few, all_of_them = lines_of(tmp_path / "few/key.jsonl"), lines_of(benchmark / "key.jsonl")
    assert [sum(not row["twin_of"] and row["split"] == f"seed {seed}" for row in few) for seed in (7, 8)] == [20, 20]
    assert all(row in all_of_them for row in few)


def test_the_table_says_who_is_a_guess_and_who_is_none(synthdeal: Synthdeal, benchmark: Path, tmp_path: Path) -> None:
    cases, key = lines_of(benchmark / "cases.jsonl"), lines_of(benchmark / "key.jsonl")
    two = [{"case_id": case["case_id"], "levels": dict.fromkeys(MEDDPICC_WEIGHTS, 2)} for case in cases]
    knows = [{"case_id": row["case_id"], "levels": row["levels"], "win_probability": row["chance"]} for row in key]
    says = {}
    for name, answers in (("two", two), ("knows", knows), ("heuristic", [of_heuristic(case) for case in cases])):
        done = synthdeal("judge", write(tmp_path / f"{name}.jsonl", answers), "--benchmark", benchmark)
        assert done.exit_code == 0, done.output
        assert max(map(len, done.stdout.split("\n\nLevels:")[0].splitlines())) <= 80
        says[name] = done.stdout

    assert "Agreement: none beyond chance: the judge says the same of every deal." in says["two"]
    assert "no nearer to the truth beyond chance than saying level" in says["two"]
    assert "Agreement: kappa 1.00" in says["knows"]
    assert "nearer to the truth than saying level" in says["knows"]
    assert re.search(r"Agreement: kappa 0\.[2-7]", says["heuristic"])


def test_judging_needs_no_home_and_leaves_nothing_behind(benchmark: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copytree(benchmark, alone / "judge-benchmark")
    cases = lines_of(benchmark / "cases.jsonl")
    write(alone / "mine.jsonl", [{"case_id": case["case_id"], "win_probability": 0.3} for case in cases])

    done = run_command("judge", "mine.jsonl", folder=alone, SYNTHDEAL_HOME=str(alone / "home"))

    assert done.returncode == 0, done.stderr
    assert f"{len(cases):,} of {len(cases):,} cases are answered." in done.stdout
    assert {path.name for path in alone.iterdir()} == {"judge-benchmark", "mine.jsonl"}


def test_bad_lines_and_missing_cases_are_counted_and_said(
    synthdeal: Synthdeal, benchmark: Path, tmp_path: Path
) -> None:
    key = lines_of(benchmark / "key.jsonl")
    good = [{"case_id": row["case_id"], "levels": row["levels"]} for row in key[5:]]
    answers = write(tmp_path / "mine.jsonl", [*good, {"case_id": "OPP-x"}, {"levels": {}}, *good[:3]])

    said = synthdeal("judge", answers, "--benchmark", benchmark).stdout

    assert f"{len(key) - 5:,} of {len(key):,} cases are answered, 3 more answers are repeats; 5 have no answer" in said
    assert "2 of" in said
    assert f"its case_id is none of this benchmark; the first is line {len(good) + 1}" in said


def test_a_single_answer_is_spoken_of_as_one_and_said_to_be_too_little(
    synthdeal: Synthdeal, benchmark: Path, tmp_path: Path
) -> None:
    key = lines_of(benchmark / "key.jsonl")
    answers = [{"case_id": row["case_id"], "levels": row["levels"]} for row in key if not row["twin_of"]]

    one = synthdeal("judge", write(tmp_path / "one.jsonl", answers[:1] * 2), "--benchmark", benchmark).stdout
    but_one = [{"case_id": row["case_id"], "levels": row["levels"]} for row in key[1:]]
    most = synthdeal("judge", write(tmp_path / "most.jsonl", but_one), "--benchmark", benchmark).stdout

    assert f"1 of {len(key):,} cases is answered, 1 more answer is a repeat; {len(key) - 1:,} have no answer" in one
    assert "Levels of 1 deal " in one
    assert "Too few deals: a figure takes at least 10, and 1 deal has levels." in one
    assert "0 such intervals" not in one
    assert "cases are answered; 1 has no answer, and all figures leave it out." in most
    assert "Too few deals" not in most


def test_json_and_markdown_say_the_same_as_the_table(synthdeal: Synthdeal, benchmark: Path, tmp_path: Path) -> None:
    answers = write(tmp_path / "mine.jsonl", [of_heuristic(case) for case in lines_of(benchmark / "cases.jsonl")])

    told = json.loads(synthdeal("judge", answers, "--benchmark", benchmark, "--format", "json").stdout)
    markdown = synthdeal("judge", answers, "--benchmark", benchmark, "--format", "markdown").stdout
    table = synthdeal("judge", answers, "--benchmark", benchmark).stdout

    error = next(each for each in told["figures"] if each["measure"] == "Error" and each["of"] == "all")
    interval = f"{error['low']:.3f} to {error['high']:.3f}"
    assert f"| Error ↓ | {error['value']:.3f} |  | {interval} |  |" in markdown
    assert re.search(rf"Error ↓ +{error['value']:.3f} +{interval}", table)
    assert all(line in table for line in told["in_words"])
    assert told["splits"].keys() == {"seed 7", "seed 8"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--for", "ragas"), "export.unknown-tool"),
        (("--size", "50"), "export.size-without-seeds"),
        (("--seeds", "7;8"), "export.bad-seeds"),
        (("--seeds", "-1"), "world.bad-seed"),
        ((), "export.no-world"),
        (("--seeds", "7", "-o", "-"), "cli.several-files-to-stdout"),
        (("--seeds", "7", "-o", "/proc/judges"), "export.folder-unwritable"),
    ],
)
def test_what_cannot_be_exported_is_said_and_nothing_is_written(
    synthdeal: Synthdeal, arguments: tuple[str, ...], code: str
) -> None:
    before = set(Path.cwd().iterdir())

    done = synthdeal("export", "judge-benchmark", *arguments, *(("--size", "1") if "/proc/judges" in arguments else ()))

    assert done.exit_code in (1, 2)
    assert code_of(done) == code
    assert set(Path.cwd().iterdir()) == before


def test_a_folder_that_is_there_is_left_alone(synthdeal: Synthdeal, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/answers.jsonl").write_text("paid for", encoding="utf-8")

    done = synthdeal("export", "judge-benchmark", *NEW_WORLDS, "-o", tmp_path / "mine")

    assert code_of(done) == "export.folder-exists"
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["answers.jsonl"]


def test_what_belongs_to_the_benchmark_is_refused_for_a_table(synthdeal: Synthdeal) -> None:
    assert code_of(synthdeal("export", "opportunities", "--for", "mlflow")) == "export.only-for-benchmark"


Damage = Callable[[Path], object]


def sealed_with(changed: dict[str, Any]) -> Damage:
    """Change the truth of a case, and the hash that would tell."""

    def damage(folder: Path) -> None:
        first, *others = lines_of(folder / "key.jsonl")
        write(folder / "key.jsonl", [first | changed, *others])
        about = json.loads((folder / "benchmark.json").read_text(encoding="utf-8"))
        about["key_sha256"] = hashlib.sha256((folder / "key.jsonl").read_bytes()).hexdigest()
        (folder / "benchmark.json").write_text(json.dumps(about), encoding="utf-8")

    return damage


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda folder: (folder / "key.jsonl").unlink(), "judge.no-benchmark"),
        (lambda folder: (folder / "benchmark.json").write_text("{"), "judge.damaged-benchmark"),
        (lambda folder: (folder / "benchmark.json").write_text('{"format": 99}'), "judge.damaged-benchmark"),
        (lambda folder: write(folder / "key.jsonl", lines_of(folder / "key.jsonl")[:9]), "judge.damaged-benchmark"),
        (sealed_with({"levels": dict.fromkeys(MEDDPICC_WEIGHTS, 4)}), "judge.damaged-benchmark"),
        (sealed_with({"levels": dict.fromkeys(MEDDPICC_WEIGHTS, 1.5)}), "judge.damaged-benchmark"),
        (sealed_with({"chance": 1.5}), "judge.damaged-benchmark"),
        (sealed_with({"state": "perhaps"}), "judge.damaged-benchmark"),
    ],
)
def test_a_benchmark_that_is_not_the_one_exported_is_refused(
    synthdeal: Synthdeal, benchmark: Path, tmp_path: Path, damage: Damage, code: str
) -> None:
    folder = tmp_path / "copied"
    shutil.copytree(benchmark, folder)
    answers = write(tmp_path / "mine.jsonl", [{"case_id": lines_of(folder / "key.jsonl")[0]["case_id"], "metrics": 1}])
    damage(folder)

    assert code_of(synthdeal("judge", answers, "--benchmark", folder)) == code


def test_answers_to_another_benchmark_are_none(synthdeal: Synthdeal, benchmark: Path, tmp_path: Path) -> None:
    answers = write(tmp_path / "mine.jsonl", [{"case_id": "OPP-20261120-0001", "levels": {"metrics": 1}}])

    assert code_of(synthdeal("judge", answers, "--benchmark", benchmark)) == "judge.no-answers"
    assert code_of(synthdeal("judge", answers, "--benchmark", benchmark, "--format", "xml")) == "judge.unknown-format"


def test_the_schema_takes_the_answers_that_are_read(benchmark: Path) -> None:
    schema = json.loads((benchmark / "answers_schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.validate(of_heuristic(lines_of(benchmark / "cases.jsonl")[0]), schema)
    jsonschema.validate({"case_id": "x", "answer": "the text of a model"}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"case_id": "x", "levels": {"metrics": 4}}, schema)


def test_the_files_of_the_tools_name_every_case_once(benchmark: Path) -> None:
    cases = {case["case_id"]: case["prompt"] for case in lines_of(benchmark / "cases.jsonl")}
    levels = {row["case_id"]: row["levels"] for row in lines_of(benchmark / "key.jsonl")}
    config = yaml.safe_load((benchmark / "promptfooconfig.yaml").read_text(encoding="utf-8"))
    rows = lines_of(benchmark / "mlflow_dataset.jsonl")
    goldens = json.loads((benchmark / "deepeval_goldens.json").read_text(encoding="utf-8"))

    for reference in (*config["prompts"], *config["providers"], config["tests"]):
        assert (benchmark / reference.removeprefix("file://")).is_file()
    assert [test["vars"]["case_id"] for test in lines_of(benchmark / "promptfoo_tests.jsonl")] == list(cases)
    assert {row["inputs"]["case_id"]: row["inputs"]["prompt"] for row in rows} == cases
    assert {row["inputs"]["case_id"]: row["expectations"]["levels"] for row in rows} == levels
    assert {golden["name"]: golden["input"] for golden in goldens} == cases
    assert {golden["name"]: json.loads(golden["expected_output"])["levels"] for golden in goldens} == levels
    for script in benchmark.glob("*.py"):
        compile(script.read_text(encoding="utf-8"), script.name, "exec")


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_the_assertion_of_promptfoo_says_how_far_an_answer_is_from_the_truth(benchmark: Path) -> None:
    (row, *_) = (row for row in lines_of(benchmark / "key.jsonl") if set(row["levels"].values()) - {2})
    (case,) = (case for case in lines_of(benchmark / "cases.jsonl") if case["case_id"] == row["case_id"])
    program = """
        const [folder, caseId, outputs] = process.argv.slice(1);
        const check = require(folder + "/promptfoo_assert.cjs");
        const prompt = require(folder + "/promptfoo_prompt.cjs");
        const vars = { case_id: caseId };
        const results = JSON.parse(outputs).map((output) => check(output, { vars }));
        console.log(JSON.stringify({ results, messages: prompt({ vars }) }));
    """
    outputs = [
        json.dumps({"levels": row["levels"]}),
        "```json\n"
        + json.dumps({"elements": {name: {"level": level} for name, level in row["levels"].items()}})
        + "\n```",
        dict.fromkeys(row["levels"], 2),
        "I would say 2.",
        {"levels": {}},
    ]

    done = subprocess.run(
        ["node", "-e", program, str(benchmark), row["case_id"], json.dumps(outputs)],
        capture_output=True,
        text=True,
        check=True,
    )

    told = json.loads(done.stdout)
    assert [result["pass"] for result in told["results"]] == [True, True, False, False, False]
    assert [result["score"] for result in told["results"]][:2] == [1, 1]
    guess = sum(abs(level - 2) for level in row["levels"].values()) / len(row["levels"])
    assert told["results"][2]["namedScores"] == {"level_error": guess, "always_2": guess}
    contents = [message["content"] for message in told["messages"]]
    instructions = (benchmark / "instructions.txt").read_text(encoding="utf-8")
    assert contents == [f"{{% raw %}}{text}{{% endraw %}}" for text in (instructions, case["prompt"])]
