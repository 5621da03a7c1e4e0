# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import NOW, RevisitCommon

# the day of the tests' clock, on the company's calendar
TODAY = date(2026, 3, 10)


class SettledCase(RevisitCommon):
    """Products and occasions that were known in time, unless a test says otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fitter, cls.colleague = cls.env["hr.employee"].create(
            [{"name": "Fitter"}, {"name": "Colleague"}]
        )

    def make_known(self, records, moment):
        """Let records be known since a moment, and with them what was changed."""
        self.env.flush_all()
        for table, column, key in (
            (records._table, "create_date", "id"),
            ("revisit_trace", "at", "res_id"),
        ):
            self.env.cr.execute(
                f"UPDATE {table} SET {column} = %s WHERE {key} IN %s",
                [moment, records._ids],
            )
        self.env.invalidate_all()
        return records

    def make_installed(self, days, **values):
        """File a product that was installed so many days ago, and known that day."""
        day = TODAY - timedelta(days=days)
        line = self.make_archive_line(
            installed_on=day, installed_by_id=self.fitter.id, **values
        )
        return self.make_known(line, NOW - timedelta(days=days))

    def make_occasion(self, days, **values):
        """Write down something that happened so many days ago, and known that day."""
        moment = NOW - timedelta(days=days)
        occasion = self.env["revisit.occasion"].create(
            {
                "partner_id": self.customer.id,
                "kind": "account_opened",
                "occurs_at": moment,
                **values,
            }
        )
        return self.make_known(occasion, moment)

    def plan_one(self, record, policy):
        self.plan()
        return self.get_planned(record, policy)

    def assertAgentRefused(self, record, values):
        self.assertRefused(
            AccessError,
            "Only supervisors change what it rests on",
            record.with_user(self.agent).write,
            values,
        )


@tagged("post_install", "-at_install")
class TestSettledFacts(SettledCase):
    """B1: a callback cannot be rescued, or removed, through what it is about."""

    def test_agent_cannot_change_what_an_opened_callback_rests_on(self):
        """B1: date, customer, dealer, technician and existence of the product."""
        policy = self.make_policy("installed", delay_min=1, delay_max=9)
        line = self.make_installed(3)
        self.assertTrue(self.plan_one(line, policy))
        other = self.make_customer("Other")
        for values in (
            {"installed_on": TODAY},
            {"installed_on": False},
            {"active": False},
            {"partner_id": other.id},
            {"installed_by_id": self.colleague.id},
            {"installed_by_id": False},
            {"product_id": self.service.id},
        ):
            with self.subTest(values):
                self.assertAgentRefused(line, values)
                # a supervisor may
                with self.env.cr.savepoint() as savepoint:
                    line.with_user(self.supervisor).write(values)
                    savepoint.rollback()
                self.env.invalidate_all()
        editor = self.make_user(
            "revisit_editor",
            "revisit_management.group_agent,base.group_partner_manager",
        )
        self.assertRefused(
            AccessError,
            "Only supervisors",
            self.customer.with_user(editor).write,
            {"archive_line_ids": [(1, line.id, {"installed_on": TODAY})]},
        )
        # what no callback rests on, and what stays as it is
        line.with_user(self.agent).write(
            {"place": "Kitchen", "first_use_on": TODAY, "installed_on": "2026-03-07"}
        )

    def test_condition_of_the_policy_counts_too(self):
        """B1: an agent cannot let a callback vanish through the policy's condition."""
        policy = self.make_policy(
            "first_use",
            delay_min=1,
            delay_max=9,
            domain="[('installed_on', '=', False), ('quantity', '>', 1)]",
        )
        line = self.make_archive_line(
            first_use_on=TODAY - timedelta(days=3), quantity=2, sold_on="2026-03-01"
        )
        self.make_known(line, NOW - timedelta(days=3))
        self.assertTrue(self.plan_one(line, policy))
        self.assertAgentRefused(line, {"quantity": 1})
        self.assertAgentRefused(line, {"installed_on": TODAY})
        line.with_user(self.agent).sold_on = "2026-03-02"

    def test_before_the_window_opens_agents_correct_and_leave_a_trace(self):
        """B1: the trace says who; whom answers judge stays who was entered first."""
        policy = self.make_policy("installed", delay_min=5, delay_max=9)
        line = self.make_installed(3)
        callback = self.plan_one(line, policy)
        self.assertEqual(callback.subjects["technician"][1], self.fitter.id)
        line.with_user(self.agent).installed_by_id = self.colleague
        self.plan()
        self.assertEqual(callback.subjects["technician"][1], self.fitter.id)
        trace = line.sudo().trace_ids
        self.assertEqual(
            (trace.field_name, trace.old_text, trace.new_text, trace.user_id),
            ("installed_by_id", "Fitter", "Colleague", self.agent),
        )
        line.with_user(self.agent).active = False
        self.plan()
        self.assertEqual(callback.cancel_reason, "source")
        # what the document took back binds nobody
        with self.at(NOW + timedelta(days=7)):
            line.with_user(self.agent).installed_by_id = self.fitter

    def test_occasions_are_settled_likewise(self):
        """B1: kind, moment, customer and existence of an occasion."""
        policy = self.make_policy("account_opened", delay_min=1, delay_max=9)
        occasion = self.make_occasion(3)
        self.assertTrue(self.plan_one(occasion, policy))
        for values in (
            {"occurs_at": NOW},
            {"active": False},
            {"kind": "other"},
            {"partner_id": self.make_customer("Other").id},
            {"user_id": self.agent.id},
        ):
            with self.subTest(values):
                self.assertAgentRefused(occasion, values)
        occasion.with_user(self.agent).note = "Asked twice"
        self.make_deletable()
        self.assertRefused(
            AccessError, "Only supervisors", occasion.with_user(self.agent).unlink
        )
        occasion.with_user(self.supervisor).occurs_at = NOW - timedelta(days=2)
        self.assertIn("occurs_at", occasion.trace_ids.mapped("field_name"))

    def make_deletable(self):
        """Let a company give its agents the right to delete occasions."""
        self.env["ir.model.access"].create(
            {
                "name": "agents delete",
                "model_id": self.env["ir.model"]._get("revisit.occasion").id,
                "group_id": self.env.ref("revisit_management.group_agent").id,
                "perm_unlink": True,
                "perm_read": True,
            }
        )

    def test_what_was_missed_stays_missed(self):
        """B1, B8: both planners leave it as it was; a refusal still counts."""
        policies = self.make_policy("installed", delay_min=1, delay_max=2)
        policies += self.make_policy("account_opened", delay_min=1, delay_max=2)
        records = [self.make_installed(9) for _number in range(4)]
        records += [self.make_occasion(9) for _number in range(2)]
        refusing = self.make_customer("Refusing")
        refused = self.make_installed(9, partner=refusing)
        self.plan()
        callbacks = self.callbacks.search([("policy_id", "in", policies.ids)])
        self.assertEqual(len(callbacks), 7)
        names = ("event_at", "window_start", "window_end", "partner_id", "subjects")
        before = callbacks.read([*names, "state"])
        date_moved, gone, moved_customer, deleted, occasion, no_occasion = records
        date_moved.installed_on = TODAY
        date_moved.installed_by_id = self.colleague
        gone.active = no_occasion.active = False
        moved_customer.partner_id = self.make_customer("Other")
        deleted.unlink()
        occasion.occurs_at = NOW
        for through_orm in (False, True):
            self.company.revisit_plan_through_orm = through_orm
            counts = self.plan()
            self.assertFalse(counts["updated"] or counts["cancelled"], through_orm)
        self.assertEqual(callbacks.read([*names, "state"]), before)
        refusing.write({"do_not_contact": True, "do_not_contact_reason": "asked"})
        self.plan()
        self.assertEqual(
            callbacks.filtered(lambda c: c.state == "cancelled"),
            self.get_planned(refused),
        )

    def test_orders_still_take_their_callbacks_with_them(self):
        """B1: a cancelled order cancels its untouched callback at any time."""
        policy = self.make_policy(delay_min=1, delay_max=2)
        order = self.make_order(date=NOW - timedelta(days=9))
        callback = self.plan_one(order, policy)
        self.assertFalse(callback.is_late_handover)
        order._action_cancel()
        self.plan()
        self.assertEqual(callback.state, "cancelled")


@tagged("post_install", "-at_install")
class TestKnownTooLate(SettledCase):
    """B2: nobody is late for what nobody could know."""

    def get_flags(self, callback):
        return callback.is_late_handover, callback.is_known_too_late

    def assertFlags(self, record, policy, expected):
        """Assert the two flags, whichever planner plans."""
        for through_orm in (False, True):
            self.company.revisit_plan_through_orm = through_orm
            with self.env.cr.savepoint() as savepoint:
                callback = self.plan_one(record, policy)
                self.assertEqual(self.get_flags(callback), expected, through_orm)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_filed_when_the_window_was_open_or_over(self):
        """B2: a sale is known since it was filed."""
        policy = self.make_policy("sold", delay_min=1, delay_max=4)
        for days, expected in (
            (0, (False, False)),
            (1, (True, False)),
            (20, (True, True)),
        ):
            with self.subTest(days=days):
                line = self.make_archive_line(sold_on=TODAY - timedelta(days=days))
                self.make_known(line, NOW)
                self.assertFlags(line, policy, expected)

    def test_known_on_the_day_itself_is_in_time(self):
        """B2: also where the window opens with the event."""
        policy = self.make_policy("sold", delay_min=0, delay_max=3)
        line = self.make_known(self.make_archive_line(sold_on=TODAY), NOW)
        self.assertFlags(line, policy, (False, False))
        hours = self.make_policy(
            "account_opened", delay_min=0, delay_max=2, delay_unit="hour"
        )
        occasion = self.make_occasion(0, occurs_at=NOW - timedelta(hours=1))
        self.make_known(occasion, NOW)
        self.assertFlags(occasion, hours, (False, False))
        gone = self.make_occasion(0, occurs_at=NOW - timedelta(hours=3))
        self.make_known(gone, NOW)
        self.assertFlags(gone, hours, (True, True))

    def test_date_that_is_added_later_is_known_only_then(self):
        """B2: an old product whose installation is told weeks later."""
        policy = self.make_policy("installed", delay_min=1, delay_max=4)
        line = self.make_known(self.make_archive_line(), NOW - timedelta(days=40))
        line.with_user(self.agent).installed_on = TODAY - timedelta(days=20)
        self.assertFlags(line, policy, (True, True))

    def test_moved_into_the_past(self):
        """B2: and a mistake that a supervisor corrects becomes a usual callback."""
        policy = self.make_policy("sold", delay_min=2, delay_max=4)
        for through_orm in (False, True):
            self.company.revisit_plan_through_orm = through_orm
            line = self.make_known(self.make_archive_line(sold_on=TODAY), NOW)
            callback = self.plan_one(line, policy)
            self.assertEqual(self.get_flags(callback), (False, False))
            line.with_user(self.agent).sold_on = TODAY - timedelta(days=20)
            self.plan()
            self.assertEqual(self.get_flags(callback), (True, True))
            self.assertLess(callback.window_end, NOW)
            self.assertAgentRefused(line, {"sold_on": TODAY})
            line.with_user(self.supervisor).sold_on = TODAY
            self.plan()
            self.assertEqual(self.get_flags(callback), (False, False))
            self.assertGreater(callback.window_start, NOW)

    def test_revived_after_its_window(self):
        """B2: an archived product that comes back is known from then on."""
        policy = self.make_policy("sold", delay_min=2, delay_max=4)
        for through_orm in (False, True):
            self.company.revisit_plan_through_orm = through_orm
            line = self.make_known(self.make_archive_line(sold_on=TODAY), NOW)
            callback = self.plan_one(line, policy)
            line.with_user(self.agent).active = False
            self.plan()
            self.assertEqual(callback.state, "cancelled")
            with self.at(NOW + timedelta(days=9)):
                line.with_user(self.agent).active = True
                self.plan()
            self.assertEqual(callback.state, "planned")
            self.assertEqual(self.get_flags(callback), (True, True))

    def test_only_the_planner_says_so(self):
        """K1: nobody excuses a callback by hand."""
        callback = self.make_callback(user_id=self.agent.id)
        self.assertRefused(
            AccessError,
            "not by hand",
            callback.with_user(self.manager).write,
            {"is_known_too_late": True},
        )


@tagged("post_install", "-at_install")
class TestOldSales(SettledCase):
    """B2: agents file what was sold lately."""

    def file(self, user, day, **values):
        return (
            self.env["revisit.archive.line"]
            .with_user(user)
            .create(
                {
                    "partner_id": self.customer.id,
                    "product_id": self.product.id,
                    "sold_on": day,
                    **values,
                }
            )
        )

    def test_agents_file_a_month_back(self):
        """B2: older sales are filed by supervisors and managers."""
        edge = TODAY - timedelta(days=31)
        older = edge - timedelta(days=1)
        line = self.file(self.agent, edge)
        self.assertRefused(
            UserError, "only supervisors file older", self.file, self.agent, older
        )
        self.assertRefused(
            UserError,
            "only supervisors file older",
            line.with_user(self.agent).write,
            {"sold_on": older},
        )
        self.file(self.agent, False)
        old = self.file(self.supervisor, older, serial_number="1")
        self.file(self.manager, older, serial_number="2")
        # what is old already can be kept up to date
        old.with_user(self.agent).write({"sold_on": older, "place": "Kitchen"})

    def test_deliveries_of_old_orders_are_filed(self):
        """B2: whoever validates them."""
        picking = self.make_delivery(done=False)
        picking.sale_id.date_order = NOW - timedelta(days=60)
        picking.move_ids.write({"quantity": 1, "picked": True})
        stock = self.make_user(
            "revisit_stock", "stock.group_stock_user,revisit_management.group_agent"
        )
        picking.with_user(stock).button_validate()
        line = self.env["revisit.archive.line"].search(
            [("move_id", "in", picking.move_ids.ids)]
        )
        self.assertEqual(line.sold_on, TODAY - timedelta(days=60))
