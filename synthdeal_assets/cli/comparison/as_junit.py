"""The conditions of a comparison as JUnit's XML, which continuous integration shows as tests.

A test case for each condition and side; the figures of a side stand in its output. The form is that which Jenkins,
GitLab and GitHub's actions read: https://github.com/jenkinsci/xunit-plugin (junit-10.xsd).
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree as ET

from synthdeal_assets.cli.comparison.as_markdown import as_markdown
from synthdeal_assets.cli.comparison.result import Result
from synthdeal_assets.scoring.scorers.heuristic import labelled

SUITE: Final = "synthdeal compare"

_NOT_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 may hold, escaped or not: https://www.w3.org/TR/xml/#charsets."""


def as_junit(result: Result) -> str:
    """The conditions as an XML document."""
    failed = sum(finding.holds for finding in result.findings)
    counts = {"tests": str(len(result.findings)), "failures": str(failed), "errors": "0"}
    suites = ET.Element("testsuites", {"name": SUITE, **counts})
    compared_at = result.figures["compared_at"][0]
    suite = ET.SubElement(
        suites,
        "testsuite",
        {"name": SUITE, **counts, "skipped": "0", "timestamp": compared_at.isoformat(timespec="seconds")},
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(result):
        ET.SubElement(properties, "property", {"name": name, "value": _clean(value)})
    for finding in result.findings:
        case = ET.SubElement(
            suite,
            "testcase",
            {"classname": _clean(finding.name), "name": _clean(f"not {finding.condition.text}"), "time": "0"},
        )
        says = f"{finding.condition.measure.words}: {finding.name} is {finding.says}."
        says = _clean(labelled(says, result.sides[finding.side - 1].judge.scorer))
        if finding.holds:
            failure = ET.SubElement(case, "failure", {"message": says, "type": finding.condition.measure.name})
            failure.text = says
        else:
            ET.SubElement(case, "system-out").text = says
    ET.SubElement(suite, "system-out").text = _clean(as_markdown(result))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "")
    )


def _properties(result: Result) -> list[tuple[str, str]]:
    sides = [
        (f"side {place}", f"{side.name} ({side.judge.scorer}, {side.judge.model}, {side.judge.prompt_version})")
        for place, side in enumerate(result.sides, start=1)
    ]
    return [
        ("comparison", result.comparison_id),
        ("deals", str(result.common)),
        *([("cases", result.sample.cases_hash)] if result.sample.cases_hash else []),
        *sides,
    ]


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
