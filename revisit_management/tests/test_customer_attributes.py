# Part of Revisit. See LICENSE file for full copyright and licensing details.
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import RevisitCommon


@tagged("post_install", "-at_install")
class TestCustomerAttributes(RevisitCommon):
    """A1: what rulebooks declare about customers, and policies select by."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.attributes = cls.env["revisit.attribute"]
        cls.kv = cls.attributes.create(
            {"name": "Supply", "code": "kv", "kind": "number", "unit": "kV"}
        )
        cls.usage = cls.attributes.create(
            {
                "name": "Usage",
                "code": "usage",
                "kind": "choice",
                "choice_ids": [
                    Command.create({"name": "Home", "code": "home"}),
                    Command.create({"name": "Works", "code": "works"}),
                ],
            }
        )

    @classmethod
    def set_value(cls, attribute, partner=None, **values):
        return cls.env["revisit.attribute.value"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "attribute_id": attribute.id,
                **values,
            }
        )

    def test_values_have_a_text(self):
        """A1: the text is what samples draw per."""
        home = self.usage.choice_ids[0]
        values = {
            "10.5": self.set_value(self.kv, number=10.5),
            "home": self.set_value(self.usage, choice_id=home.id),
        }
        for text, value in values.items():
            self.assertEqual(value.text, text)
        values["10.5"].number = 110
        self.assertEqual(values["10.5"].text, "110")

    def test_faulty_values_are_refused(self):
        """A1: one value per attribute, of the attribute's own choices."""
        self.set_value(self.kv, number=10)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.set_value(self.kv, number=20)
        self.assertRefused(
            ValidationError, "choose a value of Usage", self.set_value, self.usage
        )
        self.assertRefused(
            ValidationError, "so its kind stays", self.kv.write, {"kind": "text"}
        )

    def test_policies_select_by_attribute_and_status(self):
        """A1, B2: in the extra condition, with the rights of a manager."""
        vip = self.env.ref("revisit_management.status_vip")
        other = self.make_customer("Other")
        self.set_value(self.kv, number=35)
        self.set_value(self.kv, other, number=34)
        other.callback_status_ids = vip
        domains = {
            self.customer: "[('partner_id.attribute_value_ids', 'any',"
            " [('code', '=', 'kv'), ('number', '>=', 35)])]",
            other: "[('partner_id.callback_status_ids.code', 'in', ['vip'])]",
        }
        for partner, domain in domains.items():
            policy = self.make_policy("repair_done", domain=domain)
            policy.with_user(self.manager)._check_domain()
            repairs = self.make_repair(self.customer) + self.make_repair(other)
            self.plan()
            self.assertEqual(self.get_planned(repairs, policy).partner_id, partner)

    def test_paths_end_in_an_attribute(self):
        """A1, B4: both planners read the same value, of the policy's company."""
        self.set_value(self.usage, choice_id=self.usage.choice_ids[1].id)
        foreign = self.make_company()
        theirs = self.attributes.create(
            {"name": "Usage", "code": "usage", "company_id": foreign.id}
        )
        self.set_value(theirs, text="elsewhere")
        repair, path = self.make_repair(), "partner_id.attribute:usage"
        policy = self.make_policy("repair_done")
        self.assertEqual(self.planner._follow(repair, path), "works")
        self.assertEqual(
            self.planner._follow(self.customer, "attribute:usage"), "works"
        )
        query = self.env["repair.order"]._search([("id", "=", repair.id)])
        column = self.env["revisit.planner.set"]._path_sql(policy, query, path)
        self.assertEqual(self.env.execute_query(query.select(column)), [("works",)])
        trigger = policy.trigger_id
        Repair = self.env["repair.order"]
        for wrong in ("partner_id.attribute:none", "attribute:usage"):
            self.assertIn(
                "no customer attribute",
                trigger._get_path_error(Repair, wrong, ("char",)),
            )
        self.assertFalse(trigger._get_path_error(Repair, path, ("char",)))
        self.assertTrue(trigger._get_path_error(Repair, path, ("date",)))

    def test_sql_of_a_missing_value(self):
        """A1: NULL, not an error."""
        value = self.attributes._get_value_sql(
            SQL("%s", self.customer.id), "usage", self.company
        )
        self.assertEqual(self.env.execute_query(SQL("SELECT %s", value)), [(None,)])

    def test_estates(self):
        """A1: only an estate has residents."""
        estate = self.make_customer("Estate", is_company=True)
        self.assertRefused(
            ValidationError,
            "not marked as an estate",
            self.customer.write,
            {"estate_id": estate.id},
        )
        estate.write({"is_estate": True, "household_count": 12})
        self.customer.estate_id = estate
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            estate.household_count = -1
            self.env.flush_all()

    def test_other_companies_values_are_hidden(self):
        """K3: attributes belong to the company that declared them."""
        foreign = self.make_company()
        theirs = self.attributes.create(
            {"name": "Theirs", "code": "theirs", "company_id": foreign.id}
        )
        value = self.set_value(theirs, text="secret")
        self.assertRaises(AccessError, value.with_user(self.agent).read, ["text"])
        ours = self.set_value(self.kv, number=1)
        self.assertEqual(
            self.customer.with_user(self.agent).attribute_value_ids.sudo(), ours
        )


@tagged("post_install", "-at_install")
class TestUnits(RevisitCommon):
    """A4: units choose their channel, and must be staffed as the rulebook says."""

    def test_a_unit_chooses_where_the_policy_allows(self):
        """A4: or is told that it may not."""
        policy = self.make_policy()
        line = {"team_id": self.team.id, "channel": "visit"}
        policy.channel_ids = [Command.create(line)]
        self.assertRefused(
            ValidationError,
            "may not choose another channel",
            policy.write,
            {"units_may_choose": False},
        )
        strict = self.make_policy(units_may_choose=False)
        strict.channel_ids = [Command.create({"channel": "visit"})]
        self.assertRefused(
            ValidationError,
            "may not choose another channel",
            strict.write,
            {"channel_ids": [Command.create(line)]},
        )
        other = self.make_team("Theirs", company_id=self.make_company().id)
        self.assertRefused(
            ValidationError,
            "belongs to another company",
            policy.write,
            {"channel_ids": [Command.create({**line, "team_id": other.id})]},
        )

    def test_units_that_break_the_rule_are_listed(self):
        """A4: a service centre above the volume, a clerk everywhere."""
        rulebook = self.env["revisit.rulebook"].create(
            {"name": "Network", "code": "network", "has_unit_rule": True}
        )
        clerk = {"clerk_id": self.agent.id}
        offices = {
            "bare": {},
            "part": {**clerk, "clerk_time": "part"},
            "centre": {**clerk, "clerk_time": "full", "has_service_centre": True},
            "half": {**clerk, "clerk_time": "part", "has_service_centre": True},
            "large": {**clerk, "clerk_time": "full", "sales_volume": 1001},
            "edge": {**clerk, "clerk_time": "part", "sales_volume": 1000},
        }
        for name, values in offices.items():
            offices[name] = self.make_team(name, kind="office", **values)

        def get_breaking():
            found = self.env["revisit.team"].search([("unit_breach", "!=", False)])
            self.env.invalidate_all()
            return set(found.mapped("name"))

        self.assertEqual(get_breaking(), {"bare", "half"}, "no volume is set")
        rulebook.centre_volume = 1000
        self.assertEqual(get_breaking(), {"bare", "half", "large"})
        sound = self.env["revisit.team"].search([("unit_breach", "=", False)])
        self.assertIn(offices["edge"], sound)
        self.assertIn(self.team, sound, "the rule is for offices")
        self.assertIn("full-time clerk", offices["half"].unit_breach)
        rulebook.has_unit_rule = False
        self.assertEqual(get_breaking(), set())
