# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.revisit_management.tests.owned import ServerOwnedWalk

from .common import ScoringCommon


@tagged("post_install", "-at_install")
class TestServerOwned(ServerOwnedWalk, ScoringCommon):
    """G7, L4: what only the computation and its steps set, by every way in."""

    module = "revisit_scoring"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "walk.manager",
            "revisit_management.group_manager,hr.group_hr_user",
        )
        cls.people = cls.manager
        for user in cls.people:
            user.group_ids += cls.env.ref("base.group_partner_manager")
        cls.open_access("revisit_management.group_manager")
        cls.add_scores()
        scheme = cls.scheme
        cls.creatable = {
            "res.partner": {"name": "Somebody"},
            "revisit.assessment": {"scheme_id": scheme.id, "date_from": "2024-01-01"},
            "revisit.scheme": {"name": "Another"},
            "revisit.score.adjustment": {
                "score_id": cls.records["revisit.score"].id,
                "points": 1,
                "reason": "Idea",
            },
        }

    @classmethod
    def add_scores(cls):
        cls.create_callback(resp_employee_id=cls.employee.id, satisfaction=91)
        cls.scheme = cls.create_scheme(
            [
                ("satisfaction", 90, "mean"),
                (None, 10, "manual", {"name": "Conduct"}),
            ]
        )
        draft = cls.create_scheme([("satisfaction", 100, "mean")], active=False)
        draft.indicator_ids.write(
            {
                "rule": "bands",
                "band_ids": [Command.create({"lower": 0, "upper": 101, "points": 5})],
            }
        )
        assessment = cls.create_assessment(cls.scheme)
        score = assessment.score_ids
        score.write(
            {"adjustment_ids": [Command.create({"points": 1, "reason": "Helped out"})]}
        )
        evidence = cls.env["revisit.score.evidence"].search(
            [("assessment_id", "=", assessment.id)], limit=1
        )
        records = (
            cls.customer,
            assessment,
            score,
            score.line_ids.filtered("is_manual"),
            score.adjustment_ids,
            evidence,
            cls.scheme,
            cls.scheme.grade_ids[:1],
            cls.scheme.indicator_ids[:1],
            draft.indicator_ids.band_ids,
            cls.metric("satisfaction"),
        )
        cls.records = {record._name: record for record in records}

    def test_internal_context_keys_have_no_effect_from_outside(self):
        """G2, G7: neither an incomplete scheme nor a stale total by a context key."""
        manager = self.env(user=self.manager)
        score = self.records["revisit.score"]
        self.env["revisit.score.adjustment"].with_env(manager).with_context(
            revisit_rejudge_later=True
        ).create({"score_id": score.id, "points": -5, "reason": "Late"})
        self.assertEqual(score.adjustment_total, -4)
        grade = self.scheme.grade_ids[:1].with_env(manager)
        with self.assertRaises(UserError):
            grade.with_context(revisit_scheme_whole=True).unlink()
