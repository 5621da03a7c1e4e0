# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize

from ...tools import emails, hours, phones, values

# how many characters of a wrong value an error repeats
SHOWN = 60


class RevisitReader(models.AbstractModel):
    """Reads values from outside: files, calls of other programs, forms.

    It has one method for each type of value, so that the same text means the same
    everywhere. Each gets the label that its error names, and returns the value, or
    ``False`` if none was given; for a value that it cannot read, it raises a message in
    the user's language. It never changes a value into another one.

    Times without an offset have the time zone that the entry point defines:

    ===============================  ==========================================
    methods called by programs       UTC, as everywhere in Odoo's own interface
    imported files                   the company's time zone
    the dealer's and customer's page the time zone that the page shows
    ===============================  ==========================================
    """

    _name = "revisit.reader"
    _description = "Reader of Values"

    @api.model
    def _get_label(self, records, name):
        """Return a field's label in the user's language."""
        return records._fields[name]._description_string(self.env)

    @api.model
    def _read_moment(self, label, raw, zone=None):
        """Return a naive UTC datetime, or False.

        ISO 8601 with an offset or "Z"; without them only if a zone is given.

        :param zone: name or tzinfo for values without an offset, e.g. "UTC"
        """
        now = fields.Datetime.now()
        return self._read(label, raw, values.read_moment, now, zone)

    @api.model
    def _read_date(self, label, raw, back=values.YEARS):
        """Return a date, or False.

        :param back: how many years ago the date may be
        """
        today = fields.Datetime.now().date()
        return self._read(label, raw, values.read_date, today, back)

    @api.model
    def _read_number(self, label, raw, low=None, high=None, step=None):
        """Return a number, or False; an ``int`` if the steps are whole numbers."""
        return self._read(label, raw, values.read_number, low, high, step)

    @api.model
    def _read_hour(self, label, raw):
        """Return an hour of the day as a float, or False."""
        return self._read(label, raw, hours.read_hour)

    @api.model
    def _read_text(self, label, raw, limit):
        """Return a text of at most ``limit`` characters, or False."""
        return self._read(label, raw, values.read_text, limit)

    @api.model
    def _check_characters(self, label, raw):
        """Return a text unchanged, or refuse characters that cannot be stored."""
        return self._read(label, raw, values.check_characters)

    @api.model
    def _read_flag(self, label, raw):
        """Return True or False; an empty value is False."""
        return self._read(label, raw, values.read_flag)

    @api.model
    def _read_ids(self, label, raw):
        """Return a list of database ids, or False if none was given."""
        return self._read(label, raw, values.read_ids)

    @api.model
    def _read_file(self, label, raw):
        """Return the base64 text of a file, or False."""
        return self._read(label, raw, values.read_file)

    @api.model
    def _read_phone(self, label, raw, country=None):
        """Return a phone number such as "+8613800138000", or False.

        :param country: ``res.country`` of numbers without a prefix; by default the
            company's own
        """
        country = country or self.env.company.country_id
        return self._read(label, raw, phones.read_phone, country.code)

    @api.model
    def _read_email(self, label, raw, limit):
        """Return one email address as it is compared and written to, or False."""
        text = self._read_text(label, raw, limit)
        return text and self._read(
            label, text, lambda typed: emails.check_email(email_normalize(typed))
        )

    @api.model
    def _read_choice(self, label, field, raw):
        """Return the key of a selection, or False.

        :param field: the selection field
        :param raw: its key, or its label in any installed language
        """
        return self._read(label, raw, self._find_choice, field)

    # ------------------------------------------------------------
    # CHOICES
    # ------------------------------------------------------------

    def _find_choice(self, raw, field):
        if not values.is_given(raw):
            return False
        labels = self._get_choices(field)
        if not isinstance(raw, str):
            raise values.Unreadable("choice", choices=self._list_choices(field))
        text = values.plain(raw)
        if text in labels:
            return text
        found = [
            key
            for key, names in labels.items()
            if text.casefold() in {name.casefold() for name in (key, *names)}
        ]
        if len(found) != 1:
            reason = "choices" if found else "choice"
            raise values.Unreadable(reason, choices=self._list_choices(field))
        return found[0]

    def _get_choices(self, field):
        """Return {key: its labels in the installed languages}."""
        choices = {}
        for code, _name in self.env["res.lang"].get_installed():
            env = self.with_context(lang=code).env
            for key, name in field._description_selection(env):
                choices.setdefault(key, set()).add(name)
        return choices

    def _list_choices(self, field):
        # users know the labels, programs the keys
        choices = field._description_selection(self.env)
        if self.env.user.share:
            # dealers and customers have the page and no program
            return ", ".join(name for _key, name in choices)
        return ", ".join(f"{name} ({key})" for key, name in choices)

    # ------------------------------------------------------------
    # MESSAGES
    # ------------------------------------------------------------

    def _read(self, label, raw, reader, *limits):
        try:
            return reader(raw, *limits)
        except values.Unreadable as error:
            shown = self._show(raw)
            refusal = ValidationError(self._get_sentence(error, label, shown))
            # beside its field, which has its label already
            refusal.alone = self._get_sentence(
                error, self.env._("What you entered"), shown
            )
            raise refusal from None

    def _show(self, raw):
        """Return a wrong value, cut to the length that an error repeats."""
        text = " ".join(str(raw).split())
        text = "".join(char if char.isprintable() else "�" for char in text)
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"

    def _get_sentence(self, error, label, value):
        """Return a message about what is wrong with a value and how to write it."""
        details = {"label": label, "value": value, **error.details}
        return (
            self._get_number_sentence(error.reason, details)
            or self._get_time_sentence(error.reason, details)
            or self._get_text_sentence(error.reason, details)
            or self._get_program_sentence(error.reason, details)
            or self._get_phone_sentence(error.reason, details)
        )

    def _get_number_sentence(self, reason, details):
        if reason == "number":
            return self.env._(
                "%(label)s: %(value)s is no number. Give one in digits, e.g. 8.5,"
                " without units, or leave it empty.",
                **details,
            )
        if reason == "separator":
            return self.env._(
                "%(label)s: %(value)s can be read in two ways. Write it with a point"
                " before the decimals, and nothing between the thousands.",
                **details,
            )
        if reason == "size":
            return self.env._(
                "%(label)s: %(value)s has more digits than can be kept. Correct the"
                " number.",
                **details,
            )
        if reason == "step":
            return self._get_step_sentence(details)
        return self._get_range_sentence(details) if reason == "range" else None

    def _get_step_sentence(self, details):
        if details["step"] == 1:
            return self.env._(
                "%(label)s is %(value)s: give a whole number, or leave it empty.",
                **details,
            )
        return self.env._(
            "%(label)s is %(value)s: give a multiple of %(step)s, or leave it empty.",
            **details,
        )

    def _get_range_sentence(self, details):
        if details["high"] is None:
            return self.env._(
                "%(label)s is %(value)s: give a number from %(low)s on, or leave it"
                " empty.",
                **details,
            )
        if details["low"] is None:
            return self.env._(
                "%(label)s is %(value)s: give a number up to %(high)s, or leave it"
                " empty.",
                **details,
            )
        return self.env._(
            "%(label)s is %(value)s: give a number from %(low)s to %(high)s, or leave"
            " it empty.",
            **details,
        )

    def _get_time_sentence(self, reason, details):
        if reason == "date":
            return self.env._(
                "%(label)s: %(value)s is no date that can be read. Write the year"
                " first, e.g. 2026-03-31.",
                **details,
            )
        if reason == "day":
            return self.env._(
                "%(label)s: %(value)s is a time, and a day is wanted, e.g. 2026-03-31.",
                **details,
            )
        if reason == "hour":
            return self.env._(
                "%(label)s: %(value)s is no hour of the day. Write it as 9:30 or 9.5.",
                **details,
            )
        if reason == "moment":
            return self.env._(
                "%(label)s: %(value)s is no date and time that can be read. Write it as"
                " 2026-03-31 14:30:00, or with its offset from UTC as"
                " 2026-03-31T14:30:00+08:00.",
                **details,
            )
        return self._get_clock_sentence(reason, details)

    def _get_clock_sentence(self, reason, details):
        if reason == "zone":
            return self.env._(
                "%(label)s: nobody can tell in which time zone %(value)s is. Add the"
                " offset from UTC, e.g. 2026-03-31T14:30:00+08:00.",
                **details,
            )
        if reason == "gap":
            return self.env._(
                "%(label)s: %(value)s does not exist in %(zone)s, where the clocks go"
                " forward over it. Choose a time before or after.",
                **details,
            )
        if reason == "twice":
            return self.env._(
                "%(label)s: %(value)s happens twice in %(zone)s, where the clocks go"
                " back over it. Add the offset from UTC, or choose a time before or"
                " after.",
                **details,
            )
        if reason == "year":
            return self.env._(
                "%(label)s: %(value)s lies too far away. Give a year from %(first)s to"
                " %(last)s.",
                **details,
            )
        return None

    def _get_text_sentence(self, reason, details):
        if reason == "long":
            return self.env._(
                "%(label)s has %(count)s characters, and %(limit)s are kept: shorten"
                " it.",
                **details,
            )
        if reason == "character":
            return self.env._(
                "%(label)s holds a character that no text has. Type it again.",
                **details,
            )
        if reason == "text":
            return self.env._("%(label)s: %(value)s is no text.", **details)
        if reason == "email":
            return self.env._(
                "%(label)s: %(value)s is no email address. Write one such as"
                " name@example.com, or leave it empty.",
                **details,
            )
        if reason == "choice":
            return self.env._(
                "%(label)s: %(value)s is none of the choices. Use one of: %(choices)s.",
                **details,
            )
        if reason == "choices":
            return self.env._(
                "%(label)s: %(value)s names more than one of the choices. Use one of:"
                " %(choices)s.",
                **details,
            )
        return None

    def _get_program_sentence(self, reason, details):
        if reason == "flag":
            return self.env._(
                "%(label)s: %(value)s is neither yes nor no. Give true or false.",
                **details,
            )
        if reason == "ids":
            return self.env._(
                "%(label)s: %(value)s is no list of database IDs, e.g. [3, 5].",
                **details,
            )
        if reason == "file":
            return self.env._(
                "%(label)s did not arrive whole. Send it again.", **details
            )
        return None

    def _get_phone_sentence(self, reason, details):
        # the number itself is not repeated, as errors are logged and mailed
        if reason == "several":
            return self.env._(
                "%(label)s holds more than one number. Keep one, and give the other to"
                " a contact of its own.",
                **details,
            )
        if reason == "extension":
            return self.env._(
                "%(label)s: a number with an extension cannot be written to. Give the"
                " whole number.",
                **details,
            )
        if reason == "prefix":
            return self.env._(
                "%(label)s: nobody can tell of which country the number is. Write it"
                " with its prefix, e.g. +86, or set the company's country.",
                **details,
            )
        return self.env._(
            "%(label)s is no number that can be called. Correct it.", **details
        )
