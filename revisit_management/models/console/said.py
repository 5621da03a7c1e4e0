# Part of Revisit. See LICENSE file for full copyright and licensing details.
import re

from odoo import api, models
from odoo.exceptions import UserError

from ...tools.values import MAX_LENGTH, NOTE_SIZE, TEXT_SIZE

# what a talk has brought, as the console sends it
SAID = {
    "about",
    "answers",
    "duration",
    "measures",
    "next_at",
    "next_due_on",
    "note",
    "others",
    "phone",
    "wrap_up",
}
TABLES = ("about", "answers", "measures", "others")
# the ids of a callback and its question, or of the question alone
ANSWER_KEY = re.compile(r"\d{1,10}(:\d{1,10})?", re.ASCII)
CALLBACK_KEY = re.compile(r"\d{1,10}", re.ASCII)
# as many rows of a table are taken
MOST_ROWS = 500


class RevisitSaidMixin(models.AbstractModel):
    """Reads what was said, as the browser sends it, before anything of it is kept.

    What is pressed stays for ten seconds, and what was answered in a talk that goes on
    for as long as the callback is open; others' screens show it. So only the known
    names are taken, each with values that its own reader can read; they are kept as
    they were typed.
    """

    _name = "revisit.said.mixin"
    _description = "Reads What Was Said"

    @api.model
    def _read_said(self, said):
        """Return what was said, or refuse what no console sends.

        :raise UserError: it has another shape
        :raise ValidationError: a value cannot be read, see ``revisit.reader``
        """
        said = said or {}
        if not isinstance(said, dict) or set(said) - SAID:
            self._refuse_said()
        for name in TABLES:
            table = said.get(name) or {}
            if not isinstance(table, dict) or len(table) > MOST_ROWS:
                self._refuse_said()
        self._check_said_answers(said.get("answers") or {})
        self._check_said_measures(said.get("measures") or {})
        for key, values in (said.get("others") or {}).items():
            if not CALLBACK_KEY.fullmatch(str(key)) or not isinstance(values, dict):
                self._refuse_said()
            self._check_said_measures(values)
        self._check_said_matters(said.get("about") or {})
        self._check_said_try(said)
        return said

    @api.model
    def _refuse_said(self):
        raise UserError(
            self.env._(
                "Send what was said as a table with these names: %(names)s.",
                names=", ".join(sorted(SAID)),
            )
        )

    @api.model
    def _check_said_answers(self, answers):
        """Refuse answers that are neither numbers nor words; their question is asked
        when they are recorded."""
        reader = self.env["revisit.reader"]
        label = reader._get_label(self.env["revisit.callback"], "answer_ids")
        for key, value in answers.items():
            if not ANSWER_KEY.fullmatch(str(key)):
                self._refuse_said()
            if isinstance(value, int | float) and not isinstance(value, bool):
                reader._read_number(label, value)
            else:
                reader._read_text(label, value, TEXT_SIZE)

    @api.model
    def _check_said_measures(self, measures):
        callbacks = self.env["revisit.callback"]
        callbacks._check_result_fields(measures)
        callbacks._read_answers(measures)

    @api.model
    def _check_said_matters(self, matters):
        """Refuse what is no reason to call again about a callback's matter."""
        reader = self.env["revisit.reader"]
        label = reader._get_label(self.env["revisit.callback"], "chain_reason")
        for key, why in matters.items():
            if not CALLBACK_KEY.fullmatch(str(key)):
                self._refuse_said()
            reader._read_text(label, why, NOTE_SIZE)

    @api.model
    def _check_said_try(self, said):
        """Refuse values of the try itself that are of another kind."""
        reader, attempts = self.env["revisit.reader"], self.env["revisit.attempt"]
        for name in ("duration", "wrap_up"):
            label = reader._get_label(attempts, name)
            reader._read_number(label, said.get(name), low=0, high=86400, step=1)
        for name, limit in (("note", TEXT_SIZE), ("next_at", MAX_LENGTH)):
            label = reader._get_label(attempts, name)
            reader._read_text(label, said.get(name), limit)
        phone = reader._get_label(self.env["res.partner"], "phone")
        reader._read_text(phone, said.get("phone"), NOTE_SIZE)
        due = reader._get_label(self.env["revisit.callback"], "next_due_on")
        reader._read_date(due, said.get("next_due_on"))
