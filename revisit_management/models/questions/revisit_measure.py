# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
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
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
