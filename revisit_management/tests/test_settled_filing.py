# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import NOW, ZONE, utc
from .test_archive import TODAY, ArchiveCase


@tagged("post_install", "-at_install")
class TestSettledFiling(ArchiveCase):
    """A3, B1: whether a sale was filed in time is a fact once it is filed."""

    def assertFilingRefused(self, line, user, values):
        self.assertRefused(
            AccessError,
            "was filed in time is settled",
            line.with_user(user).write,
            values,
        )

    def test_a_late_filing_stays_late(self):
        """A3, B1: its filer takes nothing away, by no field, on no day."""
        line = self.file(customer=self.make_customer(), sold_on="2026-03-06")
        self.assertTrue(line.is_filed_late)
        line.env.flush_all()
        tries = (
            {"sold_on": "2026-03-10"},
            {"sold_on": False},
            {"active": False},
        )
        for day in (NOW, utc(ZONE, 2026, 3, 12, 9, 0)):
            for values in tries:
                with self.subTest(values, day=day), self.at(day):
                    self.assertFilingRefused(line, self.agent, values)
        self.assertTrue(line.is_filed_late and line.active)
        self.assertEqual(line.sold_on, date(2026, 3, 6))

    def test_a_punctual_filing_is_not_made_late(self):
        """A3, B1: nor taken away, by a colleague or by who has filed it."""
        self.rulebook.archive_built_days = False
        line = self.file(sold_on="2026-03-10")
        for user, values in (
            (self.agent2, {"sold_on": "2026-03-05"}),
            (self.agent2, {"sold_on": "2026-03-09"}),
            (self.agent2, {"active": False}),
            (self.agent, {"sold_on": "2026-03-05"}),
        ):
            with self.subTest(values, user=user.login):
                self.assertFilingRefused(line, user, values)
        line.with_user(self.agent).sold_on = "2026-03-09"
        self.assertFalse(line.is_filed_late, "a slip that makes no difference")
        self.assertIn("sold_on", line.trace_ids.mapped("field_name"))
        line.with_user(self.agent2).place = "Kitchen"
        with self.at(utc(ZONE, 2026, 3, 11, 9, 0)):
            self.assertFilingRefused(line, self.agent, {"sold_on": "2026-03-10"})
            self.assertFilingRefused(line, self.agent, {"active": False})
            line.with_user(self.agent).write({"sold_on": "2026-03-09", "place": "Hall"})

    def test_supervisors_decide_about_the_filing_of_others(self):
        """A3, B1: with a trace; not about their own, nor their dealer's."""
        line = self.file(sold_on="2026-03-06")
        line.with_user(self.supervisor).sold_on = TODAY
        self.assertFalse(line.is_filed_late)
        trace = line.sudo().trace_ids.filtered(lambda t: t.field_name == "sold_on")
        self.assertEqual(trace[:1].user_id, self.supervisor)
        own = self.file(user=self.supervisor, sold_on="2026-03-06", serial_number="2")
        self.assertFilingRefused(own, self.supervisor, {"sold_on": TODAY})
        self.supervisor.partner_id.parent_id = self.dealer_a
        theirs = self.file(
            sold_on="2026-03-06", serial_number="3", dealer_id=self.dealer_a.id
        )
        self.assertFilingRefused(theirs, self.supervisor, {"sold_on": TODAY})
        self.assertFilingRefused(theirs, self.supervisor, {"dealer_id": False})

    def test_who_filed_late_does_not_delete_it(self):
        """A3, B1: a manager deletes what others have filed."""
        own = self.file(user=self.manager, sold_on="2026-03-06")
        self.assertRefused(
            AccessError, "is settled", own.with_user(self.manager).unlink
        )
        other = self.file(sold_on="2026-03-06", serial_number="2")
        other.with_user(self.manager).unlink()

    def test_archived_products_stay_in_the_figures_of_filing(self):
        """A3: they are not asked for any more, and were filed late all the same."""
        customer = self.make_customer(dealer_id=self.dealer_a.id)
        late = self.file(customer=customer, sold_on="2026-03-06")
        self.file(customer=customer, serial_number="B")
        archive = self.get_archive(customer)
        self.assertEqual((archive.late_count, archive.sale_count), (1, 2))
        late.with_user(self.supervisor).active = False
        self.assertTrue(late.is_filed_late)
        self.assertEqual((archive.late_count, archive.sale_count), (1, 1))
        self.assertTrue(archive.is_filed_late)

    def test_nothing_is_sold_tomorrow(self):
        """A2, A3: by hand, by a supervisor or in a file; the company's day counts."""
        lines = self.env["revisit.archive.line"].with_user(self.supervisor)
        values = {"partner_id": self.customer.id, "product_id": self.product.id}
        for day in ("2026-03-11", "2030-05-01"):
            with self.subTest(day):
                self.assertRefused(
                    ValidationError,
                    "still to come",
                    lines.create,
                    {**values, "sold_on": day},
                )
                loaded = lines.load(
                    ["partner_id/.id", "product_id/.id", "sold_on"],
                    [[str(self.customer.id), str(self.product.id), day]],
                )
                self.assertFalse(loaded["ids"])
        line = lines.create({**values, "sold_on": TODAY, "installed_on": "2026-03-20"})
        self.assertRefused(
            ValidationError, "still to come", line.write, {"sold_on": "2026-03-12"}
        )

    def test_an_order_of_tomorrow_is_delivered_today(self):
        """A2: what is delivered is sold, whatever the order says."""
        picking = self.make_delivery(done=False)
        picking.sale_id.date_order = "2026-03-20 08:00:00"
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.button_validate()
        line = self.env["revisit.archive.line"].search(
            [("move_id", "in", picking.move_ids.ids)]
        )
        self.assertEqual(line.sold_on, TODAY)
