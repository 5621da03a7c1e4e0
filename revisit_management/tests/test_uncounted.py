# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import NOW, RevisitCommon

WHY = "The house was sold"
LATER = NOW + timedelta(days=5)


@tagged("post_install", "-at_install")
class TestUncounted(RevisitCommon):
    """G1, K1: nothing leaves the scores unseen: by whom, when and why is listed."""

    def get_row(self, record, user=None):
        """Return the row of a callback or issue, as a user finds it."""
        self.env.flush_all()
        self.env.invalidate_all()
        name = "issue_id" if record._name == "revisit.issue" else "callback_id"
        rows = self.env["revisit.uncounted"].with_user(user or self.manager)
        row = rows.search([(name, "=", record.id)])
        self.assertLessEqual(len(row), 1, "each record is listed once")
        return row

    def assertLeft(self, record, kind, user, reason, at=NOW):
        row = self.get_row(record)
        self.assertEqual(row.kind, kind)
        self.assertEqual(row.left_by_id, user)
        self.assertEqual(row.left_at, at)
        self.assertIn(reason or "", row.reason or "")
        self.assertEqual(bool(row.reason), bool(reason))
        return row

    # ------------------------------------------------------------
    # CALLBACKS
    # ------------------------------------------------------------

    def test_what_counts_is_not_listed(self):
        """G1: open, made and reviewed callbacks, issues that are settled."""
        made = self.make_done()
        made.with_user(self.supervisor).action_review_passed()
        for record in (self.make_callback(), made, self.make_issue()):
            self.assertFalse(self.get_row(record))

    def test_cancelled_by_a_person(self):
        """G1: in time, and late; it goes when the callback is reopened."""
        callback = self.make_callback(user_id=self.agent.id)
        callback.with_user(self.supervisor).action_cancel(WHY)
        row = self.assertLeft(callback, "cancelled", self.supervisor, WHY)
        self.assertFalse(row.was_late)
        self.assertEqual(row.counted_at, callback.window_end)
        self.assertEqual(row.partner_id, self.customer)
        self.assertEqual(row.policy_id, callback.policy_id)
        self.assertEqual(row.team_id, self.team)
        callback.with_user(self.supervisor).action_reopen()
        self.assertFalse(self.get_row(callback))
        self.assertFalse(callback.left_at or callback.left_by_id)
        with self.at(LATER):
            callback.with_user(self.manager).action_cancel(WHY)
        row = self.assertLeft(callback, "cancelled", self.manager, WHY, LATER)
        self.assertTrue(row.was_late)

    def test_silent_context_hides_nothing(self):
        """K1: no context key keeps a cancellation off the list."""
        callback = self.make_callback()
        silent = callback.with_user(self.supervisor).with_context(
            tracking_disable=True, mail_notrack=True, default_left_at=LATER
        )
        silent.action_cancel(WHY)
        self.assertLeft(callback, "cancelled", self.supervisor, WHY)

    def test_known_too_late(self):
        """B2: reopened when no time is left, and known too late from the start."""
        callback = self.make_callback()
        callback.with_user(self.supervisor).action_cancel("Moved")
        with self.at(LATER):
            callback.with_user(self.supervisor).action_reopen(WHY)
        self.assertLeft(callback, "too_late", self.supervisor, WHY, LATER)
        planned = self.make_callback(is_known_too_late=True, is_late_handover=True)
        row = self.get_row(planned)
        self.assertEqual(row.kind, "too_late")
        self.assertEqual(row.left_at, planned.create_date)
        self.assertEqual(row.left_by_id, planned.create_uid)

    def test_late_handover(self):
        """B2: it still counts, and is told apart."""
        callback = self.make_callback(is_late_handover=True)
        self.assertEqual(self.get_row(callback).kind, "handover")

    def test_the_document_no_longer_asks(self):
        """B8: cancelled by the planner, and back with the document."""
        policy = self.make_policy()
        order = self.make_order(date=NOW - timedelta(days=1))
        self.plan()
        callback = self.get_planned(order, policy)
        order._action_cancel()
        self.plan()
        self.assertLeft(callback, "document", self.env.user, False)
        order.action_draft()
        order.action_confirm()
        order.date_order = NOW - timedelta(days=1)
        self.plan()
        self.assertEqual(callback.state, "planned")
        self.assertFalse(self.get_row(callback))

    def test_customers_who_want_no_contact(self):
        """C10: what was begun, and what the planner takes out of the queues."""
        policy = self.make_policy()
        order = self.make_order(date=NOW - timedelta(days=1))
        self.plan()
        planned = self.get_planned(order, policy)
        begun = self.make_callback(user_id=self.agent.id)
        begun.with_user(self.agent).action_log_attempt("busy")
        self.customer.with_user(self.env.user).write(
            {"do_not_contact": True, "do_not_contact_reason": WHY}
        )
        self.plan()
        self.assertLeft(begun, "no_contact", self.env.user, WHY)
        self.assertLeft(planned, "no_contact", self.env.user, False)
        self.customer.do_not_contact = False
        self.assertFalse(self.get_row(begun), "it goes on where it stopped")

    # ------------------------------------------------------------
    # ISSUES
    # ------------------------------------------------------------

    def test_issue_that_was_none(self):
        """D3: cancelled by a supervisor, with the reason."""
        issue = self.make_issue(team_id=self.team.id)
        issue.with_user(self.supervisor).action_cancel(WHY)
        row = self.assertLeft(
            issue, "issue_cancelled", self.supervisor, WHY, issue.trace_ids[0].at
        )
        self.assertEqual(row.counted_at, issue.registered_at)
        self.assertEqual(row.category_id, issue.category_id)

    def test_issue_without_a_verdict(self):
        """D7: registered so, or corrected by a supervisor, with the reason."""
        registered = self.make_issue(is_anonymous=True)
        row = self.get_row(registered)
        self.assertEqual(row.kind, "issue_exempt")
        self.assertEqual(row.left_by_id, registered.create_uid)
        for name in ("is_anonymous", "is_reply_only"):
            issue = self.make_issue(team_id=self.team.id)
            step = issue.with_user(self.supervisor)
            step.action_reclassify("It is a complaint", severity="high")
            step.action_reclassify(WHY, **{name: True})
            trace = issue.trace_ids.filtered(lambda t, n=name: t.field_name == n)
            self.assertLeft(issue, "issue_exempt", self.supervisor, WHY, trace.at)

    # ------------------------------------------------------------
    # THE LIST
    # ------------------------------------------------------------

    def test_who_reads_it(self):
        """K1: supervisors of the unit and managers, nobody else; nobody writes."""
        callback = self.make_callback()
        callback.with_user(self.supervisor).action_cancel(WHY)
        issue = self.make_issue(team_id=self.team.id)
        issue.with_user(self.supervisor).action_cancel(WHY)
        other = self.make_user("other", "revisit_management.group_supervisor")
        self.make_team("Other", manager=other)
        rows = self.env["revisit.uncounted"]
        for record in (callback, issue):
            self.assertTrue(self.get_row(record, self.supervisor))
            self.assertTrue(self.get_row(record, self.manager))
            self.assertFalse(self.get_row(record, other))
            row = self.get_row(record)
            with self.assertRaises(AccessError):
                row.with_user(other).read(["reason"])
            with self.assertRaises(AccessError):
                row.with_user(other).action_open_record()
        for user in (self.agent, self.portal_a, self.employee_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                rows.with_user(user).search([])
        for user in (self.supervisor, self.manager):
            mine = row.with_user(user)
            for step in (
                lambda m=mine: m.create({"kind": "cancelled"}),
                lambda m=mine: m.write({"reason": "Nothing"}),
                mine.unlink,
            ):
                with self.assertRaises(AccessError):
                    step()

    def test_other_companies(self):
        """K3: managers of one company read nothing of another one."""
        company = self.make_company()
        theirs = self.make_user(
            "theirs",
            "revisit_management.group_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        callback = self.make_callback()
        callback.with_user(self.supervisor).action_cancel(WHY)
        self.assertFalse(self.get_row(callback, theirs))

    def test_opens_the_record(self):
        """G1: each row leads to what it is about."""
        callback = self.make_callback()
        callback.with_user(self.supervisor).action_cancel(WHY)
        issue = self.make_issue(is_anonymous=True)
        for record in (callback, issue):
            action = self.get_row(record).action_open_record()
            self.assertEqual(
                (action["res_model"], action["res_id"]), (record._name, record.id)
            )

    def test_grouped(self):
        """G1: by reason, person, unit and month, as the list and the pivot do."""
        for _number in range(2):
            self.make_callback().with_user(self.supervisor).action_cancel(WHY)
        self.make_issue(is_anonymous=True)
        self.env.flush_all()
        rows = self.env["revisit.uncounted"].with_user(self.manager)
        domain = [("partner_id", "=", self.customer.id)]
        counts = dict(rows._read_group(domain, ["kind"], ["__count"]))
        self.assertEqual(counts, {"cancelled": 2, "issue_exempt": 1})
        for name in ("left_by_id", "team_id", "employee_id", "counted_at:month"):
            with self.subTest(name=name):
                found = rows._read_group(domain, [name], ["__count"])
                self.assertEqual(sum(count for *_group, count in found), 3)
        action = self.env.ref("revisit_management.revisit_uncounted_action")
        self.assertIn("search_default_filter_counted_at", action.context)

    def test_a_month_is_found_by_its_index(self):
        """G1: among a million callbacks, without reading those that count."""
        self.env.flush_all()
        rows = self.env["revisit.uncounted"].with_user(self.manager)
        query = rows._search(
            [
                ("counted_at", ">=", NOW - timedelta(days=30)),
                ("counted_at", "<", NOW),
            ],
            limit=80,
        )
        # the tables of a test are too small for an index to be worth it
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = "\n".join(
            row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        )
        self.assertIn("revisit_callback_left_idx", plan)
        self.assertIn("window_end >=", plan)
        self.assertIn("registered_at >=", plan)
