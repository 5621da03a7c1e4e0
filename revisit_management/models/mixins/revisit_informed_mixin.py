# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models


class RevisitInformedMixin(models.AbstractModel):
    """Records in which known answers are found, by what they are about.

    See ``revisit.knowledge``. A model says in :meth:`_get_topic` what it is about.
    """

    _name = "revisit.informed.mixin"
    _description = "Finds What Is Known"

    knowledge_ids = fields.Many2many(
        comodel_name="revisit.knowledge",
        compute="_compute_knowledge_ids",
        groups="revisit_management.group_agent",
        help="Published answers about the same product or category.",
    )

    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_knowledge_ids(self):
        """Find them for one form or screen: one query per record."""
        knowledge = self.env["revisit.knowledge"]
        for record in self:
            record.knowledge_ids = knowledge._find_about(
                record.company_id, *record._get_topic()
            )

    def _get_topic(self):
        """Return the products and issue categories (sudo) that the record is about.

        Extend it per model.
        """
        self.ensure_one()
        products = self.env["product.product"]
        return products, self.env["revisit.issue.category"]
