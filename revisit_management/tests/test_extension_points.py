# Part of Revisit. See LICENSE file for full copyright and licensing details.
from unittest.mock import patch

from odoo.tests import tagged

from ..tools.planning import Pair
from .common import RevisitCommon


@tagged("post_install", "-at_install")
class TestExtensionPoints(RevisitCommon):
    """B8: half of an extension is refused when the server starts."""

    def assertRefusedAtStart(self, method, table, text):
        planner = self.env["revisit.planner.set"]
        with (
            patch.object(type(planner), method, lambda self: table),
            self.assertRaisesRegex(TypeError, text),
        ):
            planner._register_hook()

    def test_what_is_complete_starts(self):
        """B8: ours are."""
        self.env["revisit.planner.set"]._check_extensions()

    def test_halves(self):
        """B8: told are the table, the half and the missing method."""
        planner = self.env["revisit.planner.set"]
        assignments, rules = planner._get_assignments(), planner._get_skip_rules()
        recurrences = planner._get_recurrences()
        for method, table, text in (
            (
                "_get_assignments",
                {**assignments, "mine": Pair("_assign_none", "_get_mine_sql")},
                "'_get_mine_sql' as the half 'sql' of 'mine'",
            ),
            (
                "_get_assignments",
                {**assignments, "mine": Pair("_assign_mine", "_get_none_sql")},
                "'_assign_mine' as the half 'plain' of 'mine'",
            ),
            ("_get_assignments", {}, r"_get_assignments\(\) lacks the assignment"),
            ("_get_recurrences", {}, r"_get_recurrences\(\) lacks the recurrence"),
            (
                "_get_recurrences",
                {**recurrences, "event": recurrences["event"]._replace(explain="_no")},
                "revisit.policy: .*'explain' of 'event'",
            ),
            (
                "_get_skip_rules",
                {**rules, "mine": Pair("_is_unwanted", "_get_unwanted_sql")},
                "the field reason lacks 'mine'",
            ),
            (
                "_get_skip_rules",
                {**rules, "cap": Pair("_is_unwanted", "_get_nothing_sql")},
                "'_get_nothing_sql' as the half 'sql' of 'cap'",
            ),
        ):
            with self.subTest(text=text):
                self.assertRefusedAtStart(method, table, text)
