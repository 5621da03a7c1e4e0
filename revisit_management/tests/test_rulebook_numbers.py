# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re

from odoo.tests import tagged

from .common import RevisitCommon
from .seed_numbers import SEEDS

# the numbers of a row besides its position in a list and its colour
NUMBERS = {
    "revisit.rulebook": ("cap_limit", "touch_limit", "centre_volume"),
    "revisit.script": ("duration",),
    "revisit.issue.deadline": ("respond_hours", "resolve_hours"),
    "revisit.policy.channel": ("position_from",),
}
# a number that says nothing of its own: no limit, from the first one on
SILENT = {
    "cap_limit": 0,
    "touch_limit": 0,
    "centre_volume": 0,
    "position_from": 1,
    "opens_at": 0,
    "sample_rate": 0,
    "sample_ceiling_rate": 0,
    "day_from": 0,
    "day_to": 0,
    "first_after_months": 0,
}
WINDOW = ("delay_min", "delay_max", "opens_at")
BY_RECURRENCE = {
    "event": WINDOW,
    "calendar": ("period_months", "day_from", "day_to"),
    "rolling": ("period_months", "first_after_months", *WINDOW),
    "sample": ("period_months", "sample_rate", "sample_ceiling_rate", *WINDOW),
}


@tagged("post_install", "-at_install")
class TestRulebookNumbers(RevisitCommon):
    """B0, R: a number stands in a rule's text, or is marked as ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fresh = cls.make_company("Fresh Company")
        cls.rulebooks = cls.env["revisit.rulebook"].with_company(cls.fresh)
        cls.codes = cls.rulebooks._get_shipped_codes()

    def get_numbers(self, record):
        """Return the names of the values of a row that are numbers in force."""
        names = NUMBERS.get(record._name, ())
        if record._name == "revisit.policy":
            names = BY_RECURRENCE[record.recurrence]
        numbers = [n for n in names if record[n] != SILENT.get(n, object())]
        if "domain" in record and re.search(r"\d", record.domain or ""):
            numbers.append("domain")
        return numbers

    def iter_records(self, rulebook):
        for module, model, header, rows in rulebook._iter_files():
            for row in rows:
                xmlid = rulebook._get_xmlid(module, row[header.index("id")])
                yield model, row[0], rulebook._get_record(xmlid)

    def test_every_number_has_its_sentence_or_our_mark(self):
        """B0, R: in all nineteen, row by row; a mark names what it marks."""
        used = set()
        for code in self.codes:
            rulebook = self.rulebooks.action_install(code)
            for model, row, record in self.iter_records(rulebook):
                ours = (
                    set((record["our_values"] or "").split())
                    if ("our_values" in record)
                    else set()
                )
                for name in self.get_numbers(record):
                    key = (code, row, name)
                    with self.subTest(code=code, model=model, row=row, name=name):
                        self.assertNotEqual(
                            key in SEEDS, name in ours, "either a sentence, or ours"
                        )
                        if key in SEEDS:
                            used.add(key)
                            value, sentence = SEEDS[key]
                            self.assertEqual(record[name], value)
                            self.assertTrue(sentence)
        self.assertEqual(used, set(SEEDS), "a sentence that no row needs")

    def test_ours_is_shown_in_words(self):
        """B0: on the row, in the dialog before installing, and in the export."""
        rulebook = self.rulebooks._get_for_company("appliance")
        dialog = self.env["revisit.rulebook.install"].create(
            {"rulebook_id": rulebook.id}
        )
        line = dialog.line_ids.filtered(
            lambda row: row.row_id == "policy_issue_resolved"
        )
        self.assertEqual(line.name, "After a problem is solved: within 3 days")
        self.assertEqual(line.our_reading, "Earliest, Latest")
        dialog.action_install()
        policy = rulebook.policy_ids.filtered(
            lambda p: p.code == "appliance_issue_resolved"
        )
        self.assertTrue(policy.is_ours)
        self.assertEqual(policy.our_reading, "Earliest, Latest")
        header, *rows = [
            row
            for part in [rulebook._export_files()["revisit.policy"]]
            for row in (part[0], *part[1])
        ]
        cells = {row[0]: row[header.index("our_values")] for row in rows}
        self.assertEqual(cells["policy_issue_resolved"], "delay_min delay_max")
        self.assertEqual(cells["policy_purchase"], "")

    def test_a_mark_names_values_of_the_row(self):
        policy = self.make_policy()
        self.assertRefused(
            Exception, "no value of such a row", policy.write, {"our_values": "nope"}
        )

    def test_dialog_tells_what_waits(self):
        """B0: in words what is not set, and which policies are shipped archived."""
        self.env["res.lang"]._activate_lang("zh_CN")
        for code in self.codes:
            rulebook = self.rulebooks._get_for_company(code)
            for lang in ("en_US", "zh_CN"):
                with self.subTest(code=code, lang=lang):
                    dialog = (
                        self.env["revisit.rulebook.install"]
                        .with_context(lang=lang)
                        .create({"rulebook_id": rulebook.id})
                    )
                    self.assertTrue(dialog.unset_text)
                    waiting = dialog.line_ids.filtered("waits")
                    for name in waiting.mapped("name"):
                        self.assertIn(name, dialog.waiting_text)
                    self.assertTrue(all(dialog.line_ids.mapped("name")))

    def test_listed_rulebooks_take_the_texts_of_a_release(self):
        """B0: in each language, also where the row is older than the release."""
        self.env["res.lang"]._activate_lang("zh_CN")
        listed = self.rulebooks._get_for_company("securities")
        listed.write({"summary": "Old", "unset_parameters": False})
        self.rulebooks._register_shipped(self.fresh)
        self.assertIn("3 working days", listed.summary)
        self.assertIn("How often", listed.unset_parameters)
        chinese = listed.with_context(lang="zh_CN")
        self.assertIn("定期回访的周期", chinese.unset_parameters)

    def test_rulebook_links_what_waits(self):
        """B0: the policies that a choice is missing for, until they are active."""
        rulebook = self.rulebooks.action_install("securities")
        waiting = rulebook.waiting_policy_ids
        self.assertEqual(
            set(waiting.mapped("code")),
            {
                "securities_opening_check",
                "securities_periodic",
                "securities_birthday",
                "securities_holiday",
            },
        )
        action = rulebook.action_open_waiting()
        self.assertEqual(
            self.env["revisit.policy"]
            .with_context(**action["context"])
            .search(action["domain"]),
            waiting,
        )
        waiting.filtered(lambda p: p.code == "securities_birthday").active = True
        self.assertEqual(len(rulebook.waiting_policy_ids), 3)

    def test_clerks_are_obligatory(self):
        """A4, [001.3]: an office of a new company without a clerk is a breach."""
        self.rulebooks.action_install("branch_network")
        office = self.make_team("Bay", company_id=self.fresh.id, kind="office")
        self.assertEqual(office.unit_breach, "Has no service clerk.")
