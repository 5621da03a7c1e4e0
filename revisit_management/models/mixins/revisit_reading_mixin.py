# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class RevisitReadingMixin(models.AbstractModel):
    """Rows of a rulebook that mark which of their values the printed text leaves open.

    A rulebook follows a printed text. If the text leaves a number open, the row needs
    a value all the same: this value is our interpretation, and the row says so until
    the company has decided otherwise.
    """

    _name = "revisit.reading.mixin"
    _description = "Row With Readings of Ours"

    our_values = fields.Char(
        string="Values of Ours",
        help="Technical names of the values that the rules' text does not give,"
        " separated by blanks, e.g. delay_min delay_max.",
    )
    is_ours = fields.Boolean(
        string="Our Reading",
        compute="_compute_is_ours",
        search="_search_is_ours",
        help="At least one value of this row is not in the rules' text.",
    )
    our_reading = fields.Char(
        string="Not in the Rules' Text",
        compute="_compute_our_reading",
        help="These values are a reading of ours: change them as you need.",
    )

    @api.depends("our_values")
    def _compute_is_ours(self):
        for record in self:
            record.is_ours = bool(record.our_values and record.our_values.strip())

    def _search_is_ours(self, operator, value):
        if operator != "in":
            return NotImplemented
        marked = Domain("our_values", "not in", [False, ""])
        return marked if True in value else ~marked

    @api.depends("our_values")
    @api.depends_context("lang")
    def _compute_our_reading(self):
        for record in self:
            record.our_reading = record._describe_values(record.our_values) or False

    @api.constrains("our_values")
    def _check_our_values(self):
        for record in self:
            unknown = [
                name
                for name in (record.our_values or "").split()
                if name not in self._fields
            ]
            if unknown:
                raise ValidationError(
                    self.env._(
                        "%(row)s: %(names)s is no value of such a row. Name the fields"
                        " as they are called technically.",
                        row=record.display_name,
                        names=", ".join(unknown),
                    )
                )

    @api.model
    def _describe_values(self, names):
        """Return the labels of values, given their technical names."""
        return ", ".join(
            self._fields[name]._description_string(self.env)
            for name in (names or "").split()
            if name in self._fields
        )
