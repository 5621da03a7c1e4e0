# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import NOW, SIGNATURE, RevisitCommon

SILENCE = {
    "tracking_disable": True,
    "mail_notrack": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "import_file": True,
    "revisit_planning": True,
    "default_user_id": 1,
    "default_field_name": "state",
}


class TracesCase(RevisitCommon):
    def assertTraced(self, owner, expected, user=None, since=0):
        """Assert the traces of a record: ``{(field, old text, new text)}``."""
        traces = owner.sudo().trace_ids.filtered(lambda t: t.id > since)
        found = {(t.field_name, t.old_text, t.new_text) for t in traces}
        self.assertEqual(found, set(expected))
        if user:
            self.assertEqual(traces.user_id, user)
            self.assertEqual(set(traces.mapped("at")), {NOW})

    def get_last(self, owner):
        return max(owner.sudo().trace_ids.ids, default=0)


@tagged("post_install", "-at_install")
class TestMadeAnswers(TracesCase):
    """C8: every change of a made answer leaves the old and the new value."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.done = cls.make_done(
            measures={"satisfaction": 80, "nps": 7, "feedback": "Fine"}
        )
        cls.attempt = cls.done.attempt_ids

    def test_making_it_is_no_change(self):
        """C8: what is recorded for the first time has no old value."""
        self.assertFalse(self.done.sudo().trace_ids)

    def test_changes_in_silence(self):
        """C8: no context key and no sudo gets past it."""
        values = {
            "satisfaction": 99,
            "nps": 10,
            "feedback": "never said",
            "customer_confirmed": "yes",
        }
        expected = {
            ("satisfaction", "80.00", "99.00"),
            ("nps", "7", "10"),
            ("feedback", "Fine", "never said"),
            ("customer_confirmed", "-", "Solved"),
        }
        back = {
            "satisfaction": 80,
            "nps": 7,
            "feedback": "Fine",
            "customer_confirmed": False,
        }
        for record in (
            self.done.with_user(self.supervisor).with_context(**SILENCE),
            self.done.with_user(self.supervisor).sudo().with_context(**SILENCE),
        ):
            last = self.get_last(self.done)
            record.write(values)
            self.assertTraced(self.done, expected, self.supervisor, last)
            record.write(back)

    def test_zero_and_not_asked_are_different(self):
        """C8: an answer of 0 that becomes none is a change."""
        as_supervisor = self.done.with_user(self.supervisor)
        as_supervisor.satisfaction = 0
        last = self.get_last(self.done)
        as_supervisor.write({"satisfaction": False})
        self.assertTraced(self.done, {("satisfaction", "0.00", "-")}, since=last)

    def test_one_by_one_with_import(self):
        """C8: the import writes through the same door."""
        result = (
            self.done.with_user(self.manager)
            .with_context(**SILENCE)
            .load([".id", "quality"], [[str(self.done.id), "12"]])
        )
        if result["ids"]:
            self.assertTraced(self.done, {("quality", "-", "12.00")})
        else:
            self.assertFalse(self.done.sudo().trace_ids)
            self.assertIs(self.done.quality, False)

    def test_signature_keeps_the_old_picture(self):
        """C8: a replaced signature can be looked at afterwards."""
        as_supervisor = self.done.with_user(self.supervisor)
        as_supervisor.signature = SIGNATURE
        as_supervisor.with_context(bin_size=True).signature_refused = True
        as_supervisor.with_context(bin_size=True).action_sign_again("Wrong hand")
        traces = self.done.sudo().trace_ids
        self.assertEqual(
            sorted(traces.mapped("field_name")),
            ["signature", "signature", "signature_refused"],
        )
        self.assertEqual(traces[0].new_text, "-")
        self.assertEqual(traces[0].old_file, SIGNATURE.encode())

    def test_review_and_its_taking_back(self):
        """C8: the verdict that was unlocked is not forgotten."""
        self.done.with_user(self.supervisor).action_review("failed", "Too short")
        self.assertTraced(
            self.done,
            {("review_verdict", "-", "Failed"), ("review_note", "-", "Too short")},
            self.supervisor,
        )
        last = self.get_last(self.done)
        self.done.with_user(self.manager).action_unlock("Wrong one")
        self.assertTraced(
            self.done, {("review_verdict", "Failed", "-")}, self.manager, last
        )

    def test_attempts(self):
        """C3: what is proof does not change unseen, and is shown on its callback."""
        attempt = self.attempt.with_user(self.supervisor).with_context(**SILENCE)
        attempt.write(
            {"outcome": "busy", "duration": 90, "note": "x", "user_id": self.agent2.id}
        )
        self.assertTraced(
            self.done,
            {
                ("outcome", "Reached", "Busy"),
                ("duration", "0", "90"),
                ("note", "-", "x"),
                ("user_id", self.agent.name, self.agent2.name),
            },
            self.supervisor,
        )
        self.assertIn("2026-03-10 09:00", self.done.sudo().trace_ids[0].part)

    def test_attempt_of_an_open_callback(self):
        """C3: an attempt is proof at once, though its callback is still open."""
        callback = self.make_callback(user_id=self.agent.id)
        callback.with_user(self.agent).action_log_attempt("busy", note="a")
        callback.attempt_ids.with_user(self.agent).note = "b"
        self.assertTraced(callback, {("note", "a", "b")}, self.agent)

    def test_deleted_attempt(self):
        """C3: who may delete one does not unsay it."""
        self.attempt.with_user(self.manager).unlink()
        self.assertTraced(
            self.done,
            {
                ("outcome", "Reached", "-"),
                ("user_id", self.agent.name, "-"),
                ("at", "2026-03-10 01:00:00", "-"),
            },
            self.manager,
        )

    def test_append_only(self):
        """C8: neither managers nor the system change or delete a trace."""
        self.done.with_user(self.supervisor).satisfaction = 1
        trace = self.done.sudo().trace_ids
        for records in (trace, trace.with_user(self.manager)):
            self.assertRaises(UserError, records.write, {"field_name": "nps"})
            self.assertRaises(UserError, records.unlink)
        self.assertRaises(
            AccessError,
            self.env["revisit.trace"].with_user(self.manager).create,
            {
                "res_model": self.done._name,
                "res_id": self.done.id,
                "part_model": self.done._name,
                "field_name": "nps",
                "value_pair": {},
                "user_id": self.agent.id,
            },
        )

    def test_read_by_who_reads_the_record(self):
        """K2: the trace of a callback is seen by who sees the callback."""
        self.done.with_user(self.supervisor).feedback = "changed"
        trace = self.done.sudo().trace_ids
        for user, visible in (
            (self.agent, True),
            (self.supervisor, True),
            (self.manager, True),
            (self.agent2, False),
        ):
            traces = self.env["revisit.trace"].with_user(user)
            domain = [("res_id", "=", self.done.id)]
            self.assertEqual(bool(traces.search(domain)), visible)
            self.assertEqual(traces.search_count(domain), int(visible))
            self.assertEqual(
                bool(traces._read_group(domain, ["field_name"], ["__count"])), visible
            )
            if not visible:
                self.assertRaises(AccessError, trace.with_user(user).read, ["at"])
        for user in (self.employee_user, self.portal_a, self.portal_customer):
            self.assertRaises(
                AccessError, self.env["revisit.trace"].with_user(user).search, []
            )

    def test_shown_on_the_form(self):
        """C8: with the callback, in the reader's language."""
        self.done.with_user(self.supervisor).satisfaction = 1
        form = Form(self.done.with_user(self.supervisor))
        self.assertEqual(len(form.trace_ids), 1)
        self.assertEqual(
            self.done.with_user(self.agent).trace_ids.field_label, "Satisfaction"
        )


@tagged("post_install", "-at_install")
class TestOtherRecords(TracesCase):
    """C8: the same for what else scores, windows and verdicts rest on."""

    def test_issue(self):
        """D3: result, verdict and valuation."""
        issue = self.make_issue()
        issue.action_resolve("Replaced")
        issue.action_confirm()
        last = self.get_last(issue)
        issue.with_user(self.manager).with_context(**SILENCE).write(
            {"resolution": "Nothing done", "is_valuable": True}
        )
        self.assertTraced(
            issue,
            {("resolution", "Replaced", "Nothing done"), ("is_valuable", "No", "Yes")},
            self.manager,
            last,
        )
        last = self.get_last(issue)
        issue.with_context(**SILENCE).action_reject()
        found = {
            (t.field_name, t.old_text, t.new_text)
            for t in issue.trace_ids.filtered(lambda t: t.id > last)
        }
        self.assertIn(("state", "Confirmed by Customer", "Investigating"), found)

    def test_issue_before_it_is_closed(self):
        """D3: for whom and as what it counts."""
        one, two = self.env["hr.department"].create([{"name": "One"}, {"name": "Two"}])
        issue = self.make_issue(department_id=one.id, co_department_ids=one.ids)
        last = self.get_last(issue)
        issue.with_user(self.manager).with_context(**SILENCE).write(
            {
                "department_id": two.id,
                "co_department_ids": [(6, 0, (one + two).ids)],
                "intake": "email",
                "intake_kind": "request",
                "is_anonymous": True,
            }
        )
        self.assertTraced(
            issue,
            {
                ("department_id", "One", "Two"),
                ("co_department_ids", "One", "One, Two"),
                ("intake", "Phone", "Email"),
                ("intake_kind", "Complaint", "Request"),
                ("is_anonymous", "No", "Yes"),
            },
            self.manager,
            last,
        )

    def test_archive_line(self):
        """A2: dates from which callbacks and warranties count."""
        line = self.make_archive_line(sold_on="2026-03-05")
        fitter = self.env["hr.employee"].create({"name": "Fitter"})
        line.with_user(self.agent).with_context(**SILENCE).write(
            {
                "sold_on": "2026-03-02",
                "warranty_until": "2027-03-02",
                "installed_by_id": fitter.id,
            }
        )
        self.assertTraced(
            line,
            {
                ("sold_on", "03/05/2026", "03/02/2026"),
                ("warranty_until", "03/05/2027", "03/02/2027"),
                ("installed_by_id", "-", "Fitter"),
            },
            self.agent,
        )

    def test_plan(self):
        """B9: who approved, and that it was given back."""
        plan = self.env["revisit.plan"].create({"team_id": self.team.id})
        self.make_callback(plan_id=plan.id)
        plan.with_user(self.supervisor).action_submit()
        plan.with_user(self.manager).with_context(**SILENCE).action_reset("Again")
        found = {(t.field_name, t.old_text, t.new_text) for t in plan.trace_ids}
        self.assertIn(("state", "Submitted", "Draft"), found)
        self.assertIn(("submitted_by_id", self.supervisor.name, "-"), found)

    def test_occasion(self):
        """B1: what callbacks are planned for."""
        occasion = self.env["revisit.occasion"].create(
            {"partner_id": self.customer.id, "kind": "event", "occurs_at": NOW}
        )
        occasion.with_user(self.agent).with_context(**SILENCE).kind = "holiday"
        self.assertTraced(
            occasion,
            {("kind", "Event or Campaign", "Holiday Greeting")},
            self.agent,
        )
