# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""B3: periodic policies reach every real customer, by the company's definition."""

from datetime import datetime

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import NOW, RevisitCommon
from .replay import RulebookReplay

DEFINITION = ("marked", "bought", "delivered", "repaired", "invoiced")


class CustomersMixin:
    """Contacts as they are made in Contacts: Odoo gives them no customer rank."""

    @classmethod
    def make_contact(cls, name="Contact", **values):
        contact = cls.make_customer(name, **values)
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE res_partner SET create_date = %s WHERE id = %s",
            [datetime(2026, 1, 15), contact.id],
        )
        contact.invalidate_recordset(["create_date"])
        return contact

    @classmethod
    def make_invoice(cls, partner, **values):
        return cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": NOW.date(),
                "invoice_line_ids": [
                    Command.create({"name": "Work", "price_unit": 10.0})
                ],
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestCustomers(CustomersMixin, RevisitCommon):
    """Who is a customer, and who never is."""

    def make_each(self):
        """Return one contact per way to become a customer."""
        each = {name: self.make_contact(name) for name in DEFINITION}
        each["marked"].is_marked_customer = True
        self.make_order(each["bought"])
        # a delivery address buys for its company
        self.make_delivery(
            self.make_customer("Door", parent_id=each["delivered"].id, type="delivery")
        )
        self.make_repair(each["repaired"])
        self.make_invoice(each["invoiced"]).action_post()
        # invoicing leaves Odoo's own mark, and the delivery came by an order
        each["invoiced"].customer_rank = 0
        self.env["sale.order"].search(
            [("partner_id", "child_of", each["delivered"].id)]
        ).state = "cancel"
        return each

    def set_definition(self, *names):
        self.company.write({f"revisit_customer_{n}": n in names for n in DEFINITION})

    def get_reached(self, contacts):
        """Return the names of those whom a periodic policy reaches, both ways."""
        policy = self.make_policy(
            "customer_created", recurrence="calendar", period_months=3
        )
        reached = []
        for through_orm in (False, True):
            with self.env.cr.savepoint() as savepoint:
                self.company.revisit_plan_through_orm = through_orm
                self.plan()
                planned = self.callbacks.search([("policy_id", "=", policy.id)])
                reached.append((planned.partner_id & contacts).mapped("name"))
                savepoint.rollback()
            self.env.invalidate_all()
        policy.unlink()
        self.assertEqual(sorted(reached[0]), sorted(reached[1]))
        return set(reached[0])

    def test_every_way_to_become_a_customer(self):
        """B3: marked, bought, delivered to, repaired or invoiced; each by itself."""
        each = self.make_each()
        contacts = self.env["res.partner"].union(*each.values())
        plain = self.make_contact("Plain")
        self.assertEqual(self.get_reached(contacts + plain), set(DEFINITION))
        self.assertEqual(
            contacts.filtered("is_callback_customer"), contacts, "computed alike"
        )
        self.assertFalse(plain.is_callback_customer)
        for name in DEFINITION:
            with self.subTest(definition=name):
                self.set_definition(name)
                self.assertEqual(self.get_reached(contacts + plain), {name})

    def test_every_mark(self):
        """B3: the tick, a tier, a status, an attribute, or Odoo's customer rank."""
        attribute = self.env["revisit.attribute"].create(
            {"name": "Use", "code": "use", "kind": "text"}
        )
        marked = (
            self.make_contact("Tick", is_marked_customer=True)
            + self.make_contact("Tier", callback_tier="potential")
            + self.make_contact("Rank", customer_rank=1)
            + self.make_contact(
                "Status",
                callback_status_ids=self.env.ref("revisit_management.status_vip").ids,
            )
            + self.make_contact(
                "Attribute",
                attribute_value_ids=[
                    Command.create({"attribute_id": attribute.id, "text": "home"})
                ],
            )
        )
        self.assertEqual(self.get_reached(marked), set(marked.mapped("name")))

    def test_what_is_not_finished_makes_no_customer(self):
        """B3: quotations, drafts and open repairs do not."""
        contacts = self.env["res.partner"].union(
            *(self.make_contact(name) for name in ("quoted", "draft", "repairing"))
        )
        quoted, draft, repairing = contacts
        self.make_order(quoted, confirmed=False)
        self.make_invoice(draft)
        self.make_repair(repairing, done=False)
        self.assertFalse(self.get_reached(contacts))

    def test_another_companys_customers(self):
        """B3, K3: who bought elsewhere is not our customer."""
        other = self.make_company()
        contact = self.make_contact()
        order = self.env["sale.order"].with_company(other)
        order.create(
            {"partner_id": contact.id, "company_id": other.id, "state": "sale"}
        )
        self.assertFalse(contact.is_callback_customer)
        self.assertTrue(contact.with_company(other).is_callback_customer)

    def test_our_own_people_are_left_out(self):
        """B3: dealers, colleagues and the companies themselves, whatever they buy."""
        mark = {"customer_rank": 1, "callback_tier": "key"}
        colleague = self.employee_user.partner_id
        employee = self.env["hr.employee"].create({"name": "Works Here"})
        own = self.make_company().partner_id + self.company.partner_id
        below = self.make_contact("Below", parent_id=self.dealer_a.id)
        ours = self.dealer_a + colleague + employee.work_contact_id + own + below
        ours.write(mark)
        stranger = self.make_contact("Stranger", **mark)
        self.assertEqual(self.get_reached(ours + stranger), {"Stranger"})
        for trigger in ("periodic", "sample"):
            trigger = self.env.ref(f"revisit_management.trigger_{trigger}")
            found = self.env["res.partner"].search(trigger._get_source_domain())
            self.assertFalse(found & ours)
            self.assertIn(stranger, found)
        employee.active = False
        self.assertTrue(employee.work_contact_id.is_callback_customer, "left us")

    def test_mere_vendors(self):
        """B3: who only sells to us is no contact to call; who buys, too, is one."""
        vendor = self.make_contact("Vendor", supplier_rank=1)
        both = self.make_contact("Both", supplier_rank=1)
        plain = self.make_contact("Plain")
        self.make_order(both)
        domain = self.env.ref("revisit_management.trigger_periodic")
        found = self.env["res.partner"].search(domain._get_source_domain())
        self.assertEqual((vendor + both + plain) & found, both + plain)
        self.assertEqual(
            (vendor + both + plain).filtered("is_callback_contact"), both + plain
        )

    def test_becoming_a_customer_later(self):
        """B3: an old contact is due as soon as they buy, and no longer when not."""
        policy = self.make_policy(
            "customer_created", recurrence="calendar", period_months=3
        )
        contact = self.make_contact()
        self.plan()
        self.assertFalse(self.get_planned(contact, policy))
        order = self.make_order(contact)
        self.plan()
        callback = self.get_planned(contact, policy)
        self.assertEqual((callback.state, callback.partner_id), ("planned", contact))
        order._action_cancel()
        self.plan()
        self.assertEqual(callback.cancel_reason, "source")

    def test_search_the_other_way_round(self):
        """B3: contacts who are no customers can be searched, too."""
        customer, plain = self.make_contact(callback_tier="low"), self.make_contact()
        domain = [("id", "in", (customer + plain).ids)]
        for value, expected in ((True, customer), (False, plain)):
            found = self.env["res.partner"].search(
                [*domain, ("is_callback_customer", "=", value)]
            )
            self.assertEqual(found, expected)

    def test_nobody_at_all_is_refused(self):
        """B3: a definition that no contact can meet."""
        self.assertRefused(ValidationError, "at least one", self.set_definition)

    def test_reading_costs_no_query_per_contact(self):
        """P: two queries for 2 contacts and for 22."""
        contacts = self.env["res.partner"].create(
            [{"name": f"C{number}"} for number in range(22)]
        )
        counts = []
        for some in (contacts[:2], contacts):
            self.env.invalidate_all()
            some.mapped("name")
            before = self.env.cr.sql_log_count
            some.mapped("is_callback_customer")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestProspects(CustomersMixin, RulebookReplay):
    """R prospects: contacts made in Contacts or CRM are reached."""

    code = "prospects"

    def test_contacts_without_a_customer_rank(self):
        """B3, R prospects: each class, and prospects a month after they came."""
        for tier, code in (
            ("key", "prospects_monthly"),
            ("high", "prospects_quarterly"),
            ("medium", "prospects_half_yearly"),
            ("low", "prospects_yearly"),
            ("potential", "prospects_agreed"),
        ):
            contact = self.make_contact(tier, callback_tier=tier)
            self.assertFalse(contact.customer_rank)
            self.plan()
            self.assertEqual(self.get_ours(contact).policy_id.code, code)
