"""The documentation names everything there is, and its links lead somewhere."""

import re
import runpy
from pathlib import Path

import pytest

from grid_jupyter.core.flags import RUN_FLAGS, whole_verbs
from grid_jupyter.core.language.distributions import FUNCTIONS
from grid_jupyter.core.settings import variable
from grid_jupyter.core.settings_values import READERS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
FLAGS = sorted({spelling for verb in whole_verbs() for flag in verb.flags for spelling in (flag.name, *flag.aliases)})
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|^ {4}.*?$|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def test_the_reference_is_up_to_date():
    made = runpy.run_path(str(DOCS / "make_reference.py"))["page"]()
    assert (DOCS / "command.md").read_text(encoding="utf-8") == made, "run docs/make_reference.py"


@pytest.mark.parametrize("verb", [verb.name for verb in whole_verbs()])
def test_each_verb_is_documented(verb):
    assert f"`grid {verb}`" in _reference() or f"\n## grid {verb}\n" in _reference()


@pytest.mark.parametrize("flag", FLAGS)
def test_each_flag_is_documented(flag):
    assert re.search(rf"`{re.escape(flag)}[ `]", _reference())


@pytest.mark.parametrize("name", ["range", *FUNCTIONS])
def test_each_function_of_the_sweep_language_is_documented(name):
    assert f"`{name}(" in (DOCS / "sweep-language.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*READERS, *map(variable, READERS)])
def test_each_setting_is_documented(name):
    assert f"| `{name}` |" in (DOCS / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "flag", [flag for flag in RUN_FLAGS if flag.key and not flag.hidden], ids=lambda flag: flag.dest
)
def test_each_key_of_a_configuration_file_is_documented(flag):
    section, _, key = flag.key.rpartition(".")
    rows = [
        row for row in (DOCS / "yaml.md").read_text(encoding="utf-8").splitlines() if row.startswith(f"| `{section}")
    ]
    assert any(re.search(rf"[`.]{key}`", row.split("|")[1]) for row in rows), flag.key


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = CODE.sub(_keep_link_text, page.read_text(encoding="utf-8"))
    for found in LINK.finditer(text):
        target, _, anchor = (found[1] or found[2]).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{page.name} links to {target}"
        assert file.is_relative_to(ROOT), f"{page.name} links out of the project: {target}"
        if anchor and file.suffix == ".md":
            assert anchor in _anchors(file), f"{page.name} links to {target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_are_reached_from_the_readme(page):
    reached = {ROOT / "README.md"}
    pending = list(reached)
    while pending:
        here = pending.pop()
        links = (found[1] or found[2] for found in LINK.finditer(here.read_text(encoding="utf-8")))
        targets = {
            (here.parent / link.partition("#")[0]).resolve() for link in links if not re.match(r"[a-z]+:|#", link)
        }
        new = {target for target in targets if target.suffix == ".md" and target.exists()} - reached
        reached |= new
        pending += new
    assert page in reached


def _reference() -> str:
    return (DOCS / "command.md").read_text(encoding="utf-8")


def _keep_link_text(match: re.Match[str]) -> str:
    """Blank out code, in which brackets are no links; `name` as a link's text stays short of brackets."""
    return "" if match[0].startswith(("```", "    ")) else re.sub(r"[\[\]()]", "", match[0])


def _anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)(?:\[|`)", (DOCS / "reliability.md").read_text()))))
def test_each_fault_is_tested(name):
    tests = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").glob("test_*.py"))
    assert f"\ndef {name}(" in tests


@pytest.mark.parametrize("row", re.findall(r"^\| .*\| (.*`.*) \|$", (DOCS / "clusters.md").read_text(), re.MULTILINE))
def test_what_works_somewhere_is_tested(row):
    folders = (ROOT / "tests", ROOT / "grid_jupyter" / "conformance")
    for name in re.findall(r"`([\w/]+)`", row):
        assert any((folder / f"{name}.py").exists() or (folder / name).is_dir() for folder in folders), name
