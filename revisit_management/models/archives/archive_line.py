# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date


class RevisitArchiveLine(models.Model):
    """When a sale was filed: built, and reported to headquarters.

    What stands in this database is reported: that day is the system's. A dealer whose
    own list was built before it came here has both days.
    """

    _inherit = "revisit.archive.line"  # pylint: disable=consider-merging-classes-inherited

    _server_owned = {
        "build_until",
        "filed_employee_id",
        "is_filed_late",
        "report_until",
    }

    built_on = fields.Date(
        string="Archive Built On",
        copy=False,
        help="The day on which the archive was built, where that was before it was"
        " reported here, e.g. in a dealer's own list. Empty: on the day it was filed.",
    )
    build_until = fields.Date(string="To Be Built By", readonly=True, copy=False)
    report_until = fields.Date(
        string="To Be Reported By", readonly=True, copy=False, index="btree_not_null"
    )
    is_filed_late = fields.Boolean(
        string="Filed Late",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Built, or reported to headquarters, after the days of the rulebook.",
    )
    filed_employee_id = fields.Many2one(
        comodel_name="hr.employee",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups="hr.group_hr_user,revisit_management.group_supervisor",
    )

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("built_on", "filed_at")
    def _check_built_on(self):
        for line in self.filtered("built_on"):
            company = line.company_id or self.env.company
            filed_on = company._revisit_day(line.filed_at or fields.Datetime.now())
            if line.built_on > filed_on:
                raise ValidationError(
                    self.env._(
                        "%(product)s: the archive was reported on %(day)s, so it was"
                        " built by then. Correct the day, or leave it empty.",
                        product=line.product_id.display_name,
                        day=format_date(self.env, filed_on),
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["revisit.archive"]._recount(lines.partner_id)
        return lines

    def write(self, vals):
        Archive = self.env["revisit.archive"]
        watched = {"active", "company_id", "dealer_id", "partner_id", "sold_on"}
        watched |= {"built_on", "filed_at", "filed_by_id"}
        watched |= self.env["revisit.archive.field"]._get_watched(self._name)
        touched = watched & set(vals)
        owners = self.sudo().partner_id if touched else None  # counted, not shown
        result = super().write(vals)
        if touched:
            Archive._recount(owners | self.sudo().partner_id)  # as above
        return result

    def unlink(self):
        owners = self.sudo().partner_id  # counted, not shown
        result = super().unlink()
        self.env["revisit.archive"]._recount(owners)
        return result

    def _get_protected(self, vals):
        """Only supervisors say that an archive was built before it came here."""
        protected = super()._get_protected(vals)
        if vals.get("built_on") and not self._is_supervisor():
            protected |= {"built_on"}
        return protected
