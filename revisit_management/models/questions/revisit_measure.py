# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache


class RevisitMeasure(models.Model):
    """What questions measure: answers to many questions make one figure.

    The five that a callback sums up itself are everybody's; a rulebook may bring
    others.
    """

    _name = "revisit.measure"
    _description = "Measure"
    _check_company_auto = True
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_resolution = fields.Boolean(
        string="Says Whether It Is Solved",
        help="Where the customer is asked to confirm a solution, 100 points confirm it,"
        " and fewer reopen the matter.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        help="Empty: every company's.",
    )
    rulebook_id = fields.Many2one(
        comodel_name="revisit.rulebook",
        ondelete="restrict",
        check_company=True,
        index="btree_not_null",
    )

    _code_unique = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "Another measure has this code."
    )

    @api.model
    @ormcache()
    def _get_standard(self):
        """Return ``{code: id}`` of the measures that a callback sums up itself."""
        measures = (
            self.sudo()  # the five are everybody's
            .with_context(active_test=False)
            .search([("company_id", "=", False)])
        )
        return {measure.code: measure.id for measure in measures}

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if "code" in vals:
            self._check_code_kept(vals["code"])
        self.env.registry.clear_cache()
        return super().write(vals)

    def _check_code_kept(self, code):
        """Refuse to count answers as something else than what was asked."""
        changed = self.filtered(lambda measure: measure.code != code)
        # whoever may see the answers
        answers = self.env["revisit.answer"].sudo()
        if changed and answers.search_count(
            [("measure_id", "in", changed.ids)], limit=1
        ):
            raise UserError(
                self.env._(
                    "%(measure)s was measured already: its code stays. Archive it, and"
                    " add another one.",
                    measure=changed[0].name,
                )
            )

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
