# Part of Revisit. See LICENSE file for full copyright and licensing details.
import calendar
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools import windows
from ...tools.local_day import LocalDay
from ...tools.terms import OCCASION_KINDS

BIRTHDAY_LEAD = timedelta(days=31)


class RevisitOccasion(models.Model):
    """Something that happened to a customer and has no document of its own.

    Agents, imports, automation rules and other apps create them: an account was
    opened, a service changed, an installation begins. Birthdays are created by a
    scheduled action. Archiving an occasion cancels its callbacks that nobody has
    begun.
    """

    _name = "revisit.occasion"
    _description = "Customer Occasion"
    _inherit = [
        "revisit.imported.once.mixin",
        "revisit.protected.mixin",
        "mail.thread",
        "revisit.settled.mixin",
    ]
    _order = "occurs_at desc, id desc"
    _check_company_auto = True

    _server_owned = {"key"}

    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    kind = fields.Selection(selection=OCCASION_KINDS, required=True, default="other")
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Customer",
        required=True,
        ondelete="cascade",
        index=True,
        check_company=True,
    )
    occurs_at = fields.Datetime(
        string="When", required=True, default=fields.Datetime.now, tracking=True
    )
    occurs_on = LocalDay(string="Day", moment="occurs_at")
    is_coming = fields.Boolean(
        string="Coming",
        compute="_compute_is_coming",
        search="_search_is_coming",
        help="It is today or later on the company's calendar.",
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        ondelete="set null",
        index="btree_not_null",
        check_company=True,
    )
    dealer_id = fields.Many2one(
        comodel_name="res.partner",
        domain=[("is_dealer", "=", True)],
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: the customer's dealer.",
        check_company=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Responsible",
        ondelete="set null",
        index="btree_not_null",
    )
    reference = fields.Char(
        help="Number of the account, work order or document in the app it came from."
    )
    key = fields.Char(
        readonly=True,
        copy=False,
        help="Keeps the same occasion from being written down twice.",
    )
    note = fields.Text()

    _kind_idx = models.Index("(company_id, kind, occurs_at) WHERE active IS TRUE")
    _key_unique = models.UniqueIndex(
        "(company_id, partner_id, kind, key) WHERE key IS NOT NULL",
        "This occasion of the customer is written down already.",
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends("kind")
    def _compute_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for occasion in self:
            occasion.name = occasion.name or kinds.get(occasion.kind)

    @api.depends("occurs_at", "company_id")
    def _compute_is_coming(self):
        for occasion in self:
            company, day = occasion.company_id, occasion.occurs_on
            occasion.is_coming = bool(day and day >= company._revisit_today())

    def _search_is_coming(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self.env["res.company"]._revisit_today_domain("occurs_on", ">=")
        return domain if True in value else ~domain

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        occasions = super().create(vals_list)
        self.env["revisit.planner"]._poke()
        return occasions

    def write(self, vals):
        result = super().write(vals)
        if {"active", "kind", "occurs_at", "partner_id"} & set(vals):
            self.env["revisit.planner"]._poke()
        return result

    # ------------------------------------------------------------
    # IMPORT
    # ------------------------------------------------------------

    @api.model
    def _get_twin_conditions(self):
        condition = SQL(
            """
            new.partner_id = old.partner_id
            AND new.kind = old.kind
            AND new.occurs_at = old.occurs_at
            AND COALESCE(btrim(new.reference), '') = COALESCE(btrim(old.reference), '')
            """
        )
        return [(condition, False)]

    def _prepare_twin_error(self, is_certain):
        self.ensure_one()
        return self.env._(
            "%(occasion)s of %(customer)s at this moment is there already. Leave the"
            " row out; if it is another one, give it a reference of its own, or give"
            " every row an external ID.",
            occasion=self.name,
            customer=self.partner_id.display_name,
        )

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    @api.model
    def _create_for(self, company, partners_query, kind, name, moment, key):
        """Create one occasion for each customer of a query, in one statement.

        Customers who have an occasion with the same key already are left out.

        :param partners_query: Query over ``res.partner``
        :param moment: naive UTC datetime, or SQL of one per ``res_partner`` row
        :return: how many were created
        """
        now, uid = fields.Datetime.now(), self.env.uid
        self.env["res.partner"].flush_model()
        self.flush_model()
        partner_id = SQL.identifier(partners_query.table, "id")
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO revisit_occasion (
                       company_id, partner_id, kind, name, occurs_at, key, active,
                       create_uid, create_date, write_uid, write_date)
                %s
                ON CONFLICT DO NOTHING
                """,
                partners_query.select(
                    SQL("%s", company.id),
                    partner_id,
                    SQL("%s", kind),
                    SQL("%s", name),
                    moment if isinstance(moment, SQL) else SQL("%s", moment),
                    SQL("%s", key),
                    SQL("TRUE, %s, %s, %s, %s", uid, now, uid, now),
                ),
            )
        )
        written = self.env.cr.rowcount
        self.invalidate_model()
        if written:
            self.env["revisit.planner"]._poke()
        return written

    @api.model
    def _cron_birthdays(self):
        """Create occasions for coming birthdays, as early as any policy needs them."""
        trigger = self.env.ref("revisit_management.trigger_birthday")
        # the cron serves the policies of every company
        companies = trigger.sudo().policy_ids.filtered("active").company_id
        for company in companies:
            self._create_birthdays(company)

    @api.model
    def _create_birthdays(self, company):
        """Create the occasions of the coming birthdays, once per customer and year.

        Customers born on 29 February are greeted on the 28th in a common year.
        """
        tz, first = company._revisit_tz(), company._revisit_today()
        by_year = {}
        for offset in range(self._get_birthday_days(company) + 1):
            day = first + timedelta(days=offset)
            by_year.setdefault(day.year, []).append(day)
        # the customers of the company that the cron serves, filtered below
        Partner = self.env["res.partner"].sudo().with_context(active_test=True)
        written = 0
        for year, days in by_year.items():
            query = Partner._search(
                [
                    ("birthday", "!=", False),
                    ("partner_share", "=", True),
                    ("company_id", "in", [company.id, False]),
                ]
            )
            born = SQL.identifier(query.table, "birthday")
            names = [f"{day:%m%d}" for day in days]
            if date(year, 2, 28) in days and not calendar.isleap(year):
                names.append("0229")
            number = SQL("array_position(%s::text[], to_char(%s, 'MMDD'))", names, born)
            query.add_where(SQL("%s IS NOT NULL", number))
            query.add_where(SQL("%s < %s", born, days[0]))
            moments = [self._get_birthday_moment(year, name, tz) for name in names]
            moment = SQL("(%s::timestamp[])[%s]", moments, number)
            name = self.with_company(company).env._("Birthday")
            written += self._create_for(
                company, query, "birthday", name, moment, str(year)
            )
        return written

    @api.model
    def _get_birthday_days(self, company):
        """Return how many days ahead occasions of birthdays are created.

        It is a month, plus the longest time that a policy begins before the birthday.
        """
        trigger = self.env.ref("revisit_management.trigger_birthday")
        # policies of the company that the cron serves, filtered below
        early = trigger.sudo().policy_ids.filtered(
            lambda policy: (
                policy.active
                and policy.company_id == company
                and policy.delay_direction == "before"
            )
        )
        spans = [policy._get_span() for policy in early]
        return (BIRTHDAY_LEAD + max(spans, default=timedelta())).days

    @api.model
    def _get_birthday_moment(self, year, name, tz):
        """Return when the local day ``MMDD`` of a year begins, in naive UTC."""
        month, day = int(name[:2]), int(name[2:])
        if (month, day) == (2, 29) and not calendar.isleap(year):
            day = 28
        return windows.day_start(date(year, month, day), tz)
