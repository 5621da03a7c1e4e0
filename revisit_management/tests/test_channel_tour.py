# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import RevisitMixin

# in the order of their windows
CHANNELS = {
    "phone": "Phone Customer",
    "visit": "Visit Customer",
    "letter": "Letter Customer",
    "email": "Mail Customer",
    "symposium": "Symposium Customer",
}


class ScreenCase(RevisitMixin, HttpCase):
    """Work that is due now: the browser has a clock of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env["base"].with_context(tracking_disable=True).env
        cls.setUpRevisit()
        # the tests may run at night
        cls.company.write({"revisit_touch_hour_from": 0, "revisit_touch_hour_to": 24})

    def make_work(self, name, number, **values):
        """Create an agent's callback that may be made now."""
        now = fields.Datetime.now()
        customer = self.make_customer(
            name,
            phone="13800138000",
            email=f"customer{number}@example.com",
            callback_hour_from=0,
            callback_hour_to=24,
        )
        return self.make_callback(
            partner_id=customer.id,
            user_id=self.agent.id,
            event_at=now - timedelta(days=1),
            window_start=now - timedelta(hours=1),
            window_end=now + timedelta(days=1 + number),
            **values,
        )


@tagged("post_install", "-at_install")
class TestChannelTour(ScreenCase):
    def make_five(self):
        """Create one callback of each channel; who gets an e-mail has a question."""
        survey = self.env["survey.survey"].create(
            {"title": "Asked", "survey_type": "revisit"}
        )
        self.env["survey.question"].create(
            {
                "survey_id": survey.id,
                "title": "How was it?",
                "question_type": "scale",
                "scale_min": 0,
                "scale_max": 10,
                "measure_id": self.env.ref("revisit_management.measure_quality").id,
                "subject_kind": "callback",
            }
        )
        work = {}
        for number, (channel, name) in enumerate(CHANNELS.items()):
            policy = self.make_policy(
                "manual",
                channel=channel,
                signature_rule="refusal" if channel == "visit" else "none",
                survey_id=survey.id if channel == "email" else False,
            )
            work[channel] = self.make_work(name, number, policy=policy)
        return work

    def check_five(self, lang):
        self.agent.lang = lang
        work = self.make_five()
        self.start_tour(
            "/odoo/callback-console", "revisit_channel_tour", login=self.agent.login
        )
        self.env.invalidate_all()
        made = self.callbacks.union(*work.values()) - work["email"]
        for callback in made:
            with self.subTest(channel=callback.channel):
                self.assertEqual(callback.state, "done")
                self.assertEqual(callback.result, "reached")
                self.assertEqual(callback.made_by_id, self.agent)
                self.assertTrue(callback.is_on_time)
        self.assertEqual(work["phone"].satisfaction, 81)
        self.assertEqual(work["symposium"].satisfaction, 65)
        self.assertEqual(work["phone"].feedback, "Said by Phone Customer")
        self.assertTrue(work["visit"].signature_refused)
        self.assertEqual(work["visit"].feedback, "In a hurry")
        for channel in ("phone", "visit", "symposium"):
            self.assertEqual(work[channel].attempt_ids.outcome, "reached")
        files = self.env["ir.attachment"].search(
            [
                ("res_model", "=", "revisit.callback"),
                ("res_id", "=", work["letter"].id),
            ]
        )
        self.assertEqual(files.mapped("name"), ["letter.pdf"])
        # who has the questionnaire answers it: nobody does in their place
        mails = self.env["mail.mail"].search(
            [("revisit_callback_id", "=", work["email"].id)]
        )
        self.assertEqual(len(mails), 1)
        self.assertTrue(work["email"].is_open)

    def test_five_channels(self):
        """C1, C4, C5: phone, visit, letter, e-mail and symposium in one console."""
        self.check_five("en_US")

    def test_five_channels_in_chinese(self):
        """C1, C4, C5: the same; and no button has an English label."""
        self.env["res.lang"]._activate_lang("zh_CN")
        modules = self.env["ir.module.module"].search(
            [("name", "=", "revisit_management")]
        )
        modules._update_translations(["zh_CN"])
        self.check_five("zh_CN")


@tagged("post_install", "-at_install")
class TestWorkloadTour(ScreenCase):
    def test_supervisor_shares_the_work(self):
        """C1: the supervisor sees the load of each, and shares it in one step."""
        work = self.callbacks.union(
            *(self.make_work(f"Customer {number}", number) for number in range(6))
        )
        self.start_tour(
            "/odoo/action-revisit_management.revisit_workload_action",
            "revisit_workload_tour",
            login=self.supervisor.login,
        )
        self.env.invalidate_all()
        loads = [len(work.filtered(lambda c, u=u: c.user_id == u)) for u in self.agents]
        self.assertEqual(loads, [3, 3])
        # the most urgent stays with who has it
        self.assertEqual(work[0].user_id, self.agent)

    @property
    def agents(self):
        return self.team.member_ids
