# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""The house: who may import whom, read from the imports themselves."""

import ast
import re
from pathlib import Path
from xml.etree import ElementTree

import proofs
import pytest

from odoo.orm.models import MetaModel

ROOT = Path(__file__).resolve().parent.parent
MANAGEMENT, SCORING = ROOT / "revisit_management", ROOT / "revisit_scoring"
# the one door to the demonstration in each add-on, used by the files of its data
DOORS = {
    MANAGEMENT / "models/framework/revisit_demo.py",
    SCORING / "models/people/revisit_demo.py",
}


def read_imports(path):
    """Return the paths below the repository that a file imports, without suffix."""
    package = path.relative_to(ROOT).parts[:-1]
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            module = (node.module or "").split(".") if node.module else []
            if node.level:
                module = [*package[: len(package) - node.level + 1], *module]
            names = [[*module, alias.name] for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        else:
            continue
        for name in names:
            if name[:2] == ["odoo", "addons"]:
                name = name[2:]
            found.append("/".join(name))
    return found


def list_rooms(addon):
    """Return the names of the rooms of an add-on in the order in which they load."""
    tree = ast.parse((addon / "models/__init__.py").read_text(encoding="utf-8"))
    names = [alias.name for node in tree.body for alias in getattr(node, "names", [])]
    return [name for name in names if (addon / "models" / name).is_dir()]


def list_files(addon, folder="."):
    return sorted(
        path
        for path in (addon / folder).rglob("*.py")
        if not {"tests", "migrations"} & set(path.relative_to(addon).parts)
    )


def get_load_order(package):
    """Return the files that a package loads, in order, from its ``__init__``."""
    order = []
    tree = ast.parse((package / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        for alias in getattr(node, "names", []):
            inner = package / alias.name
            order += get_load_order(inner) if inner.is_dir() else [inner]
    return order


@pytest.mark.parametrize("addon", [MANAGEMENT, SCORING], ids=lambda path: path.name)
def test_rooms_import_only_from_rooms_above(addon):
    rooms = list_rooms(addon)
    assert len(rooms) > 3
    wrong = []
    for number, room in enumerate(rooms):
        for path in list_files(addon, f"models/{room}"):
            for target in read_imports(path):
                parts = target.split("/")
                if parts[:2] != [addon.name, "models"] or len(parts) < 4:
                    continue
                if parts[2] not in rooms[: number + 1]:
                    wrong.append(f"{path.relative_to(ROOT)} imports {target}")
    assert not wrong


@pytest.mark.parametrize("addon", [MANAGEMENT, SCORING], ids=lambda path: path.name)
def test_models_register_in_the_order_of_the_rooms(addon):
    """An import between two files of a room would turn their order round unseen."""
    expected = [
        ".".join(path.relative_to(ROOT).parts)
        for path in get_load_order(addon / "models")
    ]
    registered = []
    for cls in MetaModel._module_to_models__[addon.name]:
        name = cls.__module__.removeprefix("odoo.addons.")
        if name.startswith(f"{addon.name}.models.") and name not in registered:
            registered.append(name)
    assert registered == [name for name in expected if name in registered]


def test_every_file_of_a_room_is_loaded():
    for addon in (MANAGEMENT, SCORING):
        loaded = {path.with_suffix(".py") for path in get_load_order(addon / "models")}
        files = {p for p in list_files(addon, "models") if p.name != "__init__.py"}
        assert files == loaded


@pytest.mark.parametrize("addon", [MANAGEMENT, SCORING], ids=lambda path: path.name)
def test_every_test_is_loaded(addon):
    """pytest finds the files itself, Odoo's own runner runs what is imported."""
    loaded = (addon / "tests" / "__init__.py").read_text(encoding="utf-8")
    files = {path.stem for path in (addon / "tests").glob("test_*.py")}
    assert files == set(re.findall(r"^from \. import (test_\w+)$", loaded, re.M))


def test_callbacks_know_nothing_of_scores():
    for path in list_files(MANAGEMENT):
        assert "revisit_scoring" not in path.read_text(encoding="utf-8"), path
        for target in read_imports(path):
            assert not target.startswith(SCORING.name), path


def test_nothing_but_its_door_reads_the_demonstration():
    folders = tuple(f"{addon.name}/demo" for addon in (MANAGEMENT, SCORING))
    readers = {
        path
        for addon in (MANAGEMENT, SCORING)
        for path in list_files(addon)
        if path.parent.name != "demo"
        and any(target.startswith(folders) for target in read_imports(path))
    }
    assert readers == DOORS


def test_code_names_reasons_and_no_numbers():
    """Ids of requirements are the tests' to name: code says why in words."""
    numbered = re.compile(
        r"\((SPEC |DESIGN )?[A-L]\d{1,2}[),]|\b(SPEC|DESIGN|PERFORMANCE) [A-L0-9]"
    )
    named = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for addon in (MANAGEMENT, SCORING)
        for path in list_files(addon)
        for line in path.read_text(encoding="utf-8").splitlines()
        if numbered.search(line)
    ]
    assert not named


def test_no_attribute_of_a_page_is_overwritten():
    """On the server a computed attribute replaces the one of the same name."""
    wrong = [
        f"{path.relative_to(ROOT)}: {element.tag} has {name} beside its own {plain}"
        for addon in (MANAGEMENT, SCORING)
        for path in addon.rglob("*.xml")
        for template in ElementTree.parse(path).iter("template")
        for element in template.iter()
        for name in element.attrib
        for plain in [re.sub("^t-attf?-", "", name)]
        if plain != name and plain in element.attrib
    ]
    assert not wrong


def test_components_assign_nothing_outside_their_setup():
    """A handler in a loop of a template has a ``this`` of its own, and loses it."""
    wrong = []
    for addon in (MANAGEMENT, SCORING):
        for path in sorted((addon / "static/src/backend").rglob("*.js")):
            method = None
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if found := re.match(r" {4}(?:async |get |set )?(\w+)\(.*\) \{$", line):
                    method = found[1]
                if re.match(r"\s+this\.\w+ (=|\|\|=|\+=) ", line) and method not in (
                    "setup",
                    "constructor",
                ):
                    wrong.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert not wrong


def test_every_sudo_says_why():
    """The reason stands on the line of a ``sudo()``, or closely above it."""
    silent = []
    for addon in (MANAGEMENT, SCORING):
        for path in list_files(addon):
            lines = path.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines):
                code = line.strip()
                if "sudo()" not in code or code.startswith(("#", '"""')):
                    continue
                above = lines[max(0, number - 3) : number]
                if "#" not in code and not any(a.strip()[:1] == "#" for a in above):
                    silent.append(f"{path.relative_to(ROOT)}:{number + 1}: {code}")
    assert not silent


def test_readme_says_which_tests_prove_what():
    wrong = proofs.get_wrong()
    assert not wrong, f"make fmt writes the table anew; it is wrong about {wrong}"


def test_no_file_is_longer_than_five_hundred_lines():
    long = [
        f"{path.relative_to(ROOT)} has {length} lines"
        for addon in (MANAGEMENT, SCORING)
        for path in list_files(addon)
        if (length := len(path.read_text(encoding="utf-8").splitlines())) > 500
    ]
    assert not long


def test_no_model_is_spread_over_more_than_six_files():
    """Beside what it inherits: mixins have names of their own.

    The two planners are one step per file, the same steps in both.
    """
    for addon in (MANAGEMENT, SCORING):
        files = {}
        for path in list_files(addon, "models"):
            if "planning" in path.parts:
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and (name := get_model(node)):
                    files.setdefault(name, set()).add(path.name)
        spread = {
            name: sorted(found) for name, found in files.items() if len(found) > 6
        }
        assert not spread


def get_model(node):
    """Return the model that a class defines or extends, or None."""
    given = {
        target.id: statement.value.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    return given.get("_name") or given.get("_inherit")


def test_no_method_is_longer_than_forty_lines():
    long = [
        f"{path.relative_to(ROOT)}: {node.name} has {length} lines"
        for addon in (MANAGEMENT, SCORING)
        for path in list_files(addon)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and (length := node.end_lineno - node.lineno + 1) > 40
    ]
    assert not long
