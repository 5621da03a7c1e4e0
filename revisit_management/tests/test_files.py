# Part of Revisit. See LICENSE file for full copyright and licensing details.
import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import SIGNATURE, RevisitCommon, draw_signature

PICTURE = SIGNATURE.encode()
OTHER = draw_signature(((20, 20), (220, 60))).encode()


class FilesCommon(RevisitCommon):
    def add_file(self, record, user, name="letter.txt", **values):
        values = {"res_model": record._name, "res_id": record.id, **values}
        values.setdefault("raw", b"as written")
        return (
            self.env["ir.attachment"].with_user(user).create({"name": name, **values})
        )

    def find_content(self, record, name):
        """Return the row that holds the content of a binary field."""
        domain = [
            ("res_model", "=", record._name),
            ("res_id", "=", record.id),
            ("res_field", "=", name),
        ]
        return self.env["ir.attachment"].sudo().search(domain)


@tagged("post_install", "-at_install")
class TestLetters(FilesCommon):
    """K3: a letter that is filed with our records opens no customer's page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callback = cls.make_callback(user_id=cls.agent.id)
        cls.callback.planned_at = cls.callback.window_start
        cls.key = cls.callback._sign_time()
        cls.text = (
            f"请看 https://x.example/revisit/time/{cls.callback.id}"
            f"?access_token={cls.key}，谢谢"
        )

    def test_text_files_lose_the_key(self):
        """K3: by every way: added, changed, moved, with a message."""
        page = f"<p>{self.text}</p>"
        mail = f"Content-Type: text/plain; charset=utf-8\n\n{self.text}"
        for name, text in (
            ("note.txt", self.text),
            ("page.html", page),
            ("list.csv", f"a,b\n1,{self.text}\n"),
            ("mail.eml", mail),
        ):
            for code in ("utf-8", "gb18030"):
                with self.subTest(name=name, code=code):
                    raw = text.encode(code)
                    file = self.add_file(self.callback, self.agent, name, raw=raw)
                    self.assertNotIn(self.key.encode(), file.raw)
                    self.assertIn(b"/revisit/time/", file.raw)
        file.raw = self.text.encode()
        self.assertNotIn(self.key.encode(), file.raw)
        self.assertIn("谢谢", file.raw.decode())
        loose = (
            self.env["ir.attachment"]
            .with_user(self.agent)
            .create({"name": "note.txt", "raw": self.text.encode()})
        )
        loose.write({"res_model": "revisit.callback", "res_id": self.callback.id})
        self.assertNotIn(self.key.encode(), loose.raw)
        message = self.callback.with_user(self.agent).message_post(
            body="See", attachments=[("note.txt", self.text)]
        )
        self.assertNotIn(self.key.encode(), message.attachment_ids.raw)

    def test_other_files_stay_as_they_are(self):
        """C4: neither pictures nor letters without a key are touched."""
        picture = base64.b64decode(PICTURE)
        for name, raw in (
            ("sign.png", picture),
            ("note.txt", "没有钥匙\r\n".encode("gb18030")),
            ("note2.txt", b"\xff\xfe\x00"),
        ):
            file = self.add_file(self.callback, self.agent, name, raw=raw)
            self.assertEqual(file.raw, raw)
            self.assertEqual(file.name, name)


@tagged("post_install", "-at_install")
class TestLockedFiles(FilesCommon):
    """C4, C8: a lock covers what belongs to the record, by whatever path."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.callback = cls.make_callback(user_id=cls.agent.id)
        mine = cls.callback.with_user(cls.agent)
        mine.action_log_attempt("reached", recording=base64.b64encode(b"hello"))
        cls.attempt = cls.callback.attempt_ids

    def review(self):
        self.callback.with_user(self.agent).action_done(satisfaction=80)
        self.callback.with_user(self.supervisor).action_review_passed()
        self.assertEqual(self.callback.state, "reviewed")

    def test_review_seals_the_files(self):
        file = self.add_file(self.callback, self.agent)
        recording = self.find_content(self.attempt, "recording")
        self.review()
        expected = {(f.id, f.checksum) for f in file.sudo() + recording}
        self.assertEqual({tuple(row) for row in self.callback.sealed_files}, expected)

    def test_nothing_is_added_past_the_record(self):
        """security 3: a row for a field made the signature; files were added."""
        self.review()
        for record, name in ((self.callback, "signature"), (self.attempt, "recording")):
            before = record.sudo()[name]
            for user in (self.agent, self.supervisor, self.manager):
                with self.subTest(name=name, user=user.login):
                    with self.assertRaises(UserError):
                        self.add_file(record, user)
                    with self.assertRaises(UserError):
                        self.add_file(record, user, res_field=name, raw=b"forged")
                    record.invalidate_recordset()
                    self.assertEqual(record.sudo()[name], before)

    def test_content_of_a_field_is_reached_through_its_record_alone(self):
        """Open records, too: their own rules say who writes the field."""
        loose = self.add_file(self.env["res.partner"], self.agent, res_model=False)
        recording = self.find_content(self.attempt, "recording").with_user(self.manager)
        target = {"res_model": "revisit.callback", "res_id": self.callback.id}
        with self.assertRaises(AccessError):
            self.add_file(self.callback, self.agent, res_field="signature")
        with self.assertRaises(AccessError):
            loose.write({**target, "res_field": "signature"})
        with self.assertRaises(AccessError):
            recording.write({"raw": b"forged"})
        with self.assertRaises(AccessError):
            recording.write({"res_field": False, "res_id": self.callback.id})
        with self.assertRaises(AccessError):
            recording.unlink()
        self.callback.invalidate_recordset()
        self.assertFalse(self.callback.signature)
        self.assertEqual(base64.b64decode(self.attempt.recording), b"hello")

    def test_sealed_files_stay(self):
        file = self.add_file(self.callback, self.agent)
        loose = self.add_file(self.env["res.partner"], self.agent, res_model=False)
        other = self.make_callback(user_id=self.agent.id)
        self.review()
        target = {"res_model": "revisit.callback", "res_id": self.callback.id}
        for user in (self.agent, self.supervisor, self.manager, self.env.user):
            mine = file.with_user(user).sudo(user == self.env.user)
            with self.subTest(user=user.login):
                for values in (
                    {"raw": b"forged"},
                    {"datas": PICTURE},
                    {"name": "other.txt"},
                    {"res_id": other.id},
                    {"res_id": 0},
                ):
                    with self.assertRaises(UserError):
                        mine.write(values)
                with self.assertRaises(UserError):
                    mine.unlink()
        with self.assertRaises(UserError):
            loose.write(target)
        self.assertEqual(file.sudo().raw, b"as written")
        self.assertEqual(file.sudo().res_id, self.callback.id)

    def test_children_of_a_locked_record_are_locked(self):
        self.review()
        for user in (self.agent, self.supervisor, self.manager):
            mine = self.attempt.with_user(user)
            for values in ({"recording": PICTURE}, {"note": "x"}, {"recording": False}):
                with self.subTest(user=user.login, values=values):
                    with self.assertRaises(UserError):
                        mine.write(values)
        with self.assertRaises(UserError):
            self.find_content(self.attempt, "recording").write({"raw": b"forged"})

    def test_a_message_may_carry_a_file_to_a_locked_record(self):
        self.review()
        message = self.callback.with_user(self.supervisor).message_post(
            body="He called again", attachments=[("later.txt", b"later")]
        )
        self.assertEqual(message.attachment_ids.res_id, self.callback.id)
        self.assertNotIn(
            message.attachment_ids.id, [row[0] for row in self.callback.sealed_files]
        )

    def test_unlocking_opens_the_files(self):
        file = self.add_file(self.callback, self.agent)
        self.review()
        self.callback.with_user(self.manager).action_unlock("Wrong letter")
        self.assertFalse(self.callback.sealed_files)
        file.with_user(self.supervisor).unlink()
        self.assertFalse(file.exists())

    def test_agents_keep_the_proof_of_what_they_made(self):
        """C4: it was made because the proof was there."""
        file = self.add_file(self.callback, self.agent)
        self.callback.with_user(self.agent).action_done(satisfaction=80)
        for function in (lambda: file.write({"raw": b"x"}), file.unlink):
            with self.assertRaisesRegex(UserError, "so it stays"):
                function()
        with self.assertRaisesRegex(AccessError, "is proof"):
            self.attempt.with_user(self.agent).write({"recording": PICTURE})
        self.add_file(self.callback, self.agent, name="second.txt")

    def test_what_is_said_about_sealed_files_stays(self):
        """C4: description and company of a sealed file were anybody's."""
        file = self.add_file(self.callback, self.agent)
        self.review()
        for user in (self.agent, self.supervisor, self.manager):
            for values in (
                {"description": "forged"},
                {"company_id": False},
                {"original_id": file.id},
                {"index_content": "forged"},
                {"access_token": "forged"},
            ):
                with self.subTest(user=user.login, values=values):
                    with self.assertRaises(UserError):
                        file.with_user(user).write(values)

    def test_proof_that_is_replaced_leaves_a_trace(self):
        """C4, C8: a supervisor may, but not without a trace."""
        file = self.add_file(self.callback, self.agent)
        self.callback.with_user(self.agent).action_done(satisfaction=80)
        other = self.make_callback(user_id=self.agent.id)
        digest = file.sudo().checksum[:12]
        mine = file.with_user(self.supervisor)
        for function, new in (
            (lambda: mine.write({"raw": b"another"}), "letter.txt"),
            (lambda: mine.write({"name": "bill.txt"}), "bill.txt"),
            (lambda: mine.write({"res_id": other.id}), f",{other.id},"),
            (lambda: mine.write({"res_id": self.callback.id}), None),
            (mine.unlink, "-"),
        ):
            before = self.callback.sudo().trace_ids
            function()
            self.callback.invalidate_recordset()
            trace = self.callback.sudo().trace_ids - before
            if new is None:  # it comes back: nothing of this callback changes
                self.assertFalse(trace)
                continue
            self.assertEqual(len(trace), 1)
            self.assertEqual(trace.user_id, self.supervisor)
            self.assertIn(new, trace.new_text)
            self.assertIn(".txt", trace.old_text)
        first = self.callback.sudo().trace_ids.sorted("id")[0]
        self.assertIn(digest, first.old_text)
        self.assertEqual(base64.b64decode(first.old_file), b"as written")

    def test_deleting_an_open_record_takes_its_files_along(self):
        open_one = self.make_callback(user_id=self.agent.id)
        file = self.add_file(open_one, self.agent)
        open_one.with_user(self.manager).unlink()
        self.assertFalse(file.exists())

    def test_files_of_a_closed_issue_stay(self):
        issue = self.make_issue(owner_id=self.agent.id, is_anonymous=True)
        file = self.add_file(issue, self.agent)
        issue.with_user(self.agent).action_resolve("A new part")
        issue.with_user(self.agent).action_close()
        self.assertEqual(issue.sealed_files, [[file.id, file.sudo().checksum]])
        for user in (self.agent, self.manager):
            with self.subTest(user=user.login):
                with self.assertRaisesRegex(UserError, "is closed"):
                    self.add_file(issue, user, name="second.txt")
                with self.assertRaisesRegex(UserError, "stays as it is"):
                    file.with_user(user).write({"raw": b"forged"})
                with self.assertRaisesRegex(UserError, "stays as it is"):
                    file.with_user(user).unlink()


@tagged("post_install", "-at_install")
class TestSignature(FilesCommon):
    """C4: a signature that was saved stays, unless a supervisor asks for another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        policy = cls.make_policy(
            "manual", level="dealer", channel="visit", signature_rule="required"
        )
        cls.visit = cls.make_callback(
            policy, user_id=cls.agent.id, dealer_id=cls.dealer_a.id
        )
        cls.visit.with_user(cls.portal_a)._portal_sign("Zhang Wei", PICTURE.decode())

    def test_a_saved_signature_stays(self):
        as_dealer = self.visit.with_user(self.portal_a)
        with self.assertRaisesRegex(UserError, "signed already"):
            as_dealer._portal_sign("Somebody", OTHER.decode())
        for user in (self.agent, self.supervisor, self.manager):
            mine = self.visit.with_user(user)
            for value in (OTHER, OTHER.decode(), False):
                with self.subTest(user=user.login, value=value):
                    with self.assertRaisesRegex(UserError, "signed already"):
                        mine.write({"signature": value})
            with self.assertRaisesRegex(UserError, "signed already"):
                mine.action_done(result="reached", signature=OTHER.decode())
        self.assertEqual(self.visit.signature, PICTURE)
        # the same form sent twice changes nothing and is no fault
        as_dealer._portal_sign("Zhang Wei", PICTURE.decode())

    def test_supervisor_has_it_signed_again(self):
        mine = self.visit.with_user(self.supervisor)
        action = mine.action_open_sign_again()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.supervisor)
            .with_context(**action["context"])
        )
        form.reason = "Signed by the neighbour"
        form.save().action_apply()
        self.assertFalse(self.visit.signature)
        message = self.visit.message_ids[0]
        self.assertIn("Signed by the neighbour", str(message.body))
        self.assertEqual(message.attachment_ids.datas, PICTURE)
        self.assertEqual(message.author_id, self.supervisor.partner_id)
        self.visit.with_user(self.portal_a)._portal_sign("Zhang Wei", OTHER.decode())
        self.assertEqual(self.visit.signature, OTHER)

    def test_signing_again_is_a_supervisors_step_with_a_reason(self):
        with self.assertRaises(AccessError):
            self.visit.with_user(self.agent).action_sign_again("Please")
        mine = self.visit.with_user(self.supervisor)
        with self.assertRaisesRegex(UserError, "Say why"):
            mine.action_sign_again(" ")
        self.visit.with_user(self.agent).action_done(result="reached", satisfaction=90)
        mine.action_review_passed()
        with self.assertRaisesRegex(UserError, "locked"):
            mine.action_sign_again("Too late")
        self.assertEqual(self.visit.signature, PICTURE)
