# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import models


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def write(self, vals):
        if "tz" not in vals:
            return super().write(vals)
        companies = (
            self.env["res.company"]
            .sudo()  # also for companies that the user may not see
            .with_context(active_test=False)
            .search([("resource_calendar_id", "in", self.ids)])
        )
        zones = {company: company._revisit_tz() for company in companies}
        result = super().write(vals)
        companies._revisit_follow_zones(zones)
        return result
