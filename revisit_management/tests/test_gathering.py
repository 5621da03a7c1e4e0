# Part of Revisit. See LICENSE file for full copyright and licensing details.
"""C4: a symposium, a meeting or a service day with several customers in one go."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import NOW, RevisitCommon


@tagged("post_install", "-at_install")
class TestGathering(RevisitCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy("manual", name="Symposium", channel="symposium")
        cls.invited = cls.callbacks.union(
            *(
                cls.make_callback(
                    cls.policy,
                    partner_id=cls.make_customer(name).id,
                    user_id=cls.agent.id,
                )
                for name in ("Anna", "Bo", "Cai")
            )
        )

    def open_dialog(self, callbacks=None, user=None):
        """Return the dialog as a user opens it from the list of callbacks."""
        callbacks = self.invited if callbacks is None else callbacks
        return Form(
            self.env["revisit.callback.gathering"]
            .with_user(user or self.agent)
            .with_context(
                active_model="revisit.callback",
                active_id=callbacks.ids[:1],
                active_ids=callbacks.ids,
            )
        )

    def fill(self, form, **values):
        form.name = "Symposium in the town hall"
        for name, value in values.items():
            setattr(form, name, value)
        with form.line_ids.edit(1) as line:
            line.has_come = False
        with form.line_ids.edit(2) as line:
            line.satisfaction = 80
            line.feedback = "The bills are hard to read"
        return form.save()

    def test_who_came_is_finished_and_who_did_not_stays_open(self):
        """C4: one dialog for all; each customer has what they said themselves."""
        anna, bo, cai = self.invited
        minutes = self.env["ir.attachment"].with_user(self.agent)
        minutes = minutes.create({"name": "minutes.txt", "raw": b"Bills"})
        form = self.open_dialog()
        form.file_ids.add(minutes)
        self.fill(form, feedback="All are content").action_record()
        self.assertEqual(self.invited.mapped("state"), ["done", "in_progress", "done"])
        self.assertEqual((anna.result, cai.result), ("reached", "reached"))
        self.assertEqual(
            (anna.feedback, cai.feedback),
            ("All are content", "The bills are hard to read"),
        )
        self.assertIs(anna.satisfaction, False)
        self.assertEqual(cai.satisfaction, 80)
        self.assertFalse(bo.feedback)
        outcomes = self.invited.attempt_ids.mapped("outcome")
        self.assertEqual(sorted(outcomes), ["no_answer", "reached", "reached"])
        notes = set(self.invited.attempt_ids.mapped("note"))
        self.assertEqual(notes, {"Symposium in the town hall"})
        for callback in self.invited:
            files = self.env["ir.attachment"].search(
                [("res_model", "=", callback._name), ("res_id", "=", callback.id)]
            )
            self.assertEqual(files.mapped("raw"), [b"Bills"])

    def test_all_or_nothing(self):
        """C4: the row that cannot be recorded is named, and nothing was recorded."""
        dialog = self.fill(self.open_dialog())
        dialog.line_ids[2].satisfaction = 180
        with self.cr.savepoint() as savepoint:
            with self.assertRaises(UserError) as caught:
                dialog.action_record()
            savepoint.rollback()
        self.env.invalidate_all()
        self.assertIn("Cai", str(caught.exception))
        self.assertEqual(set(self.invited.mapped("state")), {"assigned"})

    def test_only_channels_in_which_several_are_met(self):
        phone = self.make_callback(
            self.make_policy("manual", channel="phone"), user_id=self.agent.id
        )
        self.assertRefused(
            UserError,
            "is to be made by Phone",
            self.open_dialog,
            self.invited | phone,
        )
        dialog = self.fill(self.open_dialog())
        dialog.line_ids[0].sudo().callback_id = phone
        self.assertRefused(UserError, "is to be made by Phone", dialog.action_record)

    def test_finished_ones_are_not_recorded_again(self):
        self.fill(self.open_dialog()).action_record()
        self.assertRefused(UserError, "already", self.open_dialog)

    def test_each_callback_once(self):
        dialog = self.fill(self.open_dialog())
        dialog.line_ids[0].sudo().callback_id = dialog.line_ids[1].callback_id
        self.assertRefused(UserError, "once", dialog.action_record)

    def test_attempts_stay_with_their_callback(self):
        """C3: not even a supervisor moves the proof to another callback."""
        self.fill(self.open_dialog()).action_record()
        attempt = self.invited[0].attempt_ids.with_user(self.supervisor)
        with self.assertRaises(AccessError):
            attempt.callback_id = self.invited[2]

    def test_nobody_invited(self):
        form = self.open_dialog(self.callbacks)
        form.name = "Empty"
        self.assertRefused(UserError, "Select the callbacks", form.save().action_record)

    def test_supervisors_record_yesterdays_one(self):
        """C4, K1: the moment is the gathering's; agents record theirs on the day."""
        yesterday = NOW - timedelta(hours=20)
        dialog = self.fill(self.open_dialog(user=self.supervisor), held_at=yesterday)
        dialog.action_record()
        anna, bo, _cai = self.invited
        self.assertEqual(anna.done_at, yesterday)
        self.assertEqual(self.invited.attempt_ids.mapped("at"), [yesterday] * 3)
        with self.assertRaises(AccessError):
            self.env["revisit.callback.gathering"].with_user(self.agent).create(
                {"name": "Earlier", "held_at": yesterday}
            )
        dialog = self.open_dialog(bo, user=self.supervisor)
        dialog.name, dialog.held_at = "Tomorrow", NOW + timedelta(days=1)
        self.assertRefused(UserError, "in the future", dialog.save().action_record)

    def test_dialogs_and_callbacks_of_others(self):
        """K1: neither the dialog of a colleague, nor callbacks one may not make."""
        dialog = self.fill(self.open_dialog())
        with self.assertRaises(AccessError):
            dialog.with_user(self.agent2).action_record()
        stranger = self.make_user("stranger", "revisit_management.group_agent")
        with self.assertRaises(AccessError):
            self.open_dialog(user=stranger)
        with self.assertRaises(AccessError):
            dialog.with_user(self.employee_user).action_record()
