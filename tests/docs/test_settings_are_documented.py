"""docs/settings.md lists every variable that is read, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

from tests.docs.repository import ROOT, our_files, table_rows

SETTINGS = ROOT / "docs" / "settings.md"
PACKAGES = ("accounts", "billing", "inference", "speech", "voiceclone", "voices", "benchmarks")
READERS = {"text", "flag", "number", "seconds", "names", "hosts", "pairs", "origins", "folder"}
NOT_A_SETTING = {"DJANGO_SETTINGS_MODULE"}  # says which settings, and is always ours
CHATTERBOX = ROOT / "inference" / "engines" / "chatterbox" / "settings.py"
SHELL_OR_TESTS = {"PYTHON", "VOICECLONE_TEST_DATABASE"}


def test_every_variable_that_is_read_is_documented() -> None:
    assert read_variables() - documented() == set()


def test_every_documented_variable_is_read() -> None:
    assert documented() - read_variables() == set()


def test_no_variable_is_documented_twice() -> None:
    names = list(_documented())
    assert sorted(names) == sorted(set(names))


def test_simple_defaults_are_those_of_the_settings() -> None:
    stated = {
        row[0].strip("`"): row[1].strip("`")
        for row in table_rows(SETTINGS.read_text())
        if row[1].startswith("`") and row[1].endswith("`")
    }
    for name, default in defaults(ROOT / "voiceclone" / "settings.py").items():
        if name in stated:
            assert stated[name] == default, name


def test_the_search_sees_every_way_to_read_a_variable(tmp_path: Path) -> None:
    source = tmp_path / "sample.py"
    source.write_text(
        "import os\n"
        "from voiceclone import env\n"
        "A = env.text('ONE')\n"
        "B = env.number('TWO', 2)\n"
        "C = os.environ.get('THREE')\n"
        "D = os.environ['FOUR']\n"
        "E = os.getenv('FIVE')\n"
        "for name in ('SIX', 'SEVEN'):\n"
        "    os.environ.get(name)\n"
    )
    assert set(variables_in(source)) == {"ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN"}


def read_variables() -> set[str]:
    """Return the names of all variables that our code reads."""
    sources = [path for path in our_files(".py") if path.relative_to(ROOT).parts[0] in PACKAGES]
    found = {name for path in sources for name in variables_in(path)}
    found |= chatterbox_variables()
    shell = "".join(path.read_text() for path in our_files(".sh"))
    environment = (ROOT / "tests" / "services" / "environment.py").read_text()
    found |= {name for name in SHELL_OR_TESTS if name in shell + environment}
    return found - NOT_A_SETTING


def chatterbox_variables() -> set[str]:
    """Return the engine's own variables: each field of its settings has one."""
    return {
        f"CHATTERBOX_{field.target.id.upper()}"
        for node in ast.walk(ast.parse(CHATTERBOX.read_text()))
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }


def documented() -> set[str]:
    """Return the names that the tables of docs/settings.md list."""
    return set(_documented())


def _documented() -> Iterator[str]:
    for row in table_rows(SETTINGS.read_text()):
        yield from re.findall(r"`([A-Z][A-Z0-9_]+)`", row[0])


def variables_in(source: Path) -> Iterator[str]:
    """Yield the variables that a module reads from the environment."""
    tree = ast.parse(source.read_text())
    loops = _loop_values(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            reads = _is_env(node.func.value) and node.func.attr in READERS
            reads |= _is_environ(node.func.value) and node.func.attr == "get"
            reads |= ast.unparse(node.func) == "os.getenv"
            if reads and node.args:
                yield from _names(node.args[0], loops)
        elif _is_reading_subscript(node):
            yield from _names(node.slice, loops)


def defaults(source: Path) -> dict[str, str]:
    """Return the defaults of variables that are plain values, as one would write them."""
    found = {}
    for node in ast.walk(ast.parse(source.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if not (_is_env(node.func.value) and node.args):
            continue
        given = node.args[1:2] + [one.value for one in node.keywords if one.arg == "default"]
        try:
            value = eval(compile(ast.Expression(given[0]), "default", "eval"), {"__builtins__": {}})
        except (IndexError, NameError):
            continue
        if isinstance(value, (str, int, float)):
            written = str(int(value)) if isinstance(value, bool) else str(value)
            found[ast.literal_eval(node.args[0])] = written
    return found


def _is_env(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "env"


def _is_environ(node: ast.expr) -> bool:
    return ast.unparse(node) == "os.environ"


def _is_reading_subscript(node: ast.AST) -> TypeGuard[ast.Subscript]:
    is_read = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load)
    return is_read and _is_environ(node.value)


def _loop_values(tree: ast.AST) -> dict[str, list[str]]:
    """Return what each variable of a ``for`` over a tuple of strings stands for."""
    return {
        node.target.id: [one.value for one in node.iter.elts if isinstance(one, ast.Constant)]
        for node in ast.walk(tree)
        if isinstance(node, ast.For)
        and isinstance(node.target, ast.Name)
        and isinstance(node.iter, (ast.Tuple, ast.List))
    }


def _names(node: ast.expr, loops: dict[str, list[str]]) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.Name):
        return loops.get(node.id, [])  # else a parameter: the reader itself, in env.py
    return []
