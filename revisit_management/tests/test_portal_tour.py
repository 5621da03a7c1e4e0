# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.tests import tagged

from .test_portal import PortalCase


@tagged("post_install", "-at_install")
class TestPortalTour(PortalCase):
    def test_dealer_calls_a_customer_and_finishes(self):
        """H1, H3, K2: list, number, attempt and result in a browser."""
        script = self.env["revisit.script"].create(
            {"name": "Script", "opening": "May I ask you four questions?"}
        )
        callback = self.make_dealer_callback(script_id=script.id)
        self.make_dealer_callback(level="hq")
        self.start_tour("/my", "revisit_portal_tour", login="revisit_dealer_a")
        self.env.invalidate_all()
        self.assertEqual(
            callback.attempt_ids.mapped("outcome"), ["reached", "no_answer"]
        )
        self.assertEqual(callback.attempt_ids.user_id, self.portal_a)
        self.assertEqual(callback.attempt_ids[0].duration, 180)
        self.assertEqual(callback.state, "done")
        self.assertEqual(callback.result, "reached")
        self.assertEqual(callback.made_by_id, self.portal_a)
        self.assertEqual(callback.satisfaction, 90)
        self.assertEqual(callback.quality, 75)
        self.assertIs(callback.attitude, False)
        self.assertIs(callback.efficiency, False)
        self.assertEqual(callback.nps, 9)
        self.assertEqual(callback.feedback, "Works well")
        self.assertTrue(callback.is_on_time)
        notes = [m.body for m in callback.message_ids if "looked up" in m.body]
        self.assertEqual(len(notes), 1)

    def test_customer_signs_after_a_refusal(self):
        """C4: a refused signature, or a lost connection, does not end the pad."""
        policy = self.make_policy(
            "manual", level="dealer", channel="visit", signature_rule="required"
        )
        visit = self.make_dealer_callback(policy=policy)
        self.start_tour(
            f"/my/callbacks/{visit.id}", "revisit_sign_tour", login="revisit_dealer_a"
        )
        self.env.invalidate_all()
        self.assertTrue(visit.signature)
        self.assertTrue(visit.is_open)


@tagged("post_install", "-at_install")
class TestDraftTour(PortalCase):
    browser_size = "390x844"
    touch_enabled = True

    def check_draft(self, lang):
        self.portal_a.lang = lang
        callback = self.make_dealer_callback()
        self.start_tour(
            f"/my/callbacks/{callback.id}",
            "revisit_draft_tour",
            login="revisit_dealer_a",
        )
        self.env.invalidate_all()
        self.assertEqual(callback.state, "done")
        self.assertEqual(callback.feedback, "Works well")
        self.assertIs(callback.satisfaction, False)
        self.assertEqual(callback.attempt_ids.mapped("outcome"), ["reached"])

    def test_what_is_typed_survives_a_lost_connection(self):
        """C5, H1: on a phone; it is back after the page is opened again."""
        self.check_draft("en_US")

    def test_what_is_typed_survives_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.check_draft("zh_CN")


@tagged("post_install", "-at_install")
class TestDraftFilesTour(PortalCase):
    browser_size = "390x844"
    touch_enabled = True

    def check_files(self, lang):
        self.portal_a.lang = lang
        policy = self.make_policy("manual", level="dealer", channel="letter")
        letter = self.make_dealer_callback(policy=policy)
        self.start_tour(
            f"/my/callbacks/{letter.id}",
            "revisit_draft_files_tour",
            login="revisit_dealer_a",
        )
        self.env.invalidate_all()
        self.assertEqual(letter.state, "done")
        files = {file.name: file.raw for file in letter._portal_attachments()}
        self.assertEqual(files, {"letter.pdf": b"%PDF-1.4 letter.pdf"})

    def test_chosen_files_survive_a_lost_connection(self):
        """C5, H1: on a phone; they are back, or named, after the page is left."""
        self.check_files("en_US")

    def test_chosen_files_survive_in_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.check_files("zh_CN")
