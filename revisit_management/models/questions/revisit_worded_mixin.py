# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.exceptions import UserError


class RevisitWordedMixin(models.AbstractModel):
    """What customers have read when they answered keeps its words.

    A language in which nobody has read it yet may still be added.
    """

    _name = "revisit.worded.mixin"
    _description = "Words That Customers Have Answered"

    # the translated fields that a customer reads, and those that an answer depends on
    _revisit_wording = frozenset()
    _revisit_meaning = frozenset()

    def _filter_answered(self):
        """Return the records of ``self`` that a customer has answered."""
        raise NotImplementedError()

    def _stays_as_answered(self, name):
        """Return whether a field keeps its value because of the answers."""
        self.ensure_one()
        fixed = self._revisit_wording | self._revisit_meaning
        return name in fixed and bool(self._filter_answered())

    def write(self, vals):
        lang = self.env.lang or "en_US"
        self._check_wording_kept(
            {name: {lang: vals[name]} for name in self._revisit_wording & set(vals)}
        )
        return super().write(vals)

    def _update_field_translations(self, field_name, translations, *args, **kwargs):
        if field_name in self._revisit_wording:
            self._check_wording_kept({field_name: translations})
        return super()._update_field_translations(
            field_name, translations, *args, **kwargs
        )

    def _check_wording_kept(self, wording):
        """Refuse other words than those that were answered.

        :param wording: ``{field name: {language: words}}``
        :raise UserError: names what was answered, and says what to do
        """
        for record in self._filter_answered() if wording else self.browse():
            for name, translations in wording.items():
                field = record._fields[name]
                read = field._get_stored_translations(record) or {}
                for lang, words in translations.items():
                    # a translation that is taken away leaves the English words
                    words = field.convert_to_cache(words, record) or (
                        lang != "en_US" and read.get("en_US")
                    )
                    # where nothing stood, there was nothing in any language
                    known = read.get(lang) if read else ""
                    if known is not None and known != (words or ""):
                        raise UserError(
                            self.env._(
                                "Customers have answered %(words)s already: it keeps"
                                " its words. Retire the question, and add a new one.",
                                words=known or record.display_name,
                            )
                        )
