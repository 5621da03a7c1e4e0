# Part of Revisit. See LICENSE file for full copyright and licensing details.
import random
import re
from unittest.mock import patch

from odoo.tests import tagged

from ..tools import phones
from .test_touch import TouchCommon

FORMS = (
    "13800138000/13900139000",
    "13800138000、13900139000",
    "13800138000;13900139000",
    "13800138000，13900139000",
    "13800138000 13900139000",
    "13800138000\n13900139000",
    "13800138000 或 13900139000",
    "138 0013 8000 / 139 0013 9000",
    "１３８００１３８０００",
    "+86 (138) 0013-8000",
    "0086-138-0013-8000 ext 12",
    "010-62345678转123",
    "Tel:13800138000(Li)13900139000",
    "138.0013.8000",
    "138_0013_8000",
    "٠١٢٣٤٥٦٧٨٩٠",
    "1380013800013900139000",
)
# what people put between digits, and digits of other scripts
SIGNS = "0123456789０１２３４５６７８９٣٤² ()-+./、;；,，#x转\n\t_:ab"


@tagged("post_install", "-at_install")
class TestPhones(TouchCommon):
    """K2: no number is readable by who has no task; C10: no refused one is used."""

    def setUp(self):
        super().setUp()
        self.company.country_id = self.env.ref("base.cn")
        self.customer.country_id = False

    # ------------------------------------------------------------
    # MASKS
    # ------------------------------------------------------------

    def check_hidden(self, text):
        """No number of the text can be read from its mask."""
        masked = self.callbacks._mask_phone(text)
        self.assertRegex(masked, r"\A[0-9*/ ]*\Z")
        typed = "".join(
            str(phones.unicodedata.digit(char)) for char in text if char.isdigit()
        )
        for part in masked.split(" / "):
            shown = re.findall("[0-9]+", part)
            # at most the beginning and the end of one number, never side by side
            self.assertLessEqual(len(shown), 2, (text, masked))
            self.assertLessEqual(max(map(len, shown), default=0), 5, (text, masked))
            hidden = part.count("*")
            self.assertGreaterEqual(hidden, min(len(part), 3), (text, masked))
        for length in (8, 7, 6):
            for start in range(len(typed) - length + 1):
                self.assertNotIn(typed[start : start + length], masked, (text, masked))

    def test_numbers_of_every_form_are_hidden(self):
        for text in FORMS:
            with self.subTest(text=text):
                self.check_hidden(text)
                self.customer.phone = text
                callback = self.make_callback(user_id=self.agent.id)
                self.check_hidden(callback._get_phone())
                masked = callback.with_user(self.agent).phone_masked
                self.assertEqual(masked, self.callbacks._mask_phone(text))

    def test_numbers_of_any_text_are_hidden(self):
        """Random texts from a fixed seed."""
        draw = random.Random(20260310)
        for _round in range(3000):
            size = draw.randint(0, 40)
            self.check_hidden("".join(draw.choice(SIGNS) for _sign in range(size)))

    def test_every_address_is_hidden(self):
        """K2: two addresses in one field."""
        for text, masked in (
            ("li@a.example;wang@b.example", "l***@a.example, w***@b.example"),
            ("Li Wei <li@a.example>", "l***@a.example"),
            ("li@a.example wang@b.example", "l***@a.example, w***@b.example"),
            ("no address", ""),
            (False, ""),
        ):
            self.assertEqual(self.callbacks._mask_email(text), masked)

    def test_reports_hide_every_number(self):
        masked = self.touches._mask_contacts(
            "no: 138.0013.8000, １３９００１３９０００"
        )
        self.assertNotRegex(masked, r"\d{6}")

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    def send_to(self, policy, **values):
        partner = self.make_customer("Reader", **values)
        touch = self.make_touch(policy, partner_id=partner.id)
        self.run_sending()
        return touch

    def make_touch(self, policy, **values):
        return self.touches.create(
            {
                "company_id": self.company.id,
                "policy_id": policy.id,
                "partner_id": self.customer.id,
                "channel": policy.channel,
                "source_model": "res.partner",
                "source_id": values.get("partner_id", self.customer.id),
                "occasion": "greeting",
                "event_at": "2026-03-09 00:00:00",
                "window_start": "2026-03-09 00:00:00",
                "window_end": "2026-03-20 00:00:00",
                **values,
            }
        )

    def test_blacklisted_number_in_another_form(self):
        """C10: as the customer wrote it, it is the same number."""
        self.env["phone.blacklist"].create({"number": "+8613800138000"})
        for phone in ("138 0013 8000", "0086 138-0013-8000", "１３８００１３８０００"):
            with self.subTest(phone=phone):
                touch = self.send_to(self.sms_policy, phone=phone)
                self.assertEqual(touch.state, "cancelled")
                self.assertEqual(touch.cancel_reason, "banned")
                self.assertEqual(touch.failure_type, "touch_number_bl")

    def test_number_that_was_stored_as_it_was_typed(self):
        """C10: what Odoo kept before it could read numbers does not matter."""
        self.env["phone.blacklist"].create({"number": "+8613800138000"})
        partner = self.make_customer("Reader", phone="138 0013 8000")
        partner.phone_sanitized = "138 0013 8000"
        touch = self.make_touch(self.sms_policy, partner_id=partner.id)
        self.run_sending()
        self.assertEqual(touch.failure_type, "touch_number_bl")

    def test_other_numbers_are_sent(self):
        self.env["phone.blacklist"].create({"number": "+8613800138000"})
        touch = self.send_to(self.sms_policy, phone="139 0013 9000")
        self.assertEqual(touch.state, "sent")
        self.assertEqual(self.get_sms(touch).number, "+8613900139000")

    def test_unusable_numbers_fail_with_a_reason(self):
        """C10: what cannot be written to is never called sent."""
        for phone, text in (
            ("110", "is no number that can be called"),
            ("13800138000/13900139000", "more than one number"),
            ("010-62345678 转 12", "extension"),
            ("1380013800", "is no number that can be called"),
            ("+1 555", "is no number that can be called"),
        ):
            with self.subTest(phone=phone):
                touch = self.send_to(self.sms_policy, phone=phone)
                self.assertEqual(touch.state, "failed")
                self.assertEqual(touch.failure_type, "sms_number_format")
                self.assertIn(text, touch.failure_reason)
                self.assertNotIn(phone, touch.failure_reason)

    def test_number_of_an_unknown_country(self):
        self.company.country_id = False
        touch = self.send_to(self.sms_policy, phone="138 0013 8000")
        self.assertIn("of which country", touch.failure_reason)

    def test_blacklisted_address_in_other_letters(self):
        """C10: addresses are the same in capitals, and each of several counts."""
        self.env["mail.blacklist"].create({"email": "li.wei@example.com"})
        for email in ("Li.Wei@EXAMPLE.com", "wang@example.com, LI.WEI@example.com"):
            with self.subTest(email=email):
                touch = self.send_to(self.mail_policy, email=email)
                self.assertEqual(touch.state, "cancelled")
                self.assertEqual(touch.failure_type, "mail_bl")

    # ------------------------------------------------------------
    # REQUIREMENT
    # ------------------------------------------------------------

    def test_missing_package_is_told(self):
        """C10: without the package nothing starts, and the error says what to do."""
        path = phones.__file__
        with open(path) as file:
            source = file.read()
        names = {"__name__": phones.__name__, "__package__": phones.__package__}
        with (
            patch.dict("sys.modules", {"phonenumbers": None}),
            self.assertRaisesRegex(ImportError, "pip install phonenumbers"),
        ):
            exec(compile(source, path, "exec"), names)  # pylint: disable=exec-used
        manifest = self.env["ir.module.module"].get_module_info("revisit_management")
        self.assertIn("phonenumbers", manifest["external_dependencies"]["python"])
