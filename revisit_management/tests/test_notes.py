# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta
from email.message import EmailMessage

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, tagged

from .common import NOW, RevisitCommon, RevisitMixin

FORGED_DATE = NOW - timedelta(days=30)


@tagged("post_install", "-at_install")
class TestNotes(RevisitCommon):
    """C8, K3: whom a note names neither erases nor rewrites it, nor forges one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callback = cls.make_callback(user_id=cls.agent.id)
        cls.mine = cls.callback.with_user(cls.agent)
        cls.issue = cls.make_issue(owner_id=cls.agent.id)
        cls.messages = cls.env["mail.message"]
        cls.agent.group_ids += cls.env.ref("base.group_partner_manager")

    def get_last(self, record):
        return self.messages.search(
            [("model", "=", record._name), ("res_id", "=", record.id)],
            order="id desc",
            limit=1,
        )

    def note(self, record, **values):
        return record.sudo().message_post(body="Noted", **values)

    def test_notes_stay(self):
        """C8: no user changes or deletes them, however high their role."""
        admin = self.make_user("revisit_admin", "base.group_user,base.group_system")
        admin.group_ids += self.env.ref("revisit_management.group_manager")
        notes = [
            self.note(record.with_user(self.agent))
            for record in (self.callback, self.issue, self.customer)
        ]
        mail = self.note(self.callback, message_type="email")
        theirs = self.note(self.callback.with_user(self.agent2), message_type="comment")
        self.customer.phone = "+8613800138000"
        self.mine.action_reveal_phone()
        seen = self.get_last(self.callback)
        self.assertIn("looked up", seen.body)
        told = self.callback.sudo().message_notify(
            body="Noted", partner_ids=self.agent.partner_id.ids
        )
        for message in (*notes, seen, mail, theirs, told):
            for user in (self.agent, self.manager, admin):
                record = message.with_user(user)
                with self.subTest(model=message.model, user=user.login):
                    for values in (
                        {"body": "Never"},
                        {"author_id": self.customer.id},
                        {"message_type": "comment"},
                        {"date": FORGED_DATE},
                        {"model": "res.partner", "res_id": self.customer.id},
                        {"tracking_value_ids": [Command.clear()]},
                    ):
                        with self.assertRaises(AccessError):
                            record.write(values)
                    with self.assertRaises(AccessError):
                        record.unlink()
        self.assertIn("Noted", notes[0].body)
        notes[0].sudo().write({"body": "The system's"})
        self.issue.unlink()
        self.assertFalse(notes[1].exists())

    def test_own_comments_are_ones_own(self):
        """C8: their text changes; whose they are, where and when does not."""
        mine = self.mine.message_post(body="Mine", message_type="comment")
        mine.write({"body": "Mine, corrected"})
        self.assertIn("corrected", mine.body)
        for values in (
            {"author_id": self.customer.id},
            {"message_type": "notification"},
            {"date": FORGED_DATE},
            {"email_from": "customer@example.com"},
        ):
            with self.assertRaises(AccessError):
                mine.write(values)
        mine.unlink()

    def test_messages_do_not_become_ours(self):
        """C8: neither moved to one of our records, nor made a note of a contact."""
        admin = self.make_user("revisit_admin", "base.group_user,base.group_system")
        comment = self.customer.with_user(admin).message_post(
            body="x", message_type="comment"
        )
        for values in (
            {"model": self.callback._name, "res_id": self.callback.id},
            {"message_type": "notification"},
        ):
            with self.assertRaises(AccessError):
                comment.write(values)

    def test_users_write_in_their_own_name(self):
        """C8: by every method of Odoo's, and whatever context or defaults they send."""
        forged = {
            "author_id": self.customer.id,
            "email_from": "customer@example.com",
        }
        row = {"model": self.callback._name, "res_id": self.callback.id, "body": "x"}
        values = {**row, **forged, "date": FORGED_DATE}
        defaults = {f"default_{name}": value for name, value in values.items()}
        compose = self.env["mail.compose.message"].with_user(self.agent)
        ways = (
            lambda: self.mine.message_post(body="x", **forged),
            lambda: self.mine.message_post(body="x", email_from=forged["email_from"]),
            lambda: self.mine.message_post(body="x", author_id=False),
            lambda: self.mine.message_post(body="x", date=FORGED_DATE),
            lambda: self.mine.message_notify(
                body="x", partner_ids=self.agent2.partner_id.ids, **forged
            ),
            lambda: self.messages.with_user(self.agent).create(values),
            lambda: (
                self.messages.with_user(self.agent)
                .with_context(**defaults)
                .create({"body": "x"})
            ),
            lambda: compose.create(
                {
                    "model": self.callback._name,
                    "res_ids": str(self.callback.ids),
                    "body": "x",
                    **forged,
                }
            )._action_send_mail(),
            lambda: compose.create(
                {
                    "model": self.callback._name,
                    "res_ids": str(self.callback.ids),
                    "body": "x",
                    "composition_mode": "mass_mail",
                    "auto_delete_keep_log": True,
                    **forged,
                }
            )._action_send_mail(),
        )
        self.customer.email = forged["email_from"]
        for number, way in enumerate(ways):
            with self.subTest(way=number):
                before = self.get_last(self.callback)
                way()
                message = self.get_last(self.callback)
                self.assertGreater(message.id, before.id)
                self.assertEqual(message.author_id, self.agent.partner_id)
                self.assertGreaterEqual(message.date, NOW)
        note = self.customer.with_user(self.agent).message_post(body="x", **forged)
        self.assertEqual(note.author_id, self.agent.partner_id)

    def test_users_forge_no_changes(self):
        """C8: the values that a field had are told by the system alone."""
        field = self.env["ir.model.fields"]._get("revisit.callback", "state")
        message = self.messages.with_user(self.agent).create(
            {
                "model": self.callback._name,
                "res_id": self.callback.id,
                "tracking_value_ids": [
                    Command.create({"field_id": field.id, "new_value_char": "Done"})
                ],
            }
        )
        self.assertFalse(message.sudo().tracking_value_ids)

    def test_users_forge_no_emails(self):
        """C8: neither as a message, nor through the gateway."""
        for message_type in ("email", "email_outgoing"):
            with self.assertRaises(AccessError):
                self.mine.message_post(body="x", message_type=message_type)
            with self.assertRaises(AccessError):
                self.messages.with_user(self.agent).create(
                    {
                        "model": self.callback._name,
                        "res_id": self.callback.id,
                        "message_type": message_type,
                    }
                )
        self.customer.email = "customer@example.com"
        parent = self.note(self.callback)
        mail = EmailMessage()
        mail["From"], mail["To"] = self.customer.email, "catchall@example.com"
        mail["Message-Id"] = "<forged@example.com>"
        mail["References"] = parent.message_id
        mail.set_content("Yes!")
        gateway = self.env["mail.thread"]
        with self.assertRaises(AccessError):
            gateway.with_user(self.agent).message_process(None, mail.as_string())
        gateway.message_process(None, mail.as_string())
        answer = self.get_last(self.callback)
        self.assertEqual(answer.author_id, self.customer)
        self.assertEqual(answer.message_type, "email")

    def test_odoos_own_steps(self):
        """C8: stars, reactions, read marks, and activities that are done."""
        note = self.note(self.callback, partner_ids=self.agent.partner_id.ids)
        theirs = note.with_user(self.agent)
        theirs.toggle_message_starred()
        self.assertTrue(theirs.starred)
        theirs.set_message_done()
        author = (self.agent.partner_id, self.env["mail.guest"])
        theirs.sudo()._message_reaction("+", "add", *author)
        self.assertTrue(note.sudo().reaction_ids)
        activity = self.mine.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.agent.id
        )
        activity.action_feedback(feedback="Done so")
        done = self.get_last(self.callback)
        self.assertIn("Done so", done.body)
        self.assertEqual(done.author_id, self.agent.partner_id)


@tagged("post_install", "-at_install")
class TestRefusals(RevisitCommon):
    """A1, C10: who forbade or allowed to contact a customer is known afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.editor = cls.make_user(
            "revisit_editor", "base.group_user,base.group_partner_manager"
        )
        cls.other = cls.make_customer("Other")
        cls.both = cls.customer + cls.other

    def assertNoted(self, texts, function, *args):
        """Assert the new notes of each contact after a call."""
        domain = [("model", "=", "res.partner"), ("res_id", "in", self.both.ids)]
        before = self.env["mail.message"].search(domain)
        function(*args)
        notes = self.env["mail.message"].search(domain) - before
        self.assertEqual(len(notes), len(texts))
        for partner, text in texts.items():
            note = notes.filtered(lambda n, p=partner: n.res_id == p.id)
            self.assertIn(text, note.body)
            self.assertIn(self.editor.name, note.body)
            with self.assertRaises(AccessError):
                note.with_user(self.editor).unlink()

    def test_every_change_is_noted(self):
        """C10: set, explained otherwise and lifted, in batch and in silence."""
        both = self.both.with_user(self.editor).with_context(
            tracking_disable=True, mail_notrack=True, mail_create_nolog=True
        )
        ban = {"do_not_contact": True, "do_not_contact_reason": "Asked"}
        set_up, reason = "No → Yes (Asked)", "Yes (Asked) → Yes (Moved)"
        self.assertNoted(dict.fromkeys(self.both, set_up), both.write, ban)
        self.assertNoted({}, both.write, ban)
        self.assertNoted({}, both.write, {"comment": "x"})
        self.assertNoted(
            {self.other: reason}, both[1].write, {"do_not_contact_reason": "Moved"}
        )
        self.assertNoted(
            {
                self.customer: "Yes (Asked) → No (Asked)",
                self.other: "Yes (Moved) → No (Moved)",
            },
            both.write,
            {"do_not_contact": False},
        )


@tagged("post_install", "-at_install")
class TestChatter(RevisitMixin, HttpCase):
    """C8: what Odoo's own page sends, with the system's rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW))
        cls.setUpRevisit()
        cls.callback = cls.make_callback(user_id=cls.agent.id)

    def test_comments_only(self):
        """C8: a client posts no e-mail and no note of the system's."""
        self.authenticate("revisit_agent", "revisit_agent")
        for message_type in ("comment", "email", "notification"):
            answer = self.make_jsonrpc_request(
                "/mail/message/post",
                {
                    "thread_model": self.callback._name,
                    "thread_id": self.callback.id,
                    "post_data": {
                        "body": "Hello",
                        "message_type": message_type,
                        "author_id": self.customer.id,
                        "email_from": "customer@example.com",
                    },
                },
            )
            message = self.env["mail.message"].browse(answer["message_id"])
            self.assertEqual(message.message_type, "comment")
            self.assertEqual(message.author_id, self.agent.partner_id)
        self.make_jsonrpc_request(
            "/mail/message/update_content",
            {"message_id": message.id, "update_data": {"body": "Corrected"}},
        )
        self.assertIn("Corrected", message.body)
