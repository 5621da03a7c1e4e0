# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ...tools import phones
from ...tools.fields import OptionalFloat
from ...tools.marks import MERGING

# by the field with an address: the one that says who has changed it
CHANGERS = {"email": "email_changed_by_id", "phone": "phone_changed_by_id"}
# and when, where callers are told of it
CHANGED_AT = {"phone": "phone_changed_at"}
# what the system alone notes on contacts
NOTED = {
    *CHANGERS.values(),
    *CHANGED_AT.values(),
    "phone_wrong_on",
    "revisit_referral_id",
}


class ResPartner(models.Model):
    """The customer archive: facts about the customer, and when to call them.

    Policies select customers by status, estate, role and attributes.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited
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
    # who has said where a questionnaire goes does not send it there
    email_changed_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        copy=False,
        ondelete="set null",
        groups="revisit_management.group_supervisor",
        help="Who has changed the e-mail address last.",
    )
    phone_changed_by_id = fields.Many2one(
        comodel_name="res.users",
        readonly=True,
        copy=False,
        ondelete="set null",
        groups="revisit_management.group_supervisor",
        help="Who has changed the phone number last.",
    )
    phone_changed_at = fields.Datetime(
        string="Phone Number Changed On",
        readonly=True,
        copy=False,
        groups="revisit_management.group_supervisor",
        help="When somebody has changed the phone number last.",
    )
    phone_wrong_on = fields.Date(
        string="Number Known to Be Wrong",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The day on which somebody else answered at the customer's number. It ends"
        " when the number is changed.",
    )
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
    # computed with the reader's own rules: a stored number would show a dealer that
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
    callback_satisfaction = OptionalFloat(
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
    callback_status_ids = fields.Many2many(
        comodel_name="revisit.customer.status",
        relation="revisit_partner_status_rel",
        column1="partner_id",
        column2="status_id",
        string="Special Status",
        groups="revisit_management.group_agent",
    )
    contact_role_id = fields.Many2one(
        comodel_name="revisit.contact.role",
        ondelete="restrict",
        index="btree_not_null",
        groups="revisit_management.group_agent",
    )
    is_estate = fields.Boolean(string="Is an Estate", index="btree_not_null")
    household_count = fields.Integer(
        string="Households", help="Ceilings of samples are counted from them."
    )
    estate_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_estate", "=", True)],
        ondelete="restrict",
        index="btree_not_null",
    )
    attribute_value_ids = fields.One2many(
        comodel_name="revisit.attribute.value",
        inverse_name="partner_id",
        string="Attributes",
        groups="revisit_management.group_agent",
    )
    revisit_touch_count = fields.Integer(
        string="Touches",
        compute="_compute_revisit_touch_count",
        groups="revisit_management.group_agent",
    )

    revisit_referral_id = fields.Many2one(
        comodel_name="revisit.result",
        string="Referral",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        groups="revisit_management.group_agent",
        help="The result of the talk in which another customer has referred this one.",
    )
    revisit_referred_by_id = fields.Many2one(
        related="revisit_referral_id.partner_id",
        string="Referred By",
        related_sudo=True,
        groups="revisit_management.group_agent",
    )
    revisit_move_ids = fields.One2many(
        comodel_name="account.move",
        inverse_name="commercial_partner_id",
        string="Documents of the Company",
        groups="account.group_account_readonly,account.group_account_invoice",
    )

    _household_count_positive = models.Constraint(
        "CHECK(household_count >= 0)", "Households are counted from 0."
    )
    # the date from which the triggers Contact Left, Periodic and Sample count
    _revisit_create_date_idx = models.Index("(create_date)")

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
        """Count a customer's callbacks, including those of a company's contacts."""
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
            partner.callback_satisfaction = points / asked if asked else False

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
        """Return {contact id: those of ``self`` that are the contact or above it}."""
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

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_revisit_touch_count(self):
        """Count messages sent or planned, including those of a company's contacts."""
        children = self._get_children_map()
        counts = dict.fromkeys(self, 0)
        for partner, count in self.env["revisit.touch"]._read_group(
            [("partner_id", "in", list(children)), ("state", "!=", "cancelled")],
            ["partner_id"],
            ["__count"],
        ):
            for owner in children.get(partner.id, ()):
                counts[owner] += count
        for partner in self:
            partner.revisit_touch_count = counts[partner]

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

    @api.constrains("estate_id", "is_estate")
    def _check_estate_id(self):
        for partner in self:
            if partner.estate_id and not partner.estate_id.is_estate:
                raise ValidationError(
                    self.env._(
                        "%(estate)s is not marked as an estate. Mark it first, or"
                        " choose another one for %(customer)s.",
                        estate=partner.estate_id.display_name,
                        customer=partner.display_name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        """Let neither a context nor somebody's default say what the system notes."""
        return super().default_get([name for name in fields if name not in NOTED])

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._revisit_check_noted(vals)
        return super().create(vals_list)

    def write(self, vals):
        companies = self.env["res.company"]
        if "tz" in vals:
            # sudo: whose address it is, whoever may see that company
            companies = companies.sudo().search([("partner_id", "in", self.ids)])
        zones = {company: company._revisit_tz() for company in companies}
        parked = self._revisit_get_parked(vals)
        self._revisit_check_noted(vals)
        changed = self._revisit_get_readdressed(vals)
        refusals = self._revisit_read_refusals(vals)
        wanted = self._revisit_get_wanted(vals)
        result = super().write(vals)
        self._revisit_note_refusals(refusals)
        for name, partners in changed.items():
            noted = {CHANGERS[name]: self.env.uid}
            if name in CHANGED_AT:
                noted[CHANGED_AT[name]] = fields.Datetime.now()
            # the system notes who it was, with every way of writing
            super(ResPartner, partners.sudo()).write(noted)
        if parked:
            # who corrects a number may be able to write this contact alone
            parked.sudo().filtered("phone_wrong_on").phone_wrong_on = False
            self.env["revisit.callback"]._offer_again(parked)
        companies._revisit_follow_zones(zones)
        self._revisit_follow_wanted(wanted)
        return result

    def _revisit_check_noted(self, vals):
        """Refuse to say by hand what the steps note, but for a merge of contacts."""
        if self.env.su or self.env.context.get("revisit_merging") is MERGING:
            return
        if {*CHANGERS.values(), *CHANGED_AT.values()} & set(vals):
            raise AccessError(
                self.env._("Who has changed an address is noted by the system alone.")
            )
        if "revisit_referral_id" in vals:
            raise AccessError(
                self.env._(
                    "Who has referred a customer is noted by the result Referral of a"
                    " talk alone."
                )
            )
        if "phone_wrong_on" in vals:
            raise AccessError(
                self.env._(
                    "That a number is wrong is noted by the outcome Wrong Number of a"
                    " callback, and ends when another number is entered."
                )
            )

    def _revisit_get_readdressed(self, vals):
        """Return ``{field: the partners whose address these values change}``."""
        if self.env.uid == SUPERUSER_ID:
            return {}  # programs and imports of the system judge nobody
        return {
            name: self.filtered(
                lambda partner, n=name: (partner[n] or "") != (vals[n] or "")
            )
            for name in CHANGERS.keys() & vals.keys()
        }

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

    def action_open_touches(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_touch_action"
        )
        return {
            **action,
            "domain": [("partner_id", "child_of", self.id)],
            "context": {},
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

    def _revisit_get_parked(self, vals):
        """Return the contacts whose wrong number ends with these values (sudo).

        Contacts without a number of their own are called at their company's.
        """
        # whose number it is, whoever may read the contacts
        ours = self.sudo()
        if "phone_wrong_on" in vals:
            unmarked = ours if not vals["phone_wrong_on"] else ours.browse()
            return unmarked.filtered("phone_wrong_on")
        digits = phones.get_decimals(vals.get("phone"))
        changed = ours.filtered(lambda p: phones.get_decimals(p.phone) != digits)
        if not digits or not changed:
            return ours.browse()
        marked = changed.search(
            [
                ("phone_wrong_on", "!=", False),
                ("commercial_partner_id", "in", changed.commercial_partner_id.ids),
            ]
        )
        return marked.filtered(
            lambda partner: (
                partner in changed
                or (
                    partner.commercial_partner_id in changed
                    and not phones.has_digits(partner.phone)
                )
            )
        )
