# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import RevisitCommon


@tagged("post_install", "-at_install")
class TestAllRulebooks(RevisitCommon):
    """B0, R: what holds for every rulebook that is shipped."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.fresh = cls.make_company("Fresh Company")
        cls.rulebooks = cls.env["revisit.rulebook"].with_company(cls.fresh)
        cls.codes = cls.rulebooks._get_shipped_codes()

    def iter_rows(self, rulebook):
        """Yield (model, record, cells) of every shipped row."""
        for module, model, header, rows in rulebook._iter_files():
            for row in rows:
                cells = dict(zip(header, row, strict=True))
                record = rulebook._get_record(rulebook._get_xmlid(module, cells["id"]))
                yield model, record, cells

    def count_all(self):
        models = [
            model
            for _m, names in self.rulebooks._get_rulebook_sources()
            for model in names
        ]
        return {
            model: self.env[model].with_context(active_test=False).search_count([])
            for model in (*models, "ir.model.data")
        }

    def test_every_rulebook_installs_twice(self):
        """B0, R: each installs in a fresh company; again, and nothing changes."""
        for code in self.codes:
            with self.subTest(code=code):
                rulebook = self.rulebooks.action_install(code)
                self.assertEqual(rulebook.company_id, self.fresh)
                self.assertEqual(rulebook.state, "installed")
                baseline, counts = rulebook.baseline, self.count_all()
                self.rulebooks.action_install(code)
                self.assertEqual(rulebook.baseline, baseline)
                self.assertEqual(self.count_all(), counts)
                self.assertFalse(
                    [line for line in rulebook._preview() if line[2] != "kept"]
                )

    def test_all_live_in_one_company(self):
        """B0, R: all together, and the planning runs without an error."""
        for code in self.codes:
            self.rulebooks.action_install(code)
        installed = self.rulebooks.search(
            [("company_id", "=", self.fresh.id), ("state", "=", "installed")]
        )
        self.assertEqual(sorted(installed.mapped("code")), self.codes)
        self.plan(self.fresh)
        run = self.env["revisit.run"].search(
            [("company_id", "=", self.fresh.id)], order="id desc", limit=1
        )
        self.assertFalse(run.message)

    def test_every_text_is_bilingual(self):
        """K5, R: every Chinese cell is filled and reaches its record."""
        for code in self.codes:
            rulebook = self.rulebooks.action_install(code)
            for model, record, cells in self.iter_rows(rulebook):
                for column, text in cells.items():
                    name, at, lang = column.partition("@")
                    if not at:
                        continue
                    with self.subTest(
                        code=code, model=model, id=cells["id"], column=column
                    ):
                        self.assertEqual(bool(text), bool(cells[name]))
                        if text and lang == "zh_CN" and model != "hr.department":
                            loaded = record.with_context(lang=lang)[name]
                            self.assertEqual(str(loaded), text)
                            english = record.with_context(lang="en_US")[name]
                            self.assertEqual(str(english), cells[name])

    def test_every_translatable_column_has_its_chinese(self):
        """K5, R: no file leaves out the Chinese of a text that people read."""
        for code in self.codes:
            rulebook = self.rulebooks.action_install(code)
            for _module, model, header, _rows in rulebook._iter_files():
                for column in header:
                    field = self.env[model]._fields.get(column)
                    is_text = field and field.translate
                    # a grade's name is a letter, its label is the text
                    if is_text and model != "revisit.grade":
                        with self.subTest(code=code, model=model, column=column):
                            self.assertIn(f"{column}@zh_CN", header)

    def test_every_policy_can_run(self):
        """B2, R: each has a trigger, a script with purpose, and a valid window."""
        for code in self.codes:
            rulebook = self.rulebooks.action_install(code)
            policies = rulebook.with_context(active_test=False).policy_ids
            self.assertTrue(policies, code)
            for policy in policies:
                with self.subTest(code=code, policy=policy.code):
                    self.assertTrue(policy.trigger_id)
                    if not policy.trigger_id.active:
                        # its app is not there: both wait for it
                        self.assertFalse(policy.active)
                        continue
                    self.assertFalse(policy.trigger_id._get_definition_error())
                    self.assertLessEqual(policy.delay_min, policy.delay_max)
                    if not policy.active:
                        self.assertTrue(policy.note, "says what is to be set")
                    if policy.contact_type == "touch" and not (
                        policy.sms_template_id or policy.mail_template_id
                    ):
                        self.assertFalse(policy.active)
                        self.assertIn("template", policy.note)
                        continue
                    if policy.contact_type == "callback":
                        self.assertTrue(policy.script_id.opening)
                        self.assertTrue(policy.script_id.body)
                    if policy.recurrence == "sample" and not policy.sample_rate:
                        self.assertFalse(policy.active)
                        policy.sample_rate = 10
                    if policy.recurrence != "event" and not policy.period_months:
                        self.assertFalse(policy.active)
                        self.assertRefused(
                            ValidationError,
                            "not set how often",
                            policy.write,
                            {"active": True},
                        )
                        policy.period_months = 3
                    # what the company switches on must be complete
                    policy.active = True

    def test_edits_stay_and_deleted_rows_stay_away(self):
        """B0, R: a repeated installation keeps an edit, brings no row back."""
        for code in self.codes:
            with self.subTest(code=code):
                rulebook = self.rulebooks.action_install(code)
                policies = rulebook.with_context(active_test=False).policy_ids
                edited, deleted = policies[0], policies[-1]
                edited.write({"name": "Ours", "delay_max": edited.delay_max + 1})
                expected = edited.delay_max
                deleted.unlink()
                count = len(policies) - 1
                self.rulebooks.action_install(code)
                self.assertEqual((edited.name, edited.delay_max), ("Ours", expected))
                left = rulebook.with_context(active_test=False).policy_ids
                self.assertEqual(len(left), count)
