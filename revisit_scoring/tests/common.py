# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import datetime

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.base.tests.common import BaseCommon

FIVE_GRADES = (
    ("A", 90, 110, 10),
    ("B", 80, 90, 4),
    ("C", 70, 80, 3),
    ("D", 60, 70, 2),
    ("E", 0, 60, 1),
)


class ScoringFixtures:
    """Factories with defaults; mixed into database and HTTP test cases."""

    @classmethod
    def set_up_scoring(cls):
        cls.company = cls.env.company
        cls.company.resource_calendar_id.tz = "Asia/Shanghai"
        cls.customer = cls.env["res.partner"].create({"name": "Customer Zhao"})
        cls.trigger = cls.env["revisit.trigger"].search([], limit=1)
        cls.policy = cls.create_policy()
        cls.category = cls.env["revisit.issue.category"].create({"name": "Noise"})

    @classmethod
    def create_policy(cls, **values):
        return cls.env["revisit.policy"].create(
            {
                "name": "After sale",
                "code": "test_policy",
                "trigger_id": cls.trigger.id,
                "service_step": "sale",
                **values,
            }
        )

    @classmethod
    def create_employee(cls, login, groups="revisit_management.group_agent", **values):
        company = values.get("company_id") or cls.env.company.id
        user = new_test_user(
            cls.env,
            login=login,
            groups=groups,
            company_id=company,
            company_ids=[Command.set([company])],
        )
        return cls.env["hr.employee"].create(
            {"name": login.title(), "user_id": user.id, "company_id": company, **values}
        )

    @classmethod
    def create_dealer(cls, name):
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, "is_dealer": True}
        )

    @classmethod
    def create_team(cls, name, **values):
        return cls.env["revisit.team"].create({"name": name, **values})

    @classmethod
    def create_callback(cls, **values):
        """One callback of the first quarter of 2025, made on time unless said so."""
        return cls.create_callbacks(1, **values)

    @classmethod
    def create_callbacks(cls, count, **values):
        start, end = datetime(2025, 2, 1), datetime(2025, 2, 4)
        defaults = {
            "policy_id": cls.policy.id,
            "partner_id": cls.customer.id,
            "source_model": "res.partner",
            "source_id": cls.customer.id,
            "event_at": start,
            "window_start": start,
            "window_end": end,
            "level": "hq",
            "service_step": "sale",
            "state": "done",
            "done_at": datetime(2025, 2, 2, 3, 0),
            "result": "reached",
            "resp_employee_id": False,
            "resp_department_id": False,
            "resp_team_id": False,
            "resp_dealer_id": False,
        }
        rows = []
        for _number in range(count):
            ScoringFixtures.occasions = getattr(ScoringFixtures, "occasions", 0) + 1
            occasion = f"test:{ScoringFixtures.occasions}"
            rows.append({**defaults, "occasion": occasion, **values})
        callbacks = cls.env["revisit.callback"].sudo().create(rows)
        for code in ("satisfaction", "quality", "attitude", "efficiency"):
            if code in values:
                cls.create_answers(callbacks, code, values[code])
        return callbacks

    @classmethod
    def create_answers(cls, callbacks, code, value, subject_kind=None, **values):
        """One answer per callback; by default it judges whom the callback counts for.

        :param code: of the measure
        :param values: of the answer, e.g. ``employee_id``
        """
        measure = cls.env.ref(f"revisit_management.measure_{code}")
        rows = []
        for callback in callbacks:
            dealer = callback.resp_dealer_id
            judged = {
                "employee_id": callback.resp_employee_id.id,
                "department_id": callback.resp_department_id.id,
                "team_id": callback.resp_team_id.id,
                "dealer_id": dealer.id,
            }
            rows.append(
                {
                    "callback_id": callback.id,
                    "company_id": callback.company_id.id,
                    "measure_id": measure.id,
                    "value": value,
                    "raw": f"{value:g}",
                    "person_key": 0,
                    "answered_at": callback.done_at,
                    "kind": callback.kind,
                    "level": callback.level,
                    "service_step": callback.service_step,
                    "subject_kind": subject_kind or ("dealer" if dealer else "caller"),
                    **(values if subject_kind else judged),
                }
            )
        return cls.env["revisit.answer"].sudo().create(rows)

    @classmethod
    def create_issue(cls, **values):
        """One issue registered in the first quarter of 2025."""
        return (
            cls.env["revisit.issue"]
            .sudo()
            .create(
                {
                    "name": "It rattles",
                    "category_id": cls.category.id,
                    "registered_at": datetime(2025, 2, 10),
                    **values,
                }
            )
        )

    @classmethod
    def metric(cls, code):
        return cls.env.ref(f"revisit_scoring.metric_{code}")

    @classmethod
    def indicator_values(cls, code, weight, rule="proportional", **values):
        metric = cls.metric(code) if code else cls.env["revisit.metric"]
        return {
            "metric_id": metric.id,
            "weight": weight,
            "rule": rule,
            "name": metric.name or "Manual",
            **values,
        }

    @classmethod
    def create_scheme(cls, indicators, grades=FIVE_GRADES, active=True, **values):
        """A scheme of (metric code, weight, rule, values) rows."""
        return cls.env["revisit.scheme"].create(
            {
                "name": "Callback staff",
                "subject_kind": "employee",
                "period": "quarter",
                "state": "active" if active else "draft",
                "indicator_ids": [
                    Command.create(
                        {**cls.indicator_values(*row[:3], **(row[3:] or ({},))[0])}
                    )
                    for row in indicators
                ],
                "grade_ids": [
                    Command.create(
                        {"name": name, "lower": lower, "upper": upper, "color": color}
                    )
                    for name, lower, upper, color in grades
                ],
                **values,
            }
        )

    @classmethod
    def create_assessment(cls, scheme, date_from="2025-01-01", compute=True, **values):
        assessment = cls.env["revisit.assessment"].create(
            {"scheme_id": scheme.id, "date_from": date_from, **values}
        )
        if compute:
            assessment.action_compute()
        return assessment

    @classmethod
    def score_of(cls, assessment, subject):
        return assessment.score_ids.filtered(
            lambda score: score.subject_id == subject.id
        )

    def assertTotal(self, score, total, grade=None):
        self.assertEqual((score.total, score.grade_name or None), (total, grade))


class ScoringCommon(ScoringFixtures, BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_scoring()
        cls.employee = cls.create_employee("agent.li", "revisit_management.group_agent")
