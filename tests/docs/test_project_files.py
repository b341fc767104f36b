"""The files about the project itself agree with the package."""

import re
from configparser import ConfigParser
from importlib.metadata import requires

import srsly
from packaging.requirements import Requirement
from pages import ROOT, text_of

SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf8")
VERSION = SETUP["metadata"]["version"]


def test_the_citation_is_of_this_version():
    citation = srsly.yaml_loads(text_of(ROOT / "CITATION.cff"))
    assert {"cff-version", "title", "message", "authors"} <= citation.keys()
    project = srsly.read_yaml(ROOT / "project.yml")
    versions = str(citation["version"]), project["vars"]["version"]
    assert versions == (VERSION, VERSION)
    [paper] = citation["references"]
    assert paper["doi"] == "10.18653/v1/2022.naacl-main.232"


def test_the_changelog_has_this_version():
    assert re.search(rf"^## .*\b{re.escape(VERSION)}\b", text_of(ROOT / "CHANGELOG.md"), re.M)


def test_the_flawed_versions_of_transformers_are_not_allowed():
    [needed] = [r for r in map(Requirement, requires("spacy_ita")) if r.name == "transformers"]
    text = text_of(ROOT / "SECURITY.md")
    assert "CVE-2026-4372" in text
    assert needed in [Requirement(said) for said in re.findall(r"`(transformers>\S+)`", text)]
    assert not any(needed.specifier.contains(flawed) for flawed in ("4.56.0", "4.57.1", "5.2.0"))
