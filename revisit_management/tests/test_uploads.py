# Part of Revisit. See LICENSE file for full copyright and licensing details.
import io
import json

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import RevisitMixin


@tagged("post_install", "-at_install")
class TestUploads(RevisitMixin, HttpCase):
    """C4: Odoo's own pages for uploads put no file into what is closed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.setUpRevisit()

    def setUp(self):
        super().setUp()
        self.agent.password = "agent-password"
        self.authenticate(self.agent.login, "agent-password")
        self.callback = self.make_callback(user_id=self.agent.id)
        self.callback.with_user(self.agent).action_log_attempt("reached")
        self.issue = self.make_issue(owner_id=self.agent.id, is_anonymous=True)

    def close(self):
        """Close the records; return them."""
        self.callback.with_user(self.agent).action_done(satisfaction=80)
        self.callback.with_user(self.supervisor).action_review_passed()
        self.issue.with_user(self.agent).action_resolve("A new part")
        self.issue.with_user(self.agent).action_close()
        return [self.callback, self.callback.attempt_ids, self.issue]

    def find_files(self, record):
        domain = [("res_model", "=", record._name), ("res_id", "=", record.id)]
        return self.env["ir.attachment"].sudo().search([*domain, ("id", "!=", 0)])

    def upload(self, path, **data):
        """Post a file; what the page writes to the log is its own business."""
        with mute_logger("odoo.http", "odoo.addons.web.controllers.binary"):
            return self.url_open(
                path,
                data={"csrf_token": http.Request.csrf_token(self), **data},
                files={"ufile": ("forged.txt", io.BytesIO(b"forged"), "text/plain")},
            )

    def upload_in_chatter(self, record, **data):
        return self.upload(
            "/mail/attachment/upload",
            thread_model=record._name,
            thread_id=record.id,
            **data,
        )

    def upload_in_form(self, record):
        return self.upload(
            "/web/binary/upload_attachment", model=record._name, id=record.id
        )

    def test_open_records_take_files(self):
        for record in (self.callback, self.issue):
            for upload in (self.upload_in_chatter, self.upload_in_form):
                with self.subTest(model=record._name, upload=upload.__name__):
                    before = len(self.find_files(record))
                    upload(record)
                    self.assertEqual(len(self.find_files(record)), before + 1)

    def test_closed_records_take_none(self):
        for record in self.close():
            for upload in (self.upload_in_chatter, self.upload_in_form):
                with self.subTest(model=record._name, upload=upload.__name__):
                    before = self.find_files(record)
                    upload(record)
                    self.assertEqual(self.find_files(record), before)

    def test_a_message_carries_an_uploaded_file(self):
        self.close()
        answer = self.upload_in_chatter(self.callback, is_pending="true")
        file_id = json.loads(answer.content)["data"]["attachment_id"]
        message = self.callback.with_user(self.agent).message_post(
            body="He wrote again", attachment_ids=[file_id]
        )
        self.assertEqual(message.attachment_ids.ids, [file_id])
        self.assertEqual(message.attachment_ids.sudo().res_id, self.callback.id)
