# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""The examples in the words of the functions without a database hold."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = [
    ".".join(("odoo.addons", *path.relative_to(ROOT).with_suffix("").parts))
    for addon in ("revisit_management", "revisit_scoring")
    for path in sorted((ROOT / addon / "tools").glob("[!_]*.py"))
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(name)
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner()
    found = finder.find(module)
    # what is cached is no function any more, and is looked for by name
    for key, thing in vars(module).items():
        if getattr(thing, "__module__", None) == name and hasattr(thing, "__wrapped__"):
            found += finder.find(thing.__wrapped__, key, globs=vars(module))
    for examples in found:
        runner.run(examples)
    assert not runner.failures
