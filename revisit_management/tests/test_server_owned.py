# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import NOW, RevisitCommon
from .owned import ServerOwnedWalk


@tagged("post_install", "-at_install")
class TestServerOwned(ServerOwnedWalk, RevisitCommon):
    """C8, K: what only the system sets, over every model and every way in."""

    module = "revisit_management"
    # the files of a rulebook bring it, and managers load them
    by_hand = {
        ("revisit.rulebook", "unset_parameters"),
        # contacts are Odoo's: their own create and write refuse these
        ("res.partner", "email_changed_by_id"),
        ("res.partner", "revisit_referral_id"),
        ("res.partner", "phone_changed_at"),
        ("res.partner", "phone_changed_by_id"),
        ("res.partner", "phone_wrong_on"),
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.manager + cls.agent
        for user in cls.people:
            user.group_ids += cls.env.ref("stock.group_stock_user")
        cls.open_access(
            "revisit_management.group_manager", "revisit_management.group_agent"
        )
        cls.records, cls.creatable = {}, {}
        cls.add_work()
        cls.add_planned()
        cls.add_rules()

    @classmethod
    def add(cls, record, **vals):
        cls.records[record._name] = record
        if vals:
            cls.creatable[record._name] = vals

    @classmethod
    def add_work(cls):
        policy = cls.make_policy("manual")
        callback = cls.make_callback(policy, user_id=cls.agent.id)
        plan = {
            "policy_id": policy.id,
            "partner_id": cls.customer.id,
            "user_id": cls.agent.id,
            "event_at": NOW,
            "window_start": NOW,
            "window_end": NOW + timedelta(days=3),
        }
        cls.add(callback, **plan)
        attempt = {"callback_id": callback.id, "outcome": "no_answer"}
        cls.add(cls.env["revisit.attempt"].sudo().create(attempt), **attempt)
        answer = {
            "callback_id": callback.id,
            "company_id": cls.company.id,
            "measure_id": cls.env.ref("revisit_management.measure_quality").id,
            "answered_at": NOW,
            "subject_kind": "callback",
            "person_key": 0,
        }
        cls.add(cls.env["revisit.answer"].sudo().create(answer), **answer)
        category = cls.make_category("Noise")
        issue = {
            "name": "It rattles",
            "partner_id": cls.customer.id,
            "category_id": category.id,
            "owner_id": cls.agent.id,
        }
        cls.add(cls.make_issue(**issue), **issue)
        cls.records["revisit.issue"].with_user(cls.manager).action_reclassify(
            "Louder than it was", severity="high"
        )
        cls.add(cls.records["revisit.issue"].change_ids)
        deadline = {"category_id": category.id, "severity": "low"}
        cls.add(
            cls.env["revisit.issue.deadline"].create({**deadline, "severity": "high"}),
            **deadline,
        )
        cls.add(
            cls.env["revisit.archive"]
            .sudo()
            .create({"company_id": cls.company.id, "partner_id": cls.customer.id})
        )
        line = {"partner_id": cls.customer.id, "product_id": cls.product.id}
        cls.add(cls.make_archive_line(), **line)
        occasion = {"partner_id": cls.customer.id, "kind": "event"}
        cls.add(cls.env["revisit.occasion"].create(occasion), **occasion)
        cls.add(cls.make_repair(done=False))

    @classmethod
    def add_planned(cls):
        cls.add(cls.make_touch())
        policy = cls.make_policy("manual")
        common = {"company_id": cls.company.id, "policy_id": policy.id}
        cls.add(
            cls.env["revisit.planning.skip"]
            .sudo()
            .create(
                {
                    **common,
                    "source_model": "res.partner",
                    "source_id": cls.customer.id,
                    "reason": "cap",
                }
            )
        )
        cls.add(
            cls.env["revisit.best.hour"]
            .sudo()
            .create(
                {
                    "company_id": cls.company.id,
                    "kind": "person",
                    "weekday": "1",
                    "hour": 10,
                    "tries": 1,
                    "answered": 1,
                    "rate": 50,
                    "usual": 50,
                }
            )
        )
        cls.add(
            cls.env["revisit.draw"]
            .sudo()
            .create(
                {
                    **common,
                    "period_start": NOW.date(),
                    "period_months": 1,
                    "drawn_at": NOW,
                }
            )
        )
        cls.add(cls.env["revisit.run"].sudo().create({"company_id": cls.company.id}))
        cls.add(
            cls.env["revisit.planner.slot"]
            .sudo()
            .create({"company_id": cls.company.id, "shard": 99})
        )
        cls.add(
            cls.env["revisit.trace"]
            .sudo()
            .create(
                {
                    "company_id": cls.company.id,
                    "res_model": "revisit.callback",
                    "res_id": cls.records["revisit.callback"].id,
                    "part_model": "revisit.callback",
                    "field_name": "quality",
                    "value_pair": {"old": 1, "new": 2},
                    "user_id": cls.manager.id,
                }
            )
        )
        survey = cls.env["survey.survey"].create({"title": "Walk"})
        answers = cls.env["survey.user_input"]
        cls.add(answers.create({"survey_id": survey.id}), survey_id=survey.id)
        cls.add(
            cls.env["revisit.pending.outcome"]
            .sudo()
            .create(
                {
                    "callback_id": cls.records["revisit.callback"].id,
                    "user_id": cls.agent.id,
                    "outcome": "busy",
                    "pressed_at": NOW,
                    "until": NOW,
                }
            )
        )
        cls.add(
            cls.env["revisit.claim"]
            .sudo()
            .create(
                {
                    "partner_id": cls.customer.id,
                    "user_id": cls.agent.id,
                    "until": NOW,
                }
            )
        )
        cls.add(
            cls.env["revisit.public.hit"]
            .sudo()
            .create({"purpose": "x", "origin": "y", "started_at": NOW, "hits": 1})
        )
        cls.add(
            cls.env["revisit.report"]
            .sudo()
            .create(
                {
                    "callback_id": cls.records["revisit.callback"].id,
                    "company_id": cls.company.id,
                    "partner_id": cls.customer.id,
                    "user_id": cls.agent.id,
                    "team_id": cls.team.id,
                    "talked_at": NOW,
                    "recorded_at": NOW,
                }
            )
        )
        cls.add(cls.make_analysis(user=cls.manager))
        cls.add(
            cls.env["revisit.analysis.item"]
            .sudo()
            .create(
                {
                    "analysis_id": cls.records["revisit.analysis"].id,
                    "proposal": "Call in the evening",
                }
            )
        )
        cls.add(
            cls.env["revisit.result"]
            .sudo()
            .create(
                {
                    "callback_id": cls.records["revisit.callback"].id,
                    "company_id": cls.company.id,
                    "kind": "need",
                    "words": "A second one",
                    "partner_id": cls.customer.id,
                    "user_id": cls.agent.id,
                    "team_id": cls.team.id,
                    "noted_at": NOW,
                }
            )
        )
        cls.add(
            cls.env["revisit.unlock"]
            .sudo()
            .create(
                {
                    "company_id": cls.company.id,
                    "res_model": "revisit.callback",
                    "res_id": cls.records["revisit.callback"].id,
                    "user_id": cls.manager.id,
                    "reason": "Mistyped",
                }
            )
        )

    @classmethod
    def add_rules(cls):
        plan = {
            "team_id": cls.team.id,
            "period": "free",
            "date_from": "2026-05-04",
            "date_to": "2026-05-20",
        }
        cls.add(
            cls.env["revisit.plan"].create(
                {**plan, "date_from": "2026-04-04", "date_to": "2026-04-20"}
            ),
            **plan,
        )
        cls.add(cls.env["revisit.rulebook"].create({"name": "R", "code": "walk_r"}))
        cls.creatable["revisit.rulebook"] = {"name": "S", "code": "walk_s"}
        cls.records["revisit.rulebook"]._remember_first_version()
        cls.add(cls.records["revisit.rulebook"].version_ids)
        asked = {
            "rulebook_id": cls.records["revisit.rulebook"].id,
            "field_name": "phone",
        }
        cls.add(
            cls.env["revisit.archive.field"].create({**asked, "field_name": "street"}),
            **asked,
        )
        policy = cls.make_policy("manual")
        channel = {"policy_id": policy.id, "channel": "visit"}
        cls.add(
            cls.env["revisit.policy.channel"].create({**channel, "channel": "letter"}),
            **channel,
        )
        step = {"policy_id": policy.id, "position": 3}
        cls.add(cls.env["revisit.policy.step"].create({**step, "position": 2}), **step)
        cls.add(
            cls.env["revisit.knowledge"].create(
                {"name": "Why?", "state": "published", "owner_id": cls.supervisor.id}
            ),
            name="How?",
            owner_id=cls.supervisor.id,
        )
        role = cls.env["revisit.contact.role"].create({"name": "Buyer", "code": "walk"})
        cls.add(
            cls.env["revisit.policy.role"].create(
                {"policy_id": policy.id, "role_id": role.id}
            )
        )
        cls.add(cls.team)
        cls.creatable["revisit.team"] = {"name": "Another", "kind": "hq"}
        cls.add(cls.env.ref("revisit_management.trigger_manual"))
        attribute = cls.env["revisit.attribute"].create(
            {"name": "Kind", "code": "walk", "kind": "choice"}
        )
        choice = {"attribute_id": attribute.id, "name": "Small", "code": "small"}
        cls.add(
            cls.env["revisit.attribute.choice"].create({**choice, "code": "big"}),
            **choice,
        )
        cls.add(
            cls.env["revisit.attribute.value"].create(
                {
                    "partner_id": cls.customer.id,
                    "attribute_id": attribute.id,
                    "choice_id": cls.records["revisit.attribute.choice"].id,
                }
            )
        )

    def test_import_takes_no_owned_column(self):
        """The import goes the same way: the whole file is refused."""
        issues = self.env["revisit.issue"].with_user(self.manager)
        category = self.records["revisit.issue"].category_id.name
        for name, text in (("state", "closed"), ("resolve_by", "2060-01-01 00:00:00")):
            with self.subTest(name=name):
                result = issues.load(
                    ["name", "category_id", name], [["Imported", category, text]]
                )
                self.assertFalse(result["ids"])
                self.assertIn("by the record's own steps", str(result["messages"]))
        self.assertFalse(issues.search([("name", "=", "Imported")]))

    def test_internal_context_keys_have_no_effect_from_outside(self):
        """L8: nobody takes the verification of their own work by a context key."""
        rulebook = self.env["revisit.rulebook"].create(
            {"name": "Own", "code": "own", "no_own_customer": True}
        )
        policy = self.make_policy(
            "manual", kind="verification", rulebook_id=rulebook.id
        )
        callback = self.make_callback(policy, responsible_id=self.agent.id)
        mine = callback.with_user(self.agent).with_context(revisit_planning=True)
        self.assertRefused(UserError, "verifies what you did", mine.action_take)
        self.assertFalse(callback.user_id)
