# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo.tests import tagged

from ..tools.planning import PlanningRun
from .common import NOW, RevisitCommon

KEYS = (
    "buckets",
    "button",
    "calendars",
    "dealer_units",
    "decimal",
    "demo_today",
    "every_column",
    "from_scratch",
    "import",
    "line_id",
    "mine",
    "occasion",
    "planning",
    "rejudge_later",
    "run",
    "scheme_whole",
    "strict",
    "team_id",
    "uploaded_files",
)
SHOWN = (
    "policy_id",
    "team_id",
    "user_id",
    "company_id",
    "state",
    "occasion",
    "channel",
    "window_start",
    "window_end",
    "is_imported",
)


@tagged("post_install", "-at_install")
class TestForgedContext(RevisitCommon):
    """K1, K3: what a request sends along decides nothing that our code decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.abroad = cls.make_company()
        cls.foreign = cls.make_team("Abroad", company_id=cls.abroad.id)
        cls.policies = cls.make_policy(assignment="round_robin", team_id=cls.team.id)
        cls.policies += cls.make_policy(
            level="dealer", assignment="dealer", delay_unit="workday"
        )
        cls.order = cls.make_order(date=NOW - timedelta(days=1))
        cls.manual = cls.make_policy("manual")

    def get_planned_values(self):
        """Return what is planned, without ids that a second run would not repeat."""
        return [
            [callback[name] for name in SHOWN]
            for callback in self.callbacks.search(
                [("policy_id", "in", self.policies.ids)], order="policy_id"
            )
        ]

    def generate(self, **context):
        """Return what a manager plans with a context, and forget it."""
        savepoint = self.env.cr.savepoint()
        policies = self.policies.with_user(self.manager).with_context(**context)
        counts = policies.generate(NOW - timedelta(days=2), NOW)
        found = self.get_planned_values()
        savepoint.rollback()
        savepoint.close(rollback=False)
        self.env.invalidate_all()
        return counts, found

    def test_planning_listens_to_nothing_sent(self):
        """Each key with each kind of value, in both planners."""
        for through_orm in (False, True):
            self.company.revisit_plan_through_orm = through_orm
            expected = self.generate()
            self.assertEqual(len(expected[1]), 2)
            for key in KEYS:
                for value in ("x", True, self.foreign.id, [1], {"1": 1}):
                    with self.subTest(key=key, value=value, through_orm=through_orm):
                        found = self.generate(**{f"revisit_{key}": value})
                        self.assertEqual(found, expected)

    def test_planning_by_hand_listens_to_nothing_sent(self):
        """The unit and the occasion come from the dialog alone."""
        forged = self.manual.with_user(self.manager).with_context(
            revisit_run={"team_id": self.foreign.id, "occasion": "x"}
        )
        run = PlanningRun(records=self.customer)
        forged.env["revisit.planner"]._plan(forged, run=run)
        callback = self.callbacks.search([("policy_id", "=", self.manual.id)])
        self.assertEqual(callback.team_id, self.manual.team_id)
        self.assertTrue(callback.occasion.startswith("manual:"))

    def test_only_the_planner_is_silent(self):
        """Whoever is given a callback is told, whatever the giver sends."""
        callback = self.make_callback()
        values = {
            "policy_id": callback.policy_id.id,
            "partner_id": self.customer.id,
            "company_id": self.company.id,
            "team_id": self.team.id,
            "user_id": self.agent.id,
            "state": "assigned",
            "kind": callback.kind,
            "level": callback.level,
            "channel": callback.channel,
            "event_at": callback.event_at,
            "window_start": callback.window_start,
            "window_end": callback.window_end,
            "source_model": callback.source_model,
            "source_id": callback.source_id,
            "occasion": "forged",
        }
        given = self.callbacks.with_context(
            revisit_planning="x", tracking_disable=False
        ).create(values)
        told = self.env["mail.message"].search(
            [
                ("model", "=", "revisit.callback"),
                ("res_id", "=", given.id),
                ("partner_ids", "in", self.agent.partner_id.ids),
            ]
        )
        self.assertEqual(len(told), 1)
