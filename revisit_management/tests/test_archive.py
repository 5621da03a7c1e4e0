# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import NOW, ZONE, RevisitCommon, utc

TODAY = date(2026, 3, 10)


@tagged("post_install", "-at_install")
class ArchiveCase(RevisitCommon):
    """A company that asks for phone, street and each product's serial number."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rulebook = cls.env["revisit.rulebook"].create(
            {
                "name": "Archives",
                "code": "archives",
                "effective_from": "2026-01-01",
                "asks_archive": True,
                "archive_built_days": 0,
                "archive_reported_days": 1,
                "archive_field_ids": [
                    Command.create({"field_name": "phone"}),
                    Command.create({"field_name": "street"}),
                    Command.create(
                        {
                            "model_name": "revisit.archive.line",
                            "field_name": "serial_number",
                        }
                    ),
                ],
            }
        )
        cls.archives = cls.env["revisit.archive"]
        for user in cls.agent + cls.agent2:
            user.group_ids += cls.env.ref("base.group_partner_manager")

    @classmethod
    def file(cls, at=NOW, user=None, customer=None, **values):
        """Return a product that was filed at a moment."""
        customer = customer or cls.make_customer("Wang")
        with freeze_time(at):
            line = cls.env["revisit.archive.line"].create(
                {
                    "partner_id": customer.id,
                    "product_id": cls.product.id,
                    "sold_on": TODAY,
                    **values,
                }
            )
            line.sudo().write({"filed_at": at, "filed_by_id": (user or cls.agent).id})
        return line

    def get_archive(self, partner, company=None):
        return self.archives.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", (company or self.company).id),
            ]
        )


@tagged("post_install", "-at_install")
class TestArchive(ArchiveCase):
    """A3: completeness, accuracy and timeliness of customers' archives."""

    # ------------------------------------------------------------
    # COMPLETE
    # ------------------------------------------------------------

    def test_what_is_missing_is_counted_and_named(self):
        line = self.file()
        archive = self.get_archive(line.partner_id)
        self.assertEqual((archive.filled_count, archive.asked_count), (0, 3))
        self.assertFalse(archive.is_complete)
        self.assertEqual(
            archive.missing_text.splitlines(),
            ["Phone", "Street", "Fridge: Serial Number"],
        )
        line.partner_id.write({"phone": "13800138000", "street": "  "})
        self.assertEqual(archive.filled_count, 1, "blanks are no street")
        line.partner_id.street = "1 Long Road"
        line.serial_number = "A1"
        self.assertEqual((archive.completeness, archive.is_complete), (100, True))
        self.assertFalse(archive.missing_text)
        line.partner_id.street = False
        self.assertAlmostEqual(archive.completeness, 66.7)

    def test_each_product_is_asked_for(self):
        customer = self.make_customer(phone="13800138000", street="1 Long Road")
        first = self.file(customer=customer, serial_number="A1")
        second = self.file(customer=customer)
        archive = self.get_archive(customer)
        self.assertEqual((archive.filled_count, archive.asked_count), (3, 4))
        self.assertEqual(archive.missing_text, "Fridge: Serial Number")
        second.active = False
        self.assertTrue(archive.is_complete)
        self.assertEqual(archive.sale_count, 1)
        first.unlink()
        self.assertEqual(archive.asked_count, 2)

    def test_a_company_counts_the_products_of_its_people(self):
        company = self.make_customer("Works", is_company=True)
        person = self.make_customer("Li", parent_id=company.id)
        self.file(customer=person)
        self.assertFalse(self.get_archive(person))
        self.assertEqual(self.get_archive(company).asked_count, 3)

    def test_persons_and_companies_may_be_asked_different_things(self):
        street = self.rulebook.archive_field_ids[1]
        street.applies_to = "company"
        person = self.file(serial_number="A1").partner_id
        works = self.make_customer("Works", is_company=True)
        self.file(customer=works, serial_number="B1")
        self.archives._cron_recount()
        self.assertEqual(self.get_archive(person).asked_count, 2)
        self.assertEqual(self.get_archive(works).missing_text, "Phone\nStreet")

    def test_the_statement_counts_as_python_does(self):
        """Texts, numbers, links, lists: the same in both, for every kind of field."""
        names = (
            "phone",
            "comment",
            "callback_tier",
            "country_id",
            "birthday",
            "household_count",
            "category_id",
            "child_ids",
            "callback_hour_from",
        )
        self.rulebook.archive_field_ids = [
            Command.clear(),
            *(Command.create({"field_name": name}) for name in names),
        ]
        tag = self.env["res.partner.category"].create({"name": "T"})
        full = self.make_customer(
            phone="1",
            comment="<p>x</p>",
            callback_tier="key",
            country_id=self.env.ref("base.cn").id,
            birthday="1990-01-01",
            household_count=3,
            category_id=[Command.link(tag.id)],
            child_ids=[Command.create({"name": "Child"})],
        )
        empty = self.make_customer(callback_hour_from=0)
        for customer, filled in ((full, len(names)), (empty, 0)):
            self.file(customer=customer)
            archive = self.get_archive(customer)
            rows = self.rulebook.archive_field_ids
            self.assertEqual(archive.filled_count, filled)
            self.assertEqual(sum(row._is_filled(customer) for row in rows), filled)

    def test_what_several_rulebooks_ask_is_asked_once(self):
        other = self.rulebook.copy({"code": "other", "archive_reported_days": 5})
        other.archive_field_ids = [
            Command.create({"field_name": "phone"}),
            Command.create({"field_name": "email"}),
        ]
        line = self.file(serial_number="A1")
        archive = self.get_archive(line.partner_id)
        self.assertEqual(archive.missing_text, "Phone\nStreet\nEmail")
        self.assertEqual(line.report_until, date(2026, 3, 11), "the earlier counts")
        other.active = False
        self.archives._cron_recount()
        self.assertEqual(archive.asked_count, 3)

    def test_optional_fields_are_offered_and_not_counted(self):
        self.rulebook.archive_field_ids[1].is_required = False
        archive = self.get_archive(self.file().partner_id)
        self.assertEqual(archive.asked_count, 2)
        self.assertIn('name="street"', self.get_dialog())

    def test_a_field_that_is_gone_is_told_and_skipped(self):
        row = self.rulebook.archive_field_ids[0]
        # an app was removed, and its field with it
        self.env.cr.execute(
            "UPDATE revisit_archive_field SET field_name = 'x_gone' WHERE id = %s",
            [row.id],
        )
        row.invalidate_recordset()
        self.env.registry.clear_cache()
        self.assertIn("x_gone does not exist", row.problem)
        archive = self.get_archive(self.file().partner_id)
        self.assertEqual(archive.asked_count, 2)
        self.assertNotIn("x_gone", self.get_dialog())

    def test_fields_that_cannot_be_counted_are_refused(self):
        rows = self.env["revisit.archive.field"].with_user(self.manager)
        for name, text in (("no_such_field", "does not exist"), ("active", "counted")):
            with self.subTest(name), self.assertRaisesRegex(ValidationError, text):
                rows.create({"rulebook_id": self.rulebook.id, "field_name": name})

    def test_a_field_is_chosen_from_a_list(self):
        rows = self.env["revisit.archive.field"].with_user(self.manager)
        with Form(self.rulebook.with_user(self.manager)) as form:
            with form.archive_field_ids.new() as line:
                line.choice = "revisit.archive.line/place"
        row = self.rulebook.archive_field_ids[-1]
        self.assertEqual(
            (row.model_name, row.field_name), ("revisit.archive.line", "place")
        )
        self.assertIn("res.partner/phone", dict(rows._get_choices()))
        self.assertNotIn("res.partner/active", dict(rows._get_choices()))

    # ------------------------------------------------------------
    # THE DIALOG
    # ------------------------------------------------------------

    def get_dialog(self):
        view = self.env.ref("revisit_management.res_partner_view_form_fill")
        return self.env["res.partner"].get_view(view.id, "form")["arch"]

    def test_the_dialog_holds_what_is_asked_for(self):
        arch = etree.fromstring(self.get_dialog())
        names = [node.get("name") for node in arch.find(".//group[@name='asked']")]
        self.assertEqual(names, ["phone", "street"])
        customer = self.file().partner_id
        action = customer.with_user(self.agent).action_fill_archive()
        self.assertEqual((action["res_id"], action["target"]), (customer.id, "new"))
        self.rulebook.archive_field_ids[1].unlink()
        self.assertNotIn('name="street"', self.get_dialog())

    # ------------------------------------------------------------
    # ACCURATE
    # ------------------------------------------------------------

    def test_a_wrong_number_makes_the_archive_inaccurate(self):
        customer = self.file(
            customer=self.make_customer(phone="13800138000")
        ).partner_id
        archive = self.get_archive(customer)
        self.assertTrue(archive.is_accurate)
        callback = self.make_callback(partner_id=customer.id, user_id=self.agent.id)
        callback.with_user(self.agent).action_log_attempt("wrong_number")
        self.assertEqual((archive.is_accurate, archive.wrong_number_count), (False, 1))
        customer.phone = "13800138001"
        self.archives._cron_recount()
        self.assertFalse(archive.is_accurate, "it was wrong when it was filed")

    def test_a_correction_by_somebody_else_counts(self):
        customer = self.make_customer(phone="138 0013 8000", street="1 Long Road")
        self.file(customer=customer, user=self.agent2)
        archive = self.get_archive(customer)
        for user, vals, count in (
            (self.agent, {"phone": "+86 13800138000"}, 0),  # spelled in another way
            (self.agent, {"email": "wang@example.com"}, 0),  # was empty
            (self.agent2, {"street": "2 Long Road"}, 0),  # the filer's own
            (self.agent, {"street": "3 Long Road"}, 1),
        ):
            with self.subTest(vals):
                customer.with_user(user).write(vals)
                self.assertEqual(archive.correction_count, count)
        self.assertFalse(archive.is_accurate)

    def test_a_supervisor_says_that_it_was_right(self):
        customer = self.make_customer(street="1 Long Road")
        self.file(customer=customer, user=self.agent2)
        archive = self.get_archive(customer)
        customer.with_user(self.agent).street = "2 Long Road"
        with self.assertRaisesRegex(AccessError, "Only supervisors"):
            archive.with_user(self.agent).action_excuse()
        archive.with_user(self.supervisor).action_excuse()
        self.assertTrue(archive.is_accurate)
        self.assertEqual(archive.excused_by_id, self.supervisor)
        with self.assertRaisesRegex(UserError, "Nothing was found wrong"):
            archive.with_user(self.supervisor).action_excuse()
        self.archives._cron_recount()
        self.assertTrue(archive.is_accurate, "the decision stays")
        customer.with_user(self.agent).street = "3 Long Road"
        self.assertFalse(archive.is_accurate, "another fault is another matter")

    def test_nobody_excuses_their_own(self):
        customer = self.make_customer(street="1 Long Road")
        self.file(customer=customer, user=self.supervisor)
        customer.with_user(self.agent).street = "2 Long Road"
        with self.assertRaisesRegex(UserError, "yourself"):
            self.get_archive(customer).with_user(self.supervisor).action_excuse()

    # ------------------------------------------------------------
    # ON TIME
    # ------------------------------------------------------------

    def test_reported_after_its_day_is_late(self):
        """Sold on the 10th: built that day, reported by the 11th, in company days."""
        for moment, built_on, late in (
            (utc(ZONE, 2026, 3, 10, 23, 59), False, False),
            (utc(ZONE, 2026, 3, 11, 0, 0), False, True),  # built on the day it came
            (utc(ZONE, 2026, 3, 11, 23, 59), "2026-03-10", False),
            (utc(ZONE, 2026, 3, 12, 0, 0), "2026-03-10", True),
        ):
            with self.subTest(moment=moment, built_on=built_on):
                line = self.file(moment, built_on=built_on)
                self.assertEqual(
                    (line.build_until, line.report_until),
                    (TODAY, date(2026, 3, 11)),
                )
                self.assertEqual(line.is_filed_late, late)
                self.assertEqual(self.get_archive(line.partner_id).late_count, late)

    def test_no_limit_and_older_sales_are_not_late(self):
        self.rulebook.archive_built_days = False
        self.rulebook.archive_reported_days = False
        line = self.file(utc(ZONE, 2026, 3, 30))
        self.assertFalse(line.is_filed_late or line.report_until)
        self.rulebook.archive_reported_days = 0
        self.archives._cron_recount()
        self.assertTrue(line.is_filed_late, "the rule is for every sale since it began")
        self.rulebook.effective_from = "2026-03-11"
        self.archives._cron_recount()
        self.assertFalse(line.is_filed_late, "sold before the rulebook began")

    def test_pick_up_of_who_has_bought_nothing(self):
        """001.17: on the day on which a repaired product is picked up."""
        customer = self.make_customer("Zhao")
        with freeze_time(NOW):
            self.make_repair(customer)
        self.archives._cron_recount()
        archive = self.get_archive(customer)
        self.assertEqual(archive.event_on, TODAY)
        self.assertEqual(archive.sale_count, 0)
        created = archive.reported_on
        self.assertEqual(archive.is_filed_late, created > TODAY)

    def test_built_after_it_was_reported_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "was built by then"):
            self.file(built_on="2026-03-11")

    def test_only_supervisors_say_that_it_was_built_before(self):
        line = self.file()
        with self.assertRaises(AccessError):
            line.with_user(self.agent).built_on = "2026-03-01"
        line.with_user(self.supervisor).built_on = "2026-03-01"

    def test_limits_out_of_order_are_refused(self):
        for values, text in (
            ({"archive_built_days": 2}, "before it is built"),
            ({"archive_reported_days": 367}, "from 0 to 366"),
            ({"archive_built_days": -1}, "from 0 to 366"),
        ):
            with self.subTest(values), self.assertRaisesRegex(ValidationError, text):
                with self.env.cr.savepoint():
                    self.rulebook.write(values)

    # ------------------------------------------------------------
    # WHOSE, AND HOW MUCH IT COSTS
    # ------------------------------------------------------------

    def test_it_counts_for_the_filer_and_the_dealer(self):
        employee = self.make_employee(self.agent2)
        customer = self.make_customer(dealer_id=self.dealer_a.id)
        self.file(customer=customer, user=self.agent2, dealer_id=self.dealer_a.id)
        self.file(customer=customer, user=self.agent)
        archive = self.get_archive(customer)
        self.assertEqual(archive.filed_by_id, self.agent2)
        self.assertEqual(archive.filed_employee_id, employee)
        self.assertEqual(archive.dealer_id, self.dealer_a)

    def test_who_is_no_customer_has_no_archive(self):
        stranger = self.make_customer("Stranger")
        line = self.file()
        self.archives._cron_recount()
        self.assertFalse(self.get_archive(stranger))
        archive = self.get_archive(line.partner_id)
        line.active = False
        self.archives._cron_recount()
        self.assertFalse(archive.exists())
        self.make_order(stranger)
        self.archives._cron_recount()
        self.assertEqual(self.get_archive(stranger).asked_count, 2)

    def test_no_rulebook_asks(self):
        line = self.file(utc(ZONE, 2026, 3, 30))
        self.assertTrue(line.is_filed_late)
        self.rulebook.asks_archive = False
        self.archives._cron_recount()
        self.assertFalse(self.get_archive(line.partner_id))
        self.assertFalse(line.is_filed_late or line.report_until)

    def test_companies_are_counted_apart(self):
        """K3: what one company asks does not concern another."""
        other = self.make_company()
        customer = self.file().partner_id
        self.make_archive_line(customer, company_id=other.id)
        self.assertFalse(self.get_archive(customer, other))
        rulebook = self.rulebook.copy({"code": "other", "company_id": other.id})
        rulebook.archive_field_ids = [Command.create({"field_name": "email"})]
        self.archives._cron_recount()
        self.assertEqual(self.get_archive(customer, other).asked_count, 1)
        self.assertEqual(self.get_archive(customer).asked_count, 3)

    def test_cost_does_not_grow_with_the_customers(self):
        def count(number):
            for _customer in range(number):
                self.file()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.archives._cron_recount()
            return self.env.cr.sql_log_count - before

        self.assertLessEqual(count(20), count(2) + 3)

    def test_lists_and_filters_find_them(self):
        line = self.file()
        customers = self.env["res.partner"].with_user(self.supervisor)
        found = customers.search(
            [("archive_ids", "any", [("is_complete", "=", False)])]
        )
        self.assertIn(line.partner_id, found)
        mine = line.partner_id.with_user(self.agent)
        self.assertEqual(mine.archive_completeness, 0)
        self.assertIn("Phone", mine.archive_missing)
        self.assertTrue(mine.is_archive_accurate)

    def test_nobody_writes_an_archive(self):
        archive = self.get_archive(self.file().partner_id)
        for user in (self.agent, self.supervisor, self.manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                archive.with_user(user).is_complete = True
        for user in (self.portal_a, self.portal_customer, self.employee_user):
            with self.subTest(user.login), self.assertRaises(AccessError):
                archive.with_user(user).read(["completeness"])

    # ------------------------------------------------------------
    # RULEBOOKS
    # ------------------------------------------------------------

    def test_shipped_rulebooks(self):
        """001.17, 002.2: on the day of sale; the fields are marked as ours."""
        dealer = self.install_rulebook("dealer_csi")
        self.assertTrue(dealer.asks_archive)
        self.assertEqual(
            (dealer.archive_built_days, dealer.archive_reported_days), (0, 0)
        )
        enterprise = self.install_rulebook("enterprise")
        self.assertTrue(enterprise.asks_archive)
        self.assertIs(enterprise.archive_built_days, False)
        for rulebook in (dealer, enterprise):
            self.assertTrue(rulebook.archive_field_ids)
            for row in rulebook.archive_field_ids:
                self.assertFalse(row.problem)
                self.assertEqual(row.our_reading, "Technical Name")

    def test_usual_fields_are_added_once(self):
        rulebook = self.env["revisit.rulebook"].create(
            {"name": "New", "code": "new", "asks_archive": True}
        )
        rulebook.with_user(self.manager).action_add_usual_fields()
        count = len(rulebook.archive_field_ids)
        rulebook.with_user(self.manager).action_add_usual_fields()
        self.assertEqual((count, len(rulebook.archive_field_ids)), (5, 5))
