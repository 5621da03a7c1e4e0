# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import RevisitCommon

WHAT = "How to open a call"


@tagged("post_install", "-at_install")
class TestTraining(RevisitCommon):
    """C11: a training of a person, recorded when a finding asks for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls.make_user("revisit_boss", "base.group_user")
        cls.employee = cls.make_employee(
            cls.agent, parent_id=cls.make_employee(cls.boss).id
        )

    def make_failed(self, verdict="failed"):
        callback = self.make_done().with_user(self.supervisor)
        callback.action_review(verdict, "No purpose was told")
        return callback

    def get_recorded(self):
        """Return what, why and until when, wherever Odoo keeps it here."""
        if "hr.resume.line" in self.env:
            return [
                (line.name, line.description, line.date_end)
                for line in self.env["hr.resume.line"].search(
                    [("employee_id", "=", self.employee.id)]
                )
            ]
        tasks = self.employee.activity_ids
        self.assertLessEqual(tasks.user_id, self.boss)
        return [(task.summary, task.note, task.date_deadline) for task in tasks]

    def test_recorded_on_the_employee(self):
        """C11: what, why, until when, and the way back; the record stays locked."""
        callback = self.make_failed()
        before = callback.sudo().write_date
        action = callback.action_open_training()
        self.assertEqual(action["context"]["default_why"], "No purpose was told")
        wizard = self.env["revisit.training"].with_user(self.supervisor)
        wizard = wizard.with_context(**action["context"]).create(
            {"what": WHAT, "until": "2026-04-01"}
        )
        self.assertEqual(wizard.employee_name, self.employee.name)
        wizard.action_apply()
        [(what, why, until)] = self.get_recorded()
        self.assertEqual(what, WHAT)
        self.assertIn("No purpose was told", why)
        self.assertIn(f'"/odoo/revisit.callback/{callback.id}"', why)
        self.assertEqual(str(until), "2026-04-01")
        self.assertEqual(callback.sudo().write_date, before)
        self.assertIn(WHAT, callback.message_ids[0].body)

    def test_once_for_each_finding(self):
        first, second = self.make_failed(), self.make_failed("redo")
        first.action_ask_training(WHAT)
        self.assertRefused(
            UserError, "asked for already", first.action_ask_training, WHAT
        )
        second.action_ask_training("How to listen")
        self.assertEqual(len(self.get_recorded()), 2)

    def test_refusals(self):
        """C11, K1: who may, and when."""
        callback = self.make_failed()
        for user in (self.agent, self.agent2, self.employee_user, self.portal_a):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                callback.with_user(user).action_ask_training(WHAT)
        for what in ("", "  ", None):
            self.assertRefused(
                UserError, "to be learnt", callback.action_ask_training, what
            )
        self.assertRefused(
            UserError,
            "over already",
            callback.action_ask_training,
            WHAT,
            until="2026-03-01",
        )
        passed = self.make_done().with_user(self.supervisor)
        passed.action_review("passed")
        self.assertRefused(
            UserError, "no review asks", passed.action_ask_training, WHAT
        )
        self.assertFalse(self.get_recorded())

    def test_who_is_no_employee_and_oneself(self):
        callback = self.make_done(user_id=self.agent2.id).with_user(self.supervisor)
        callback.action_review("failed", "Rude")
        self.assertRefused(UserError, "no employee", callback.action_ask_training, WHAT)
        own = self.make_done(user_id=self.supervisor.id)
        self.make_employee(self.supervisor)
        own.with_user(self.manager).action_review("failed", "Rude")
        self.assertRefused(
            UserError,
            "yourself",
            own.with_user(self.supervisor).action_ask_training,
            WHAT,
        )

    def test_dialog_opens_nothing_else(self):
        """C11: a forged dialog reaches no other model."""
        wizard = self.env["revisit.training"].with_user(self.supervisor)
        for model, text in (("res.partner", "Open this dialog"), ("x", "Open this")):
            forged = wizard.create({"res_model": model, "res_id": 1, "what": WHAT})
            self.assertRefused(UserError, text, forged.action_apply)
        gone = wizard.create(
            {"res_model": "revisit.callback", "res_id": 10**9, "what": WHAT}
        )
        self.assertRefused(UserError, "gone", gone.action_apply)
