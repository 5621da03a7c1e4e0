# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import ormcache

CRON = "revisit_management.ir_cron_archives"


class RevisitArchive(models.Model):
    """How complete, accurate and timely a company's archive of one customer is.

    Counted by the system, one row for each customer and company, from what the
    company's rulebooks ask for:

    - *complete*: how many of the required fields of the customer, and of each of their
      installed products, are filled in;
    - *accurate*: nobody has called a wrong number, and nobody else than its filer had
      to correct an address. A supervisor decides that it was right when it was filed;
    - *on time*: built and reported to headquarters within the days after each sale, or
      after the first repair of who has bought nothing here. Late either way counts.

    It counts for whoever has filed the customer's first product, or else the contact;
    and for the dealer.
    """

    _name = "revisit.archive"
    _description = "Customer Archive"
    _inherit = ["revisit.named.mixin", "revisit.protected.mixin"]
    _order = "completeness, event_on desc, id"
    _rec_name = "partner_id"

    _server_owned = {
        "asked_count",
        "built_on",
        "company_id",
        "completeness",
        "correction_count",
        "dealer_id",
        "event_on",
        "excused_at",
        "excused_by_id",
        "excused_count",
        "filed_by_id",
        "filed_employee_id",
        "filled_count",
        "is_accurate",
        "is_complete",
        "is_filed_late",
        "late_count",
        "partner_id",
        "report_until",
        "reported_on",
        "sale_count",
        "wrong_number_count",
    }

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    # Who has filed it
    filed_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="set null", index=True
    )
    filed_employee_id = fields.Many2one(
        comodel_name="hr.employee",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        groups="hr.group_hr_user,revisit_management.group_supervisor",
    )
    dealer_id = fields.Many2one(
        comodel_name="res.partner",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    # Complete
    asked_count = fields.Integer(string="Fields Asked For", readonly=True)
    filled_count = fields.Integer(string="Fields Filled In", readonly=True)
    completeness = fields.Float(
        string="Completeness (%)",
        digits=(5, 1),
        readonly=True,
        aggregator="avg",
        help="Fields filled in, of the fields that the rulebooks ask for.",
    )
    is_complete = fields.Boolean(string="Complete", readonly=True)
    missing_text = fields.Text(string="Missing", compute="_compute_missing_text")
    # Accurate
    wrong_number_count = fields.Integer(
        string="Wrong Numbers Called",
        readonly=True,
        help="Calls of this customer at whose number somebody else answered.",
    )
    correction_count = fields.Integer(
        string="Corrected by Others",
        readonly=True,
        help="How often somebody else than the filer had to correct a number or an"
        " address.",
    )
    excused_count = fields.Integer(string="Right When Filed", readonly=True)
    excused_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="set null"
    )
    excused_at = fields.Datetime(string="Decided", readonly=True)
    is_accurate = fields.Boolean(string="Accurate", readonly=True)
    # On time
    event_on = fields.Date(
        string="Sale or Pick-Up",
        readonly=True,
        help="The day of the first sale, or on which the first repair was finished.",
    )
    built_on = fields.Date(string="Built", readonly=True)
    reported_on = fields.Date(string="Reported", readonly=True)
    report_until = fields.Date(string="Due", readonly=True)
    sale_count = fields.Integer(string="Products", readonly=True)
    late_count = fields.Integer(string="Filed Late", readonly=True)
    is_filed_late = fields.Boolean(string="Late", readonly=True)

    _partner_unique = models.UniqueIndex(
        "(company_id, partner_id)", "This customer has an archive in this company."
    )
    _incomplete_idx = models.Index("(company_id, completeness) WHERE NOT is_complete")
    _event_idx = models.Index("(company_id, event_on)")

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("filled_count", "asked_count")
    @api.depends_context("lang")
    def _compute_missing_text(self):
        products = self._get_products()
        for archive in self:
            missing = archive._get_missing(products.get(archive, ()))
            archive.missing_text = "\n".join(missing) or False

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_fill(self):
        """Button: the required fields of the customer in one dialog."""
        self.ensure_one()
        return self.partner_id.action_fill_archive()

    def action_excuse(self):
        """Button of supervisors: it was right when it was filed, e.g. they moved.

        :raise UserError: nothing is wrong, or it is the user's own archive
        """
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._("Only supervisors decide that an archive was right.")
            )
        for archive in self:
            if archive.is_accurate:
                raise UserError(
                    self.env._(
                        "Nothing was found wrong in the archive of %(customer)s.",
                        customer=archive.partner_id.display_name,
                    )
                )
            if archive.filed_by_id == self.env.user:
                raise UserError(
                    self.env._(
                        "You have filed the archive of %(customer)s yourself: ask"
                        " another supervisor.",
                        customer=archive.partner_id.display_name,
                    )
                )
            # who may decide it was checked above
            archive.sudo().write(
                {
                    "excused_count": archive._get_wrong_count(),
                    "excused_by_id": self.env.uid,
                    "excused_at": fields.Datetime.now(),
                    "is_accurate": True,
                }
            )
            archive._note(self.env._("The archive was right when it was filed."))

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_wrong_count(self):
        self.ensure_one()
        return self.wrong_number_count + self.correction_count

    def _note(self, text):
        # a note of the system's, whoever may edit contacts
        partners = self.partner_id.sudo()
        partners._message_log_batch(dict.fromkeys(partners.ids, text))

    def _note_corrected(self):
        """Count a correction by somebody else, and keep a note of it (sudo)."""
        for archive in self:
            archive.write(
                {"correction_count": archive.correction_count + 1, "is_accurate": False}
            )
        self._note(self.env._("An address or number in the archive was corrected."))

    def _get_products(self):
        """Return {archive: the customer's installed products} (sudo)."""
        # told to whoever may read the archive
        lines = self.env["revisit.archive.line"].sudo()
        lines = lines.search(
            [
                ("partner_id.commercial_partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        owned = lines.grouped(
            lambda line: (line.partner_id.commercial_partner_id.id, line.company_id.id)
        )
        return {
            archive: owned.get(
                (archive.partner_id.id, archive.company_id.id), lines[:0]
            )
            for archive in self
        }

    def _get_missing(self, products):
        """Return the labels of what is missing, those of products with the product."""
        self.ensure_one()
        rows = self.env["revisit.archive.field"]
        # told to whoever may read the archive
        partner = self.partner_id.sudo()
        missing = [
            row.with_env(self.env).label
            for row in rows._get_asked(self.company_id, "res.partner")
            if row._is_asked_of(partner) and not row._is_filled(partner)
        ]
        asked = rows._get_asked(self.company_id, "revisit.archive.line")
        for line in products:
            names = [
                row.with_env(self.env).label
                for row in asked
                if row._is_asked_of(partner) and not row._is_filled(line)
            ]
            if names:
                product = line.product_id.display_name
                missing.append(f"{product}: {', '.join(names)}")
        return missing

    @api.model
    @ormcache()
    def _get_asking_ids(self):
        """Return the ids of the companies whose rulebooks check archives."""
        # the rules are the same for every user
        rulebooks = self.env["revisit.rulebook"].sudo()
        asking = rulebooks.search(
            [("state", "=", "installed"), ("asks_archive", "=", True)]
        )
        return tuple(asking.company_id.ids)

    @api.model
    def _poke(self):
        """Have all archives counted soon."""
        cron = self.env.ref(CRON, raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()  # the right to change the rule was checked before
