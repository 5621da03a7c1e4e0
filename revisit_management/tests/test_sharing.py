# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64

import psycopg2

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import cells, ink
from .common import RevisitCommon, draw_signature

# read by every company and written by none of their managers
SHARED = {
    "revisit.contact.role",
    "revisit.customer.status",
    "revisit.metric",
    "revisit.trigger",
    "revisit.trigger.subject",
}
# the system's own rows: no user reads them, or administrators count them
TECHNICAL = {"revisit.claim", "revisit.pending.outcome", "revisit.public.hit"}
# fields that are computed with the system's rights, and that dealers may read
TOLD_TO_DEALERS = {
    # of the dealer's own callback, and of the conversation: one level, one dealer
    "revisit.callback": {
        "about_text",
        "arrival_delay",
        "attempt_count",
        "call_between",
        "can_send_questionnaire",
        "commercial_partner_id",
        "contact_body",
        "contact_closing",
        "contact_duration",
        "contact_opening",
        "contact_questions",
        "contact_state",
        "deadline",
        "email_masked",
        "follower_count",
        "has_no_phone",
        "is_mandatory",
        "is_on_time",
        "is_returned",
        "is_unanswered",
        "last_day",
        "more_reasons",
        "phone_hint",
        "phone_masked",
        "return_rate",
        "script_body",
        "script_closing",
        "script_duration",
        "script_opening",
        "survey_id",
        # their own tries and answers decide it
        "unmade_reason",
    },
    "revisit.attempt": {"company_id"},
    # of what the dealer has sold
    "revisit.archive.line": {"serial_number", "warranty_until"},
    # of the dealer's own published score
    "revisit.score.adjustment": {"assessment_id", "company_id"},
    "revisit.score.line": {"assessment_id", "company_id", "subject_name"},
}
# no table: it reads one line of a score, which the reader must be able to read
BY_RECORD = {"revisit.score.record"}


@tagged("post_install", "-at_install")
class TestSharing(RevisitCommon):
    """K1, K3: what belongs to a company, to everybody, or to one person."""

    def test_dealers_learn_nothing_that_is_computed_with_more_rights(self):
        """L1: neither who of headquarters is on the customer, nor how often they were.

        A new field of this kind is either for agents only, or is added to the list.
        """
        found = {}
        for name in self.get_models(is_transient=False):
            model = self.env[name].with_user(self.portal_a)
            if not model.has_access("read"):
                continue
            for field in model._fields.values():
                is_derived = (field.compute or field.related) and field.compute_sudo
                is_ours = any(module.startswith("revisit") for module in field._modules)
                if is_derived and is_ours and model._has_field_access(field, "read"):
                    found.setdefault(name, set()).add(field.name)
        self.assertIn("revisit.callback", found)
        for name, names in found.items():
            with self.subTest(model=name):
                self.assertLessEqual(names, TOLD_TO_DEALERS.get(name, set()))

    def test_who_is_on_the_customer_is_for_agents(self):
        """L1: a dealer would learn that headquarters is calling their customer."""
        policy = self.make_policy("manual", level="dealer")
        own = self.make_callback(
            policy=policy, dealer_id=self.dealer_a.id, user_id=self.portal_a.id
        )
        self.env["revisit.claim"].with_user(self.agent)._take(self.customer)
        names = ["busy_user_id", "decision", "decision_text"]
        theirs = own.with_user(self.portal_a)
        for name in names:
            with self.assertRaises(AccessError):
                theirs.read([name])
        self.assertTrue(theirs.read(["phone_masked"]))
        row = own.with_user(self.manager).read(names)[0]
        self.assertEqual(row["busy_user_id"][0], self.agent.id)

    def get_models(self, is_transient):
        return sorted(
            name
            for name, model in self.env.registry.items()
            if name.startswith("revisit.")
            and not model._abstract
            and bool(model._transient) == is_transient
        )

    def test_every_model_keeps_to_its_company_or_is_shared(self):
        """K3: a rule names the company, or no manager writes."""
        rules = self.env["ir.rule"].search([])
        for name in self.get_models(is_transient=False):
            with self.subTest(model=name):
                forces = rules.filtered(lambda rule, n=name: rule.model_id.model == n)
                has_rule = any("company" in (f.domain_force or "") for f in forces)
                open_for = {
                    operation
                    for operation in ("read", "write", "create", "unlink")
                    if self.env[name].with_user(self.manager).has_access(operation)
                }
                if name in SHARED:
                    self.assertEqual(open_for, {"read"})
                elif name in TECHNICAL:
                    self.assertEqual(open_for, set())
                elif name in BY_RECORD:
                    self.assertEqual(open_for, {"read"})
                else:
                    self.assertTrue(has_rule)

    def test_script_of_all_companies_is_read_only(self):
        """K3: one company's manager does not change what another one reads out."""
        shared = self.env["revisit.script"].create(
            {"name": "Shared", "company_id": False}
        )
        theirs = shared.with_user(self.manager)
        self.assertEqual(theirs.name, "Shared")
        self.assertRaises(AccessError, theirs.write, {"name": "Mine"})
        self.assertRaises(AccessError, theirs.unlink)
        values = {"name": "New", "company_id": False}
        scripts = self.env["revisit.script"].with_user(self.manager)
        self.assertRaises(AccessError, scripts.create, values)
        own = scripts.create({"name": "Own"})
        own.name = "Changed"
        admin = self.make_user("revisit_admin", "base.group_system")
        admin.group_ids += self.env.ref("revisit_management.group_manager")
        shared.with_user(admin).name = "Changed by the administrator"

    def test_unlockings_are_read_with_their_record(self):
        """K3: a supervisor of another unit, or a company's manager, reads none."""
        callback = self.make_done()
        callback.with_user(self.supervisor).action_review()
        callback.with_user(self.manager).action_unlock("Mistyped")
        log = self.env["revisit.unlock"].search([], limit=1)
        self.assertEqual(log.company_id, self.company)
        other = self.make_user("revisit_other", "revisit_management.group_supervisor")
        self.make_team("Elsewhere", manager=other)
        abroad = self.make_company()
        foreign = self.make_user(
            "revisit_abroad",
            "revisit_management.group_manager",
            company_id=abroad.id,
            company_ids=[Command.set(abroad.ids)],
        )
        for user, is_open in (
            (self.manager, True),
            (self.supervisor, True),
            (other, False),
            (foreign, False),
        ):
            with self.subTest(user=user.login):
                theirs = log.with_user(user)
                self.assertEqual(theirs.search([]) == log, is_open)
                self.assertEqual(theirs.has_access("read"), is_open)

    def test_every_dialog_is_its_creators(self):
        """K3: one rule for all dialogs, also those that are yet to come."""
        for name in self.get_models(is_transient=True):
            with self.subTest(model=name):
                for mode in ("read", "write", "unlink"):
                    rule = self.env["ir.rule"].with_user(self.manager)
                    domain = rule._compute_domain(name, mode)
                    self.assertIn(
                        ("create_uid", "in", [self.manager.id]),
                        [
                            (c.field_expr, c.operator, list(c.value))
                            for c in domain.iter_conditions()
                            if c.field_expr == "create_uid"
                        ],
                    )

    def test_open_dialogs_are_nobody_elses(self):
        """K3: neither read nor changed, whoever else has the group."""
        callback = self.make_callback(user_id=self.agent.id)
        rulebook = self.install_rulebook("repair_shop")
        second = self.make_user("revisit_second", "revisit_management.group_manager")
        policy = callback.policy_id
        for name, owner, values in (
            ("revisit.callback.finish", self.agent, {"callback_id": callback.id}),
            ("revisit.callback.gathering", self.agent, {"name": "Symposium"}),
            (
                "revisit.reason",
                self.manager,
                {"callback_id": callback.id, "reason": "x"},
            ),
            (
                "revisit.callback.unlock",
                self.manager,
                {"callback_id": callback.id, "reason": "x"},
            ),
            ("revisit.callback.review", self.manager, {"callback_id": callback.id}),
            (
                "revisit.callback.correct",
                self.manager,
                {"callback_id": callback.id, "reason": "x"},
            ),
            ("revisit.plan.past", self.manager, {"policy_ids": policy.ids}),
            ("revisit.rulebook.install", self.manager, {"rulebook_id": rulebook.id}),
            ("revisit.rulebook.upload", self.manager, {"file": "UEs="}),
            (
                "revisit.why",
                self.manager,
                {"res_model": "res.partner", "res_id": self.customer.id},
            ),
        ):
            wizard = self.env[name].with_user(owner).create(values)
            self.assertTrue(wizard.search([("id", "=", wizard.id)]))
            for user in (self.agent2, second):
                with self.subTest(model=name, user=user.login):
                    theirs = wizard.with_user(user)
                    self.assertRaises(AccessError, theirs.read, ["create_uid"])
                    self.assertRaises(AccessError, theirs.write, dict(values))
                    self.assertRaises(AccessError, theirs.unlink)
                    if theirs.has_access("create"):
                        self.assertFalse(theirs.search([("id", "=", wizard.id)]))


@tagged("post_install", "-at_install")
class TestNames(RevisitCommon):
    """K1, L1: the name of what one may not read is not shown."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secret = cls.make_customer("Wu Qiang")
        cls.foreign = cls.make_callback(partner_id=cls.secret.id, user_id=cls.agent2.id)
        cls.own = cls.make_callback(user_id=cls.agent.id)

    def test_nothing_is_linked_with_what_one_may_not_read(self):
        """K1: neither given, nor as a default, nor on the way."""
        env = self.env(user=self.agent)
        finish = env["revisit.callback.finish"]
        values = {"callback_id": self.foreign.id}
        self.assertRaises(AccessError, finish.create, values)
        with_default = finish.with_context(default_callback_id=self.foreign.id)
        self.assertNotIn("callback_id", with_default.default_get(["callback_id"]))
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            with_default.create({})
        spec = {"callback_id": {"fields": {"display_name": {}}}, "line_ids": {}}
        self.assertRaises(AccessError, finish.onchange, values, ["callback_id"], spec)
        issue = {
            "name": "It rattles",
            "partner_id": self.customer.id,
            "category_id": self.make_category().id,
        }
        self.assertRaises(AccessError, env["revisit.issue"].create, {**issue, **values})
        own = env["revisit.issue"].create({**issue, "callback_id": self.own.id})
        self.assertRaises(AccessError, own.write, values)
        self.assertEqual(own.callback_id, self.own)

    def test_name_of_a_callback_that_was_passed_on(self):
        """K1: in forms, lists, groups and exports its number stands for it."""
        env = self.env(user=self.agent)
        issue = env["revisit.issue"].create(
            {
                "name": "It rattles",
                "partner_id": self.customer.id,
                "category_id": self.make_category().id,
                "callback_id": self.own.id,
            }
        )
        self.assertIn(
            self.customer.name, issue.read(["callback_id"])[0]["callback_id"][1]
        )
        self.own.with_user(self.supervisor).user_id = self.agent2
        self.env.flush_all()
        env.invalidate_all()
        hidden = f"Callback {self.own.id}"
        self.assertTrue(issue.has_access("read"))
        self.assertEqual(issue.read(["callback_id"])[0]["callback_id"][1], hidden)
        shown = issue.web_read({"callback_id": {"fields": {"display_name": {}}}})
        self.assertEqual(shown[0]["callback_id"]["display_name"], hidden)
        [group] = issue.formatted_read_group(
            [("id", "=", issue.id)], ["callback_id"], ["__count"]
        )
        self.assertEqual(group["callback_id"][1], hidden)
        self.env.ref("base.group_allow_export").user_ids += self.agent
        self.assertRaises(AccessError, issue.export_data, ["callback_id"])
        own = issue.with_user(self.agent2)
        self.assertIn(self.customer.name, own.sudo().callback_id.display_name)

    def test_readers_see_names(self):
        """K1: whoever may read a callback reads its name, and so does the system."""
        for user in (self.agent2, self.supervisor, self.manager):
            name = self.foreign.with_user(user).display_name
            self.assertIn("Wu Qiang", name)
        self.assertIn("Wu Qiang", self.foreign.display_name)

    def test_every_name_can_be_searched(self):
        """K3: also where the name is not stored."""
        for name, model in sorted(self.env.registry.items()):
            if name.startswith("revisit.") and not model._abstract:
                with self.subTest(model=name):
                    found = self.env[name].name_search("x", limit=1)
                    self.assertIsInstance(found, list)


@tagged("post_install", "-at_install")
class TestMinor(RevisitCommon):
    """Smaller doors: files, recordings, dealers."""

    def test_products_are_given_to_their_customers_dealer(self):
        """H1, L1: an agent shows no customer to another dealer."""
        self.customer.dealer_id = self.dealer_a
        lines = self.env["revisit.archive.line"].with_user(self.agent)
        values = {"partner_id": self.customer.id, "product_id": self.product.id}
        line = lines.create({**values, "dealer_id": self.dealer_a.id})
        self.assertRefused(
            AccessError, "would see", line.write, {"dealer_id": self.dealer_b.id}
        )
        self.assertRefused(
            AccessError,
            "would see",
            lines.create,
            {**values, "dealer_id": self.dealer_b.id},
        )
        theirs = self.make_customer(dealer_id=self.dealer_b.id)
        self.assertRefused(
            AccessError, "would see", line.write, {"partner_id": theirs.id}
        )
        line.with_user(self.supervisor).dealer_id = self.dealer_b
        line.with_user(self.supervisor).partner_id = theirs

    def test_tasks_are_moved_to_what_one_may_change_only(self):
        """An agent's own task on a colleague's callback would show its name."""
        mine = self.make_callback(user_id=self.agent.id)
        other = self.make_callback(team_id=False)
        self.assertFalse(other.with_user(self.agent).has_access("write"))
        task = mine.with_user(self.agent).activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.agent.id
        )
        with self.assertRaises(AccessError):
            task.write({"res_id": other.id})
        own = self.make_callback(user_id=self.agent.id)
        task.write({"res_id": own.id})
        self.assertEqual(task.res_id, own.id)

    def test_recordings_are_restricted(self):
        """K2: whoever calls leaves a recording; managers listen."""
        callback = self.make_callback(user_id=self.agent.id)
        callback.with_user(self.agent).action_log_attempt("busy", recording="QUJD")
        attempt = callback.attempt_ids
        self.assertEqual(attempt.with_user(self.manager).recording, b"QUJD")
        for user in (self.agent, self.supervisor):
            theirs = attempt.with_user(user)
            with self.subTest(user=user.login):
                self.assertRaises(AccessError, theirs.read, ["recording"])
                self.assertRaises(AccessError, theirs.write, {"recording": "QUJD"})

    def test_dealers_get_no_comments_of_staff(self):
        """L1: a dealer who follows a callback reads and receives none."""
        callback = self.make_callback(level="dealer", dealer_id=self.dealer_a.id)
        theirs = callback.with_user(self.portal_a)
        callback.message_subscribe(self.portal_a.partner_id.ids)
        message = callback.with_user(self.manager).message_post(
            body="This dealer is slow",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertTrue(message.is_internal)
        self.assertNotIn(self.portal_a.partner_id, message.notified_partner_ids)
        found = (
            self.env["mail.message"]
            .with_user(self.portal_a)
            .search([("model", "=", "revisit.callback"), ("res_id", "=", theirs.id)])
        )
        self.assertNotIn(message.id, found.ids)

    def test_cells_are_no_formulas(self):
        """K3: a spreadsheet shows them, and the way there and back changes nothing."""
        for text in ("=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-x", "\t=1", "'=1"):
            written = cells.write_cell(text)
            with self.subTest(text=text):
                self.assertTrue(written.startswith("'"))
                self.assertEqual(cells.read_cell(written), text)
        for text in ("-1.5", "plain", "it's", "'quoted'", ""):
            self.assertEqual(cells.read_cell(cells.write_cell(text)), text)

    def test_ink(self):
        """C4: what is drawn is a signature, and nothing else is."""
        self.assertTrue(ink.is_signature(base64.b64decode(draw_signature())))
        for wrong in (
            b"",
            b"GIF89a",
            base64.b64decode(draw_signature(())),
            base64.b64decode(draw_signature(((50, 50), (51, 50)))),
        ):
            with self.subTest(wrong=wrong[:20]):
                self.assertFalse(ink.is_signature(wrong))
