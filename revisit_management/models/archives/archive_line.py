# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import format_date

# whether a sale was filed late rests on them, and for whom that counts; who files it
# may correct the first two on the same day, where it is as late, or in time, as before
CORRECTED = {"built_on", "sold_on"}
COUNTED = {"active", "company_id", "dealer_id", "filed_at", "filed_by_id"}


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

    # ------------------------------------------------------------
    # SETTLED
    # ------------------------------------------------------------

    @api.ondelete(at_uninstall=False)
    def _unlink_except_filed(self):
        """A sale that was filed late is not deleted by who has filed it."""
        for line, names in self._get_filed_names().items():
            if names - {"is_filed_late"}:
                line._refuse_settled({"is_filed_late"})

    def _read_settled(self):
        """Add what the lateness of the filing rests on, where a rulebook asks."""
        before = super()._read_settled()
        for line, names in self._get_filed_names().items():
            values = before.setdefault(line, {})
            values.update({name: line[name] for name in names})
        return before

    def _check_settled(self, before, vals):
        """Judge anew first: the lateness itself may be what has to stay."""
        judged = any("is_filed_late" in values for values in before.values())
        if judged and CORRECTED & set(vals):
            lines = self.browse(line.id for line in before)
            # counted, whoever may read the customers
            self.env["revisit.archive"]._recount(lines.sudo().partner_id)
        return super()._check_settled(before, vals)

    def _get_filed_names(self):
        """Return {line (sudo): names that the user leaves, as they are settled}.

        Supervisors decide about what others have filed: not about their own filing,
        nor about that of the dealer for whom they work.
        """
        if self.env.su:
            return {}
        user, decides = self.env.user, self._is_supervisor()
        asking = self.env["revisit.archive"]._get_asking_ids()
        # what is judged counts, whoever may read it
        lines = self.sudo().filtered(lambda line: line.company_id.id in asking)
        found = {}
        for line in lines:
            own = line.filed_by_id == user
            if decides and not own and line.dealer_id != user.commercial_partner_id:
                continue
            if own and line._is_filed_today():
                kept = COUNTED if line.is_filed_late else set()
            else:
                kept = COUNTED | CORRECTED
            found[line] = kept | {"is_filed_late"}
        return found

    def _is_filed_today(self):
        self.ensure_one()
        company = self.company_id
        return bool(self.filed_at) and (
            company._revisit_day(self.filed_at) == company._revisit_today()
        )

    def _refuse_settled(self, names):
        """Say who may change what the lateness of the filing rests on.

        :raise AccessError: always
        """
        settled = COUNTED | CORRECTED | {"is_filed_late"}
        asking = self.env["revisit.archive"]._get_asking_ids()
        if not settled.issuperset(names) or self.company_id.id not in asking:
            return super()._refuse_settled(names)
        labels = [self._fields[name]._description_string(self.env) for name in names]
        raise AccessError(
            self.env._(
                "%(record)s is filed, and whether it was filed in time is settled by"
                " that (%(fields)s). Ask a supervisor who has not filed it.",
                record=self.display_name,
                fields=", ".join(sorted(labels)),
            )
        )
