# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class ResPartner(models.Model):
    """The customer archive: who they are to us and when they may be called (A1)."""

    _inherit = "res.partner"

    _filled_numbers = ("callback_hour_from", "callback_hour_to")

    _revisit_bounded = True
    _value_limits = {"birthday": 130}  # years

    is_dealer = fields.Boolean(string="Is a Dealer", index="btree_not_null")
    dealer_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_dealer", "=", True)],
        ondelete="restrict",
        index="btree_not_null",
        help="The dealer who serves this customer.",
    )
    callback_tier = fields.Selection(
        selection=[
            ("potential", "Potential"),
            ("low", "Low"),
            ("medium", "Medium"),
            ("high", "High"),
            ("key", "Key"),
        ],
        index="btree_not_null",
    )
    callback_channel = fields.Selection(
        selection=[
            ("phone", "Phone"),
            ("sms", "SMS"),
            ("email", "Email"),
            ("visit", "Visit"),
        ],
        string="Preferred Channel",
    )
    callback_hour_from = fields.Float(string="Call From", default=9.0, aggregator=None)
    callback_hour_to = fields.Float(string="Call Until", default=20.0, aggregator=None)
    do_not_contact = fields.Boolean(help="No callback is planned for this customer.")
    do_not_contact_reason = fields.Char(string="Why Not")
    do_not_contact_date = fields.Date(
        string="Since",
        compute="_compute_do_not_contact_date",
        store=True,
        readonly=False,
    )
    birthday = fields.Date()
    special_needs = fields.Text(string="Habits and Special Needs")
    archive_line_ids = fields.One2many(
        comodel_name="revisit.archive.line",
        inverse_name="partner_id",
        string="Installed Products",
        groups="revisit_management.group_agent",
    )
    # under the viewer's own rules: a stored figure would tell a dealer that
    # headquarters is going to call
    callback_count = fields.Integer(
        compute="_compute_callback_figures", groups="revisit_management.group_agent"
    )
    last_callback_at = fields.Datetime(
        string="Last Callback",
        compute="_compute_callback_figures",
        groups="revisit_management.group_agent",
    )
    next_callback_at = fields.Datetime(
        string="Next Callback",
        compute="_compute_callback_figures",
        groups="revisit_management.group_agent",
    )
    callback_satisfaction = fields.Float(
        string="Mean Satisfaction",
        compute="_compute_callback_figures",
        digits=(5, 1),
        groups="revisit_management.group_agent",
    )
    open_issue_count = fields.Integer(
        string="Open Issues",
        compute="_compute_open_issue_count",
        groups="revisit_management.group_agent",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("do_not_contact")
    def _compute_do_not_contact_date(self):
        for partner in self:
            if not partner.do_not_contact:
                partner.do_not_contact_date = False
            elif not partner.do_not_contact_date:
                company = partner.company_id or self.env.company
                partner.do_not_contact_date = company._revisit_today()

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_callback_figures(self):
        """Count a customer's callbacks, the contacts of a company included."""
        Callback = self.env["revisit.callback"]
        children = self._get_children_map()
        domain = Domain("partner_id", "in", list(children)) & Domain(
            "state", "!=", "cancelled"
        )
        totals = dict.fromkeys(self, (0, False, 0.0, 0))
        for partner, count, last, mean, answers in Callback._read_group(
            domain,
            ["partner_id"],
            ["__count", "done_at:max", "satisfaction:avg", "satisfaction:count"],
        ):
            for owner in children.get(partner.id, ()):
                total, latest, points, asked = totals[owner]
                totals[owner] = (
                    total + count,
                    max(filter(None, (latest, last)), default=False),
                    points + (mean or 0.0) * answers,
                    asked + answers,
                )
        nexts = dict.fromkeys(self, False)
        for partner, begins in Callback._read_group(
            domain & Domain("is_open", "=", True), ["partner_id"], ["window_start:min"]
        ):
            for owner in children.get(partner.id, ()):
                nexts[owner] = min(filter(None, (nexts[owner], begins)))
        for partner in self:
            count, last, points, asked = totals[partner]
            partner.callback_count = count
            partner.last_callback_at = last
            partner.next_callback_at = nexts[partner]
            partner.callback_satisfaction = points / asked if asked else 0.0

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_open_issue_count(self):
        children = self._get_children_map()
        counts = dict.fromkeys(self, 0)
        for partner, count in self.env["revisit.issue"]._read_group(
            [("partner_id", "in", list(children)), ("is_open", "=", True)],
            ["partner_id"],
            ["__count"],
        ):
            for owner in children.get(partner.id, ()):
                counts[owner] += count
        for partner in self:
            partner.open_issue_count = counts[partner]

    def _get_children_map(self):
        """Return {id of a contact: partners of ``self`` above it or itself}."""
        children = {}
        family = self.with_context(active_test=False).search_fetch(
            [("id", "child_of", self.ids)], ["parent_id"]
        )
        wanted = set(self.ids)
        for contact in family:
            owners, ancestor = [], contact
            while ancestor:
                if ancestor.id in wanted:
                    owners.append(self.browse(ancestor.id))
                ancestor = ancestor.parent_id
            children[contact.id] = owners
        return children

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("callback_hour_from", "callback_hour_to")
    def _check_callback_hours(self):
        for partner in self:
            if not 0 <= partner.callback_hour_from <= partner.callback_hour_to <= 24:
                raise ValidationError(
                    self.env._(
                        "%(customer)s: the hours in which to call must lie between"
                        " 0:00 and 24:00, the earlier one first.",
                        customer=partner.display_name,
                    )
                )

    @api.constrains("do_not_contact", "do_not_contact_reason")
    def _check_do_not_contact_reason(self):
        for partner in self:
            if partner.do_not_contact and not partner.do_not_contact_reason:
                raise ValidationError(
                    self.env._(
                        "%(customer)s: say why the customer must not be contacted.",
                        customer=partner.display_name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    def write(self, vals):
        companies = self.env["res.company"]
        if "tz" in vals:
            # sudo: whose address it is, whoever may see that company
            companies = companies.sudo().search([("partner_id", "in", self.ids)])
        zones = {company: company._revisit_tz() for company in companies}
        result = super().write(vals)
        companies._revisit_follow_zones(zones)
        if "do_not_contact" in vals:
            # the planner takes what nobody has touched out of the queues
            self.env["revisit.planner"]._poke()
        return result

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_callbacks(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_callback_action"
        )
        return {
            **action,
            "domain": [("partner_id", "child_of", self.id)],
            "context": {"default_partner_id": self.id},
        }

    def action_open_issues(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_issue_action"
        )
        return {
            **action,
            "domain": [("partner_id", "child_of", self.id)],
            "context": {"default_partner_id": self.id},
        }

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def get_import_templates(self):
        return [
            *super().get_import_templates(),
            {
                "label": self.env._("Import Template for the Customer Archive"),
                "template": "/revisit_management/static/xls/res_partner.xlsx",
            },
        ]

    def _revisit_is_banned(self):
        """Return whether the customer, or their company, refuses all contact."""
        self.ensure_one()
        return self.do_not_contact or self.commercial_partner_id.do_not_contact
