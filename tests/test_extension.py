# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""An add-on extends both planners by what README.rst calls extension points."""

from pathlib import Path

from odoo.tools import config

ADDONS = Path(__file__).with_name("addons")


def test_extension_of_both_planners(clone_database, run_tests_of):
    """B8: a reason, an assignment and a path of another add-on pass the comparison."""
    output = run_tests_of(
        clone_database(), "revisit_extension", [*config["addons_path"], str(ADDONS)]
    )
    assert "0 failed, 0 error(s) of 5 tests" in output
