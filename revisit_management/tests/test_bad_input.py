# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64
import struct
import zlib
from datetime import timedelta

from lxml import etree

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL

from .common import NOW, RevisitCommon


@tagged("post_install", "-at_install")
class TestWhatGoesWrong(RevisitCommon):
    """What people and other apps break: told clearly, and nothing is lost.

    An app that goes away from behind its trigger: tests/test_foreign_app.py.
    """

    # ------------------------------------------------------------
    # DEFINITIONS
    # ------------------------------------------------------------

    def test_trigger_with_a_broken_path_or_condition(self):
        """B1: it pauses with a message; the other policies plan."""
        sound = self.make_policy()
        order = self.make_order(date=NOW - timedelta(days=1))
        for name, value, text in (
            ("clock_path", "date_gone", "has no field date_gone"),
            ("partner_path", "customer_gone_id", "has no field customer_gone_id"),
            ("domain", "[('state_gone', '=', 'sale')]", "cannot be searched"),
            ("domain", "[('state', '=', ", "write it as a list"),
        ):
            with self.subTest(value=value):
                trigger = sound.trigger_id.copy({"code": f"{name} {value}"})
                policy = self.make_policy(trigger)
                self.assertRefused(ValidationError, text, trigger.write, {name: value})
                # as after an upgrade that renames the field
                self.env.cr.execute(
                    SQL(
                        "UPDATE revisit_trigger SET %s = %s WHERE id = %s",
                        SQL.identifier(name),
                        value,
                        trigger.id,
                    )
                )
                trigger.invalidate_recordset()
                self.plan()
                self.assertIn(text, policy.trigger_broken)
                self.assertFalse(self.get_planned(order, policy))
                self.assertEqual(len(self.get_planned(order, sound)), 1)
                self.assertIn(
                    policy.name, self.env["revisit.run"].search([], limit=1).message
                )
                self.assertRefused(
                    UserError, text, policy.generate, NOW - timedelta(days=2), NOW
                )

    def test_script_that_a_policy_reads_stays(self):
        """B2, C2: a script in use is archived, and its callbacks keep it."""
        script = self.env["revisit.script"].create({"name": "Words", "opening": "Hi"})
        policy = self.make_policy(script_id=script.id)
        self.assertRefused(UserError, "Archive it", script.unlink)
        script.active = False
        order = self.make_order(date=NOW - timedelta(days=1))
        self.plan()
        callback = self.get_planned(order, policy)
        self.assertEqual(callback.script_id, script)
        self.assertEqual(callback.script_opening, "Hi")
        policy.script_id = False
        self.assertRefused(UserError, "Archive it", script.unlink)
        callback.script_id = False
        script.unlink()
        self.assertFalse(script.exists())

    def test_templates_that_are_gone(self):
        """B2: a policy without its templates still plans its callbacks."""
        model = {"model_id": self.env["ir.model"]._get_id("res.partner")}
        mail = self.env["mail.template"].create({"name": "Mail", **model})
        sms = self.env["sms.template"].create(
            {"name": "SMS", "body": "Thank you", **model}
        )
        policy = self.make_policy(mail_template_id=mail.id, sms_template_id=sms.id)
        order = self.make_order(date=NOW - timedelta(days=1))
        mail.unlink()
        sms.unlink()
        self.plan()
        self.assertFalse(policy.mail_template_id or policy.sms_template_id)
        self.assertEqual(len(self.get_planned(order, policy)), 1)

    def test_plan_approved_twice(self):
        """B9: the second approval is told, and changes nothing."""
        self.make_callback()
        plan = self.env["revisit.plan"].create(
            {
                "team_id": self.team.id,
                "date_from": "2026-03-01",
                "date_to": "2026-03-31",
            }
        )
        plan.action_fill()
        plan.action_submit()
        plan.with_user(self.supervisor).action_approve()
        self.assertRefused(
            UserError,
            "has been approved already",
            plan.with_user(self.manager).action_approve,
        )
        self.assertEqual(plan.approved_by_id, self.supervisor)

    # ------------------------------------------------------------
    # SOURCES AND PEOPLE
    # ------------------------------------------------------------

    def test_document_without_a_customer(self):
        """B6: listed with what to do, and planned once the customer is there."""
        policy = self.make_policy("repair_done")
        repair = self.make_repair(
            partner=self.env["res.partner"], date=NOW - timedelta(days=1)
        )
        self.plan()
        self.assertFalse(self.get_planned(repair, policy))
        skip = self.env["revisit.planning.skip"].search(
            [("policy_id", "=", policy.id), ("source_id", "=", repair.id)]
        )
        self.assertEqual(skip.reason, "no_customer")
        self.assertIn("Fill in the customer", skip.reason_text)
        repair.partner_id = self.customer
        self.plan()
        self.assertEqual(len(self.get_planned(repair, policy)), 1)
        self.assertFalse(skip.exists())

    def test_no_duplicate_that_cannot_be_saved(self):
        """A second rulebook of one code, or plan of one day, is refused anyway."""
        for model in ("revisit.rulebook", "revisit.plan"):
            for view_type in ("list", "form"):
                with self.subTest(model=model, view_type=view_type):
                    arch = self.env[model].get_view(view_type=view_type)["arch"]
                    self.assertEqual(etree.fromstring(arch).get("duplicate"), "0")

    def test_customer_without_a_phone(self):
        """B6, C2: planned all the same; form, list and filter show the hint."""
        policy = self.make_policy()
        company = self.make_customer("Firm", is_company=True, phone="0755 1234567")
        person = self.make_customer("Person", parent_id=company.id)
        silent = self.make_customer("Silent")
        orders = [
            self.make_order(partner=partner, date=NOW - timedelta(days=1))
            for partner in (silent, person)
        ]
        self.plan()
        without, through_firm = (self.get_planned(o, policy) for o in orders)
        self.assertTrue(without.has_no_phone)
        self.assertFalse(through_firm.has_no_phone, "the company's number will do")
        letter = without.copy({"channel": "letter", "occasion": "letter"})
        self.assertFalse(letter.has_no_phone, "a letter needs no number")
        both = without + through_firm + letter
        for domain, found in (
            ([("has_no_phone", "=", True)], without),
            ([("has_no_phone", "!=", True)], through_firm + letter),
            ([("has_no_phone", "=", False)], through_firm + letter),
        ):
            with self.subTest(domain=domain):
                domain = [*domain, ("id", "in", both.ids)]
                self.assertEqual(self.callbacks.search(domain), found)
        self.assertEqual(without.phone_hint, "No phone number")
        view = self.callbacks.get_view(view_type="search")
        [chosen] = etree.fromstring(view["arch"]).xpath("//filter[@name='no_phone']")
        self.assertIn("has_no_phone", chosen.get("domain"))
        for view_type, name in (("list", "phone_hint"), ("form", "has_no_phone")):
            view = self.callbacks.with_user(self.agent).get_view(view_type=view_type)
            shown = etree.fromstring(view["arch"]).xpath(f"//field[@name='{name}']")
            self.assertTrue(shown)
        without.user_id = self.agent
        self.assertRefused(
            UserError,
            "Ask for it where the customer bought",
            without.with_user(self.agent).action_reveal_phone,
        )
        silent.phone = "电话见备注"
        self.assertTrue(without.has_no_phone, "a remark is no number")
        self.assertEqual(without.phone_hint, "No phone number")
        found = self.callbacks.search([("has_no_phone", "=", True)])
        self.assertIn(without, found)
        person.phone = "see note"
        self.assertFalse(through_firm.has_no_phone)
        self.assertNotIn(through_firm, found)
        for number in ("138 0000 0000", "１３８００００００００", "٠١٢٣٤٥٦٧٨٩"):
            silent.phone = number
            self.assertFalse(without.has_no_phone)
            found = self.callbacks.search([("has_no_phone", "=", True)])
            self.assertNotIn(without, found, "a digit of any script is one")
        self.assertFalse(without.phone_hint)

    def test_agent_who_has_left(self):
        """B10: open work returns to the unit, made work stays theirs."""
        policy = self.make_policy(
            team_id=self.team.id, assignment="agent", agent_id=self.agent.id
        )
        open_one = self.make_callback(policy, user_id=self.agent.id)
        made = self.make_done(policy=policy)
        self.agent.active = False
        self.assertFalse(open_one.user_id)
        self.assertEqual((open_one.state, open_one.team_id), ("planned", self.team))
        self.assertEqual((made.made_by_id, made.resp_user_id), (self.agent, self.agent))
        order = self.make_order(date=NOW - timedelta(days=1))
        self.plan()
        callback = self.get_planned(order, policy)
        self.assertEqual((callback.state, callback.team_id), ("planned", self.team))
        self.assertFalse(callback.user_id, "nobody gets the work of who has left")

    def test_deleted_document(self):
        """B8: the callback is cancelled, readable, and never comes back."""
        policy = self.make_policy()
        order = self.make_order(confirmed=False, date=NOW - timedelta(days=1))
        order.state = "sale"
        name = order.name
        self.plan()
        callback = self.get_planned(order, policy)
        self.assertEqual(callback.state, "planned")
        order.state = "cancel"
        order.unlink()
        self.plan()
        self.assertEqual(
            (callback.state, callback.cancel_reason), ("cancelled", "source")
        )
        self.assertEqual(callback.source_name, name)
        self.assertIn(self.customer.name, callback.display_name)
        with Form(callback) as form:
            self.assertEqual(form.source_name, name)
        for _run in range(2):
            self.plan()
            self.planner._plan_company(self.company, sweep=True)
            self.assertEqual(callback.state, "cancelled")
        self.assertRefused(
            UserError, "The document is gone", callback.action_open_source
        )

    def test_merged_customers(self):
        """DESIGN 2.6: planning after a merge neither loses nor repeats a callback."""
        policy = self.make_policy()
        twin = self.make_customer("Twin")
        orders = self.make_order(
            partner=twin, date=NOW - timedelta(days=1)
        ) + self.make_order(partner=self.customer, date=NOW - timedelta(days=1))
        self.plan()
        before = self.get_planned(orders, policy)
        self.assertEqual(len(before), 2)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((twin + self.customer).ids, self.customer)
        self.env.invalidate_all()
        self.plan()
        self.assertEqual(self.get_planned(orders, policy), before)
        self.assertEqual(before.partner_id, self.customer)
        self.assertEqual(set(before.mapped("is_open")), {True})

    def test_import_with_wrong_columns(self):
        """B10: the message names the columns and what a file may hold."""
        callbacks = self.callbacks.with_user(self.manager)
        result = callbacks.with_context(import_file=True).load(
            ["policy_id", "partner", "state"], [["after_sale", "Customer", "done"]]
        )
        self.assertFalse(result["ids"])
        [message] = result["messages"]
        self.assertIn("State, partner: no such column", message["message"])
        self.assertIn("Policy, Event, Customer, Made", message["message"])

    # ------------------------------------------------------------
    # RULEBOOKS
    # ------------------------------------------------------------

    def test_rulebooks_that_contradict_each_other(self):
        """B0: the dialog and the rulebook list what overlaps; nothing is blocked."""
        appliance = self.install_rulebook("appliance")
        self.assertFalse(appliance.overlap_text)
        dealer_csi = self.env["revisit.rulebook"]._get_for_company("dealer_csi")
        dialog = self.env["revisit.rulebook.install"].create(
            {"rulebook_id": dealer_csi.id}
        )
        line = (
            "Order Confirmed: After a sale: headquarters, days 4 to 7 (Days 4 to 7"
            " after) and After a purchase: days 1 to 3 (Days 1 to 3 after) of"
            " Appliance Maker"
        )
        self.assertIn(line, dialog.overlap_text.splitlines())
        dealer_level = "After a sale: dealer, days 0 to 3"
        self.assertNotIn(dealer_level, dialog.overlap_text, "another level")
        announced = dialog.overlap_text
        dialog.action_install()
        self.env.invalidate_all()
        self.assertEqual(
            set(dealer_csi.overlap_text.splitlines()), set(announced.splitlines())
        )
        self.assertIn("of Dealer Customer Satisfaction", appliance.overlap_text)
        order = self.make_order(date=NOW - timedelta(days=1))
        dealer_csi.effective_from = False
        dealer_csi.policy_ids.active_from = NOW - timedelta(days=30)
        self.plan()
        self.assertGreater(len(self.get_planned(order)), 1, "both plan")
        # archived, given another channel or level, it overlaps no more
        policy = dealer_csi.policy_ids.filtered(lambda p: p.code == "csi_sale_hq")
        for values in ({"channel": "letter"}, {"level": "region"}, {"active": False}):
            with self.subTest(values=values):
                before = {name: policy[name] for name in values}
                policy.write(values)
                self.env.invalidate_all()
                self.assertNotIn(line, (dealer_csi.overlap_text or "").splitlines())
                policy.write(before)
        self.env.invalidate_all()
        policy.channel = "meeting"
        self.env.invalidate_all()
        self.assertIn(line, dealer_csi.overlap_text.splitlines(), "still a talk")

    def test_overlap_with_a_policy_of_no_rulebook(self):
        """B0: a company's own policies are compared, too."""
        appliance = self.install_rulebook("appliance")
        own = self.make_policy(name="Our own", delay_min=1, delay_max=3)
        self.env.invalidate_all()
        self.assertIn("and Our own (Days 1 to 3 after)", appliance.overlap_text)
        own.active = False
        self.env.invalidate_all()
        self.assertFalse(appliance.overlap_text)

    def test_picture_that_is_huge_when_opened_is_refused(self):
        """K7: a small file of 60,000 by 60,000 points is no signature."""
        size = struct.pack(">IIBBBBB", 60000, 60000, 1, 0, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n"
        for kind, data in ((b"IHDR", size), (b"IDAT", zlib.compress(b"\0" * 99))):
            bomb += struct.pack(">I", len(data)) + kind + data
            bomb += struct.pack(">I", zlib.crc32(kind + data))
        callback = self.make_callback(user_id=self.agent.id, channel="visit")
        with self.assertRaises(UserError):
            callback.with_user(self.agent).write(
                {"signature": base64.b64encode(bomb).decode()}
            )
        with self.assertRaises(UserError):
            callback.with_user(self.agent).action_log_attempt(
                "reached", recording=base64.b64encode(bomb).decode()
            )

    def test_arguments_by_name_in_any_order(self):
        """K7: a program names its arguments as it likes."""
        policies = self.env["revisit.attribute"].with_user(self.manager)
        rows = [["Rank", "rank"]]
        told = policies.load(data=rows, fields=["name", "code"])
        self.assertFalse(told["messages"])
        self.assertTrue(told["ids"])

    def test_path_of_a_sample_that_leads_nowhere(self):
        """K7: a sentence, not an error of the server."""
        for path in ("zzz", "partner_id.zzz", "x;y", "__class__"):
            with self.subTest(path=path), self.assertRaises(ValidationError):
                self.make_policy(
                    "order_confirmed",
                    recurrence="sample",
                    sample_stratum_path=path,
                    period_months=1,
                ).with_user(self.manager).write({"sample_stratum_path": path})
