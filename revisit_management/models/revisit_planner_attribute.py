# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models
from odoo.tools import SQL

from .revisit_attribute import ATTRIBUTE


class RevisitPlanner(models.AbstractModel):
    """Paths that end in a customer's attribute, ``partner_id.attribute:<code>``."""

    _inherit = "revisit.planner"

    def _follow(self, record, path):
        prefix, code = self._split_attribute(path)
        if not code:
            return super()._follow(record, path)
        partner = super()._follow(record, prefix) if prefix else record
        return partner and partner._revisit_get_attribute(code, self.env.company)

    def _split_attribute(self, path):
        """Return ``(path to the customer, code)``; the code is empty for plain paths.

        E.g. ``("partner_id", "usage_type")`` of ``partner_id.attribute:usage_type``.
        """
        prefix, _marker, code = (path or "").partition(ATTRIBUTE)
        return prefix.rstrip("."), code


class RevisitPlannerSet(models.AbstractModel):
    _inherit = "revisit.planner.set"

    def _path_sql(self, policy, query, path):
        prefix, code = self._split_attribute(path)
        if not code:
            return super()._path_sql(policy, query, path)
        partner_id = (
            super()._path_sql(policy, query, prefix)
            if prefix
            else SQL.identifier(query.table, "id")
        )
        return self.env["revisit.attribute"]._get_value_sql(
            partner_id, code, policy.company_id
        )
