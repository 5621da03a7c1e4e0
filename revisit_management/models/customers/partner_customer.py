# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# fields that the definition of a customer reads in SQL, so they are flushed first
READ_FIELDS = {
    "account.move": ["commercial_partner_id", "company_id", "move_type", "state"],
    "hr.employee": ["active", "work_contact_id"],
    "repair.order": ["company_id", "partner_id", "state"],
    "res.company": ["partner_id"],
    "revisit.archive.line": ["active", "company_id", "partner_id"],
    "sale.order": ["company_id", "partner_id", "state"],
    "stock.picking": ["company_id", "location_dest_id", "partner_id", "state"],
}


class ResPartner(models.Model):
    """Who is a customer, by the company's own definition."""

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    is_marked_customer = fields.Boolean(
        string="Counts as a Customer",
        index="btree_not_null",
        help="Periodic policies reach the contact although nothing was sold,"
        " delivered, repaired or invoiced here yet.",
    )
    is_callback_customer = fields.Boolean(
        string="Customer for Callbacks",
        compute="_compute_is_callback_customer",
        search="_search_is_callback_customer",
        groups="revisit_management.group_agent",
        help="A customer by the definition in the settings. Dealers, colleagues and"
        " the companies themselves never are.",
    )
    is_callback_contact = fields.Boolean(
        string="Contact for Callbacks",
        compute="_compute_is_callback_contact",
        search="_search_is_callback_contact",
        groups="revisit_management.group_agent",
        help="Any contact but dealers, colleagues, the companies themselves and those"
        " who are vendors only.",
    )

    @api.depends_context("company")
    def _compute_is_callback_customer(self):
        found = self._search_among(self._search_is_callback_customer("in", [True]))
        for partner in self:
            partner.is_callback_customer = partner.id in found

    @api.depends_context("company")
    def _compute_is_callback_contact(self):
        found = self._search_among(self._search_is_callback_contact("in", [True]))
        for partner in self:
            partner.is_callback_contact = partner.id in found

    def _search_among(self, domain):
        """Return the ids of the records in ``self`` that match, archived or not."""
        # who is a customer must not depend on which documents the reader may see
        Partner = self.sudo().with_context(active_test=False)
        return set(Partner._search(Domain("id", "in", self.ids) & domain))

    def _search_is_callback_customer(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._flush_customer_fields()
        domain = self._get_outsiders_domain() & Domain(
            "id", "in", self._get_customers_sql(self.env.company)
        )
        return domain if True in value else ~domain

    def _search_is_callback_contact(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._flush_customer_fields()
        vendors = SQL(
            "SELECT id FROM res_partner WHERE supplier_rank > 0 EXCEPT (%s)",
            self._get_customers_sql(self.env.company),
        )
        domain = self._get_outsiders_domain() & Domain("id", "not in", vendors)
        return domain if True in value else ~domain

    @api.model
    def _flush_customer_fields(self):
        for model, names in READ_FIELDS.items():
            self.env[model].flush_model(names)
        for model in (
            "res.partner",
            "revisit.attribute.value",
            "stock.location",
        ):
            self.env[model].flush_model()

    @api.model
    def _get_outsiders_domain(self):
        """Return the domain of contacts who are neither dealers nor internal people."""
        ours = SQL(
            """SELECT id FROM res_partner WHERE is_dealer
                UNION ALL SELECT partner_id FROM res_company"""
        )
        colleagues = SQL(
            """SELECT work_contact_id FROM hr_employee
                WHERE active AND work_contact_id IS NOT NULL"""
        )
        return (
            Domain("partner_share", "=", True)
            & Domain("commercial_partner_id", "not in", ours)
            & Domain("id", "not in", colleagues)
        )

    @api.model
    def _get_customers_sql(self, company):
        """Return the SQL of the ids of a company's customers, with repetitions.

        It is one list that is joined once: it costs one pass over each kind of
        document, however many contacts exist.
        """
        parts = {
            "marked": self._get_marked_sql(company),
            "bought": SQL(
                """SELECT customer.commercial_partner_id FROM sale_order document
                     JOIN res_partner customer ON customer.id = document.partner_id
                    WHERE document.state = 'sale' AND document.company_id = %s""",
                company.id,
            ),
            "delivered": self._get_delivered_sql(company),
            "repaired": SQL(
                """SELECT customer.commercial_partner_id FROM repair_order document
                     JOIN res_partner customer ON customer.id = document.partner_id
                    WHERE document.state = 'done' AND document.company_id = %s""",
                company.id,
            ),
            "invoiced": SQL(
                """SELECT document.commercial_partner_id FROM account_move document
                    WHERE document.state = 'posted' AND document.company_id = %s
                      AND document.move_type IN ('out_invoice', 'out_receipt')
                      AND document.commercial_partner_id IS NOT NULL""",
                company.id,
            ),
        }
        chosen = [parts[name] for name in parts if company[f"revisit_customer_{name}"]]
        return SQL(" UNION ALL ").join(chosen)

    @api.model
    def _get_marked_sql(self, company):
        """Return the SQL of customers with any of several marks of a customer."""
        return SQL(
            """SELECT id FROM res_partner WHERE customer_rank > 0
                UNION ALL
               SELECT id FROM res_partner
                WHERE id = commercial_partner_id
                  AND (callback_tier IS NOT NULL OR is_marked_customer)
                UNION ALL
               SELECT partner_id FROM revisit_partner_status_rel
                UNION ALL
               SELECT partner_id FROM revisit_attribute_value
                WHERE company_id = %s""",
            company.id,
        )

    @api.model
    def _get_delivered_sql(self, company):
        """Return the SQL of customers with a delivery or an installed product."""
        return SQL(
            """SELECT customer.commercial_partner_id FROM stock_picking document
                 JOIN stock_location place ON place.id = document.location_dest_id
                 JOIN res_partner customer ON customer.id = document.partner_id
                WHERE document.state = 'done' AND document.company_id = %s
                  AND place.usage = 'customer'
                UNION ALL
               SELECT customer.commercial_partner_id FROM revisit_archive_line line
                 JOIN res_partner customer ON customer.id = line.partner_id
                WHERE line.active AND line.company_id = %s""",
            company.id,
            company.id,
        )

    # ------------------------------------------------------------
    # NO MORE CONTACT
    # ------------------------------------------------------------

    def _revisit_get_wanted(self, vals):
        """Return ``{whether contact is refused: contacts}`` before a write (sudo).

        Who comes to a company that refuses all contact refuses it, too, and no more
        once they have left it.
        """
        if not {"do_not_contact", "is_company", "parent_id"} & set(vals):
            return {}
        # compared only; writing checks the right
        return self.sudo().grouped(lambda partner: partner._revisit_is_banned())

    def _revisit_follow_wanted(self, wanted):
        """Stop what is under way to who refuses now, and go on where nobody does.

        :param wanted: see :meth:`_revisit_get_wanted`
        """
        nobody = self.browse()
        refusing = wanted.get(False, nobody).filtered(lambda p: p._revisit_is_banned())
        open_again = wanted.get(True, nobody).filtered(
            lambda partner: not partner._revisit_is_banned()
        )
        # whoever notes it need not see what is under way
        callbacks = self.env["revisit.callback"].sudo()
        if refusing:
            callbacks._stop_for(refusing)
        if open_again:
            callbacks._resume_for(open_again)
        if refusing or open_again:
            # the planner takes what nobody has touched out of the queues, or back
            self.env["revisit.planner"]._poke()

    @api.model
    def _revisit_read_refusal(self, partner):
        return partner.do_not_contact, partner.do_not_contact_reason or ""

    def _revisit_read_refusals(self, vals):
        """Return ``{contact: (refuses all contact, why)}`` before a write of both."""
        if not {"do_not_contact", "do_not_contact_reason"} & set(vals):
            return {}
        # compared only; writing checks the right
        return {partner: self._revisit_read_refusal(partner) for partner in self.sudo()}

    def _revisit_note_refusals(self, refusals):
        """Note on contacts who has forbidden or allowed to contact them, and why.

        Nobody may call a customer who refuses, so each change leaves a trace, however
        it is written.
        """
        notes = {}
        for partner, before in refusals.items():
            after = self._revisit_read_refusal(partner)
            if after != before:
                notes[partner.id] = self.env._(
                    "%(user)s changed Do Not Contact: %(before)s → %(after)s",
                    user=self.env.user.name,
                    before=self._revisit_show_refusal(before),
                    after=self._revisit_show_refusal(after),
                )
        if notes:
            # a note of the system's, whoever edits contacts
            self.browse(notes).sudo()._message_log_batch(notes)

    @api.model
    def _revisit_show_refusal(self, refusal):
        is_banned, reason = refusal
        answer = self.env._("Yes") if is_banned else self.env._("No")
        return f"{answer} ({reason})" if reason else answer

    def _revisit_is_banned(self):
        """Return whether the customer, or their company, refuses all contact."""
        self.ensure_one()
        return self.do_not_contact or self.commercial_partner_id.do_not_contact

    def _revisit_get_attribute(self, code, company):
        """Return the customer's value of an attribute as text, or False."""
        self.ensure_one()
        # planning must not depend on who may read attributes
        value = self.sudo().attribute_value_ids.filtered(
            lambda value: value.code == code and value.company_id == company
        )
        return value.text
