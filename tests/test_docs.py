"""The documentation says what the program is: every hook, command, setting, rule, promise and link."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

from mediaparser_core import dates, hookspecs, names, plugins, resolve, settings
from mediaparser_core.bundle import ROLES
from mediaparser_core.cli import build
from mediaparser_core.pipeline.ledger import END_STATES
from mediaparser_core.resolve import evidence, kinds, wall

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
EXAMPLES = ROOT / "examples"

_LINK = re.compile(r"(?<!!)\[(?:[^][]|\[[^][]*\])*\]\(([^()\s]+)\)")
_TEST = re.compile(r"\[`(tests/[\w/]+\.py)::(\w+)`\]\(\.\./(tests/[\w/]+\.py)\)")


def module(path: Path) -> ModuleType:
    """The file at *path*, imported under its own name."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    return module(ROOT / "scripts" / "reference.py")


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def prose(text: str) -> str:
    """*text* without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every row of every table."""
    for line in prose(text).splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]


def sections(text: str) -> dict[str, str]:
    """What stands under each heading of the second level."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def anchors(path: Path) -> set[str]:
    """What can stand behind the ``#`` of a link to *path*, by the rule of GitHub."""
    titles = re.findall(r"^#+ (.+)$", prose(path.read_text("utf-8")), flags=re.MULTILINE)
    kept = ("".join(c for c in title.lower() if c in " -_" or unicodedata.category(c)[0] in "LN") for title in titles)
    return {title.replace(" ", "-") for title in kept}


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# -- made pages, links, index ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cli", "schema"])
def test_the_made_pages_are_up_to_date(reference, name):
    made = getattr(reference, f"{name}_page")()
    assert (DOCS / f"{name}.md").read_text("utf-8") == made, "run python scripts/reference.py"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path):
    for target in _LINK.findall(prose(path.read_text("utf-8"))):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.is_relative_to(ROOT) and there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_every_page_is_in_the_index():
    linked = {target.partition("#")[0] for target in _LINK.findall(read("docs/README.md"))}
    assert {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - {"README.md"} <= linked


def test_the_readme_begins_with_the_two_commands():
    block = re.search(r"```sh\n(.+?)```", read("README.md"), flags=re.DOTALL)
    assert block
    commands = [line.split()[0] for line in block[1].splitlines()]
    assert commands == ["./start.sh", "./test.sh"]
    assert all((ROOT / command).stat().st_mode & 0o100 for command in commands)


# -- commands, hooks, settings -----------------------------------------------------------------------------------------


def test_every_command_has_a_row_in_the_readme():
    root = build(plugins.load())
    told = {words(cells[0])[0].split()[0] for cells in rows(sections(read("README.md"))["Commands"]) if words(cells[0])}
    bundled = {name for name, command in root.commands.items() if _is_ours(command)}
    assert bundled <= told <= set(root.commands)


def _is_ours(command: click.Command) -> bool:
    inner = inspect.unwrap(command.callback) if command.callback else None
    return (getattr(inner, "__module__", "") or "").startswith(("mediaparser_core.", "mediaparser_plugins."))


def test_every_hook_has_a_section_with_its_signature_and_its_bundled_plugins(reference):
    told, answering = sections(read("docs/hooks.md")), {}
    for path in sorted((ROOT / "plugins").glob("*.py")):
        for hook in hooks_of(path):
            answering.setdefault(hook, []).append(path.stem)
    assert sorted(told) == reference.hooks()
    assert sorted(words(cells[0])[0] for cells in rows(read("docs/hooks.md")) if words(cells[0])) == sorted(told)
    for hook, text in told.items():
        written = str(inspect.signature(getattr(hookspecs, hook))).replace("'", "")
        assert f"```python\n{hook}{written}\n```" in text
        bundled = re.search(r"^Bundled: (.+?)\.\n(?:\n|\Z)", text + "\n", flags=re.MULTILINE | re.DOTALL)
        assert bundled, hook
        named = re.sub(r"\([^()]*\)", "", bundled[1]).partition(";")[0]
        assert words(named) == answering.get(hook, []), hook


def hooks_of(path: Path) -> Iterator[str]:
    """The hooks that the plugin at *path* answers."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and any("hookimpl" in ast.unparse(each) for each in node.decorator_list):
            yield node.name


def test_every_setting_has_a_row_with_its_default(tmp_path):
    told = {
        words(cells[0])[0]: cells[1] for cells in rows(sections_before(read("docs/settings.md"))) if words(cells[0])
    }
    loaded = settings.as_rows(settings.load(tmp_path, environ={}))
    assert sorted(told) == sorted(row["key"] for row in loaded)
    for row in loaded:
        if row["key"] not in ("timezone", "workers"):  # of the machine
            value = row["value"]  # in words of TOML
            shown = str(value).lower() if isinstance(value, bool) else "[]" if value == () else str(value)
            assert words(told[row["key"]]) == ([shown] if shown else []), row["key"]


def sections_before(text: str) -> str:
    """What stands above the first heading of the second level."""
    return text.partition("\n## ")[0]


def test_every_field_of_a_name_is_explained():
    told = [word for cells in rows(sections(read("docs/settings.md"))["Fields of a name"]) for word in words(cells[0])]
    assert sorted(told) == sorted(f"{{{field}}}" for field in names.FIELDS)


def test_every_setting_of_a_plugin_is_explained():
    asked = set()
    for path in [*(ROOT / "plugins").glob("*.py"), *(ROOT / "mediaparser_core").rglob("*.py")]:
        asked |= set(re.findall(r"\.for_plugin\(\"(\w+)\"\)", path.read_text("utf-8")))
    told = [
        word for cells in rows(sections(read("docs/settings.md"))["Settings of plugins"]) for word in words(cells[0])
    ]
    assert sorted(told) == sorted(f"[plugins.{name}]" for name in asked)


# -- concepts, dates, floors -------------------------------------------------------------------------------------------


def test_every_role_and_end_state_is_explained():
    told = [words(cells[0])[0] for cells in rows(read("docs/concepts.md")) if words(cells[0])]
    explained = {word for cells in rows(read("docs/concepts.md")) for word in words(cells[0])}
    assert {*ROLES, "sidecar", *END_STATES} == explained
    assert told[-len(END_STATES) :] == list(END_STATES)


def test_the_kinds_of_evidence_are_those_of_the_code():
    table = sections(read("docs/dates.md"))["Kinds of evidence"]
    told = [(cells[0], int(cells[1]), float(cells[2])) for cells in rows(table) if cells[1].isdigit()]
    assert told == [(name, kind.rank, kind.confidence) for name, kind in kinds.KINDS.items()]
    assert f"{evidence.PHONE_CONFIDENCE:.2f} from a phone" in read("docs/dates.md")


@pytest.mark.parametrize(
    ("title", "weights"),
    [("it agrees", resolve.AGREES), ("it contradicts", resolve.CONTRADICTS), ("the zone", wall.ZONE_CAPS)],
)
def test_what_convinces_contradicts_and_caps_is_that_of_the_code(title, weights):
    table = prose(read("docs/dates.md")).partition(f"| {title} |")[2].partition("\n\n")[0]
    assert {words(name)[0]: float(value) for name, value in list(rows(table))} == weights


def test_a_contradicted_date_is_as_sure_as_the_page_says():
    assert f"never surer than {resolve.MOST_WITH_DOUBT}" in read("docs/dates.md")


def test_the_examples_of_names_are_read_as_the_page_says():
    told = [cells for cells in rows(sections(read("docs/dates.md"))["Names and folders"]) if words(cells[0])]
    assert len(told) > 20
    for name, value, zone, by in told:
        found = dates.from_path(words(name)[0])
        assert (found["value"] or "nothing", found["utc_offset"] or "", found["source"] or "") == (value, zone, by), (
            name
        )


def test_every_floor_is_explained():
    pyproject = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in pyproject if contract["type"] == "layers")
    rooms = {room.strip() for layer in layers for room in re.split(r"[|:]", layer)}
    here = {room for room in rooms if not room.startswith("(")}  # in brackets: may be missing
    explained = {word for cells in rows(sections(read("docs/architecture.md"))["Floors"]) for word in words(cells[1])}
    assert here <= explained


# -- promises and examples ---------------------------------------------------------------------------------------------


def test_every_promise_names_tests_that_exist():
    told = sections(read("docs/guarantees.md"))
    assert [int(title.split(".")[0]) for title in told] == list(range(1, 13))
    for title, text in told.items():
        named = _TEST.findall(text)
        assert named, title
        for path, test, link in named:
            functions = {node.name for node in ast.walk(ast.parse(read(path))) if isinstance(node, ast.FunctionDef)}
            assert path == link and test in functions, f"{path}::{test}"
    assert read("docs/guarantees.md").count("::test_") == sum(len(_TEST.findall(text)) for text in told.values())


def blocks(text: str) -> dict[str, str]:
    """The quoted files of *text*: path → what is shown of it."""
    found = re.findall(
        r"^\[`(examples/[^`]+)`\]\(\.\./\1\)\n\n```\w+\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL
    )
    return dict(found)


def test_the_examples_are_shown_as_they_are():
    shown = blocks(read("docs/writing-plugins.md"))
    assert {path.relative_to(ROOT).as_posix() for path in EXAMPLES.glob("*/*.py")} <= set(shown)
    for path, text in shown.items():
        assert text == read(path), path


def test_the_test_on_the_page_passes(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(import os\n.*?)```", read("docs/writing-plugins.md"), flags=re.DOTALL)
    monkeypatch.syspath_prepend(EXAMPLES / "mediaparser-notebook")
    namespace: dict[str, object] = {}
    exec(compile(code, "writing-plugins.md", "exec"), namespace)
    test = namespace["test_a_note_is_a_claim"]
    assert callable(test)
    test(tmp_path)
