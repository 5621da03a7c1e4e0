# Part of Revisit. See LICENSE file for full copyright and licensing details.
from lxml import etree

from odoo import SUPERUSER_ID, api, fields, models

from ...tools import phones
from ...tools.fields import OptionalFloat
from .revisit_archive_field import CUSTOMER, PRODUCT

# what a wrong archive says of where the customer is reached
ADDRESS = ("phone", "email", "street", "city", "zip")
FILL_VIEW = "revisit_management.res_partner_view_form_fill"


class ResPartner(models.Model):
    """The customer's archive on the customer: what is missing, and filling it in."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    archive_ids = fields.One2many(
        comodel_name="revisit.archive",
        inverse_name="partner_id",
        string="Archives",
        groups="revisit_management.group_agent",
    )
    archive_completeness = OptionalFloat(
        string="Completeness (%)",
        compute="_compute_archive",
        digits=(5, 1),
        groups="revisit_management.group_agent",
    )
    archive_missing = fields.Text(
        string="Missing",
        compute="_compute_archive",
        groups="revisit_management.group_agent",
    )
    is_archive_accurate = fields.Boolean(
        string="Accurate",
        compute="_compute_archive",
        groups="revisit_management.group_agent",
        help="Nobody has called a wrong number, and nobody else than its filer had to"
        " correct an address.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("archive_ids.completeness", "archive_ids.is_accurate")
    @api.depends_context("company", "lang")
    def _compute_archive(self):
        archives = self.env["revisit.archive"].search(
            [
                ("partner_id", "in", self.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
        by_partner = {archive.partner_id: archive for archive in archives}
        for partner in self:
            archive = by_partner.get(partner._origin, archives.browse())
            partner.archive_completeness = archive.completeness if archive else False
            partner.archive_missing = archive.missing_text
            partner.is_archive_accurate = archive.is_accurate

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        corrected = self._revisit_get_corrected(vals)
        result = super().write(vals)
        if corrected:
            corrected._note_corrected()
        watched = self.env["revisit.archive.field"]._get_watched("res.partner")
        watched |= {"active", "dealer_id", "is_dealer", "parent_id"}
        if watched & set(vals):
            self.env["revisit.archive"]._recount(self)
        return result

    def _revisit_get_corrected(self, vals):
        """Return the archives that an agent corrects, who has not filed them (sudo).

        What was empty before is filled in, which is no correction.
        """
        archives = self.env["revisit.archive"].sudo()  # counted, not shown
        names = set(ADDRESS) & set(vals)
        user = self.env.user
        is_agent = user.has_group("revisit_management.group_agent")
        if self.env.uid == SUPERUSER_ID or not names or not is_agent:
            return archives
        changed = self.sudo().filtered(  # as above
            lambda partner: any(
                partner[name]
                and vals[name]
                and self._revisit_spell(name, partner[name])
                != self._revisit_spell(name, vals[name])
                for name in names
            )
        )
        if not changed:
            return archives
        return archives.search(
            [
                ("partner_id", "in", changed.ids),
                ("filed_by_id", "not in", [user.id, False]),
            ]
        )

    @api.model
    def _revisit_spell(self, name, value):
        """Return an address or number as it is compared: spelling is no fault."""
        if name == "phone":
            return phones.get_decimals(value)[-8:]
        return "".join(str(value).casefold().split())

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_fill_archive(self):
        """Button: what the company asks of the archive, in one dialog."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Fill In the Archive"),
            "res_model": "res.partner",
            "res_id": self.id,
            "view_mode": "form",
            "views": [(self.env.ref(FILL_VIEW).id, "form")],
            "target": "new",
        }

    def action_open_archive(self):
        self.ensure_one()
        archive = self.archive_ids.filtered(
            lambda archive: archive.company_id == self.env.company
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customer Archive"),
            "res_model": "revisit.archive",
            "res_id": archive[:1].id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------
    # THE DIALOG
    # ------------------------------------------------------------

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        key = super()._get_view_cache_key(view_id, view_type, **options)
        if view_id and view_id == self._revisit_get_fill_view():
            rows = self.env["revisit.archive.field"]
            asked = rows._get_asked(self.env.company, required=False)
            key += tuple(f"{r.model_name}/{r.field_name}/{r.applies_to}" for r in asked)
        return key

    @api.model
    def _revisit_get_fill_view(self):
        return self.env["ir.model.data"]._xmlid_to_res_id(FILL_VIEW)

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Put the fields that the company asks for into the dialog."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_id and view_id == self._revisit_get_fill_view():
            rows, company = self.env["revisit.archive.field"], self.env.company
            group = arch.find(".//group[@name='asked']")
            for row in rows._get_asked(company, CUSTOMER, required=False):
                group.append(row._prepare_node())
            asked = rows._get_asked(company, PRODUCT, required=False)
            products = arch.find(".//list")
            shown = {node.get("name") for node in products}
            for row in asked:
                if row.field_name not in shown:
                    products.append(etree.Element("field", {"name": row.field_name}))
        return arch, view
