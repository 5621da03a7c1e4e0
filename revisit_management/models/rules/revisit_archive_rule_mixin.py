# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from ...tools.fields import OptionalInteger

LIMITS = ("archive_built_days", "archive_reported_days")
# what a company usually wants to know, where its rules name nothing
USUAL = (
    ("res.partner", "phone"),
    ("res.partner", "street"),
    ("res.partner", "city"),
    ("revisit.archive.line", "sold_on"),
    ("revisit.archive.line", "serial_number"),
)


class RevisitArchiveRuleMixin(models.AbstractModel):
    """What a rulebook asks of customers' archives, and how soon after a sale.

    Days are calendar days after the sale, or after a repaired product was handed back:
    0 is the day itself. An empty limit is not set: nothing is late by it.
    """

    _name = "revisit.archive.rule.mixin"
    _description = "Rule of Customer Archives"

    asks_archive = fields.Boolean(
        string="Archives Are Checked",
        tracking=True,
        help="Customers' archives are to be complete and accurate, as the list of"
        " required fields says. Nothing is stopped by it: what is missing is shown, and"
        " can be counted.",
    )
    archive_built_days = OptionalInteger(
        string="Archive Built Within",
        tracking=True,
        help="Calendar days after the sale or pick-up; 0: the same day. Empty: not"
        " set.",
    )
    archive_reported_days = OptionalInteger(
        string="Reported Within",
        tracking=True,
        help="Calendar days after the sale or pick-up in which headquarters has the"
        " archive; 0: the same day. Empty: not set.",
    )
    archive_field_ids = fields.One2many(
        comodel_name="revisit.archive.field",
        inverse_name="rulebook_id",
        string="Required Fields",
    )

    @api.constrains(*LIMITS)
    def _check_archive_limits(self):
        for rule in self:
            limits = [(name, rule[name]) for name in LIMITS if rule[name] is not False]
            for name, days in limits:
                if not 0 <= days <= 366:
                    raise ValidationError(
                        self.env._(
                            "%(field)s: give a number of days from 0 to 366, or leave"
                            " it empty if the rules do not say.",
                            field=self._fields[name]._description_string(self.env),
                        )
                    )
            if len(limits) == 2 and limits[0][1] > limits[1][1]:
                raise ValidationError(
                    self.env._(
                        "%(rulebook)s: an archive cannot be reported before it is"
                        " built. Correct the days.",
                        rulebook=rule.display_name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        if any(rule.asks_archive for rule in rules):
            self.env["revisit.archive.field"]._follow()
        return rules

    def write(self, vals):
        result = super().write(vals)
        watched = {"active", "asks_archive", "company_id", "effective_from", "state"}
        if (watched | set(LIMITS)) & set(vals):
            # archives are counted anew by what is asked for now
            self.env["revisit.archive.field"]._follow()
        return result

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_add_usual_fields(self):
        """Button: ask for what most companies do, marked as a choice of ours."""
        for rule in self:
            known = {(row.model_name, row.field_name) for row in rule.archive_field_ids}
            rule.archive_field_ids = [
                Command.create(
                    {
                        "sequence": 10 * number,
                        "model_name": model,
                        "field_name": name,
                        "our_values": "field_name",
                    }
                )
                for number, (model, name) in enumerate(USUAL, 1)
                if (model, name) not in known
            ]
