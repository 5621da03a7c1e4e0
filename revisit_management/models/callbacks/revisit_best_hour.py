# Part of Revisit. See LICENSE file for full copyright and licensing details.
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import best_hour

# customers change: tries before are not learnt from
LEARNT_FROM = timedelta(days=365)
# the gain is told of the last quarter
MEASURED_OVER = timedelta(days=91)
KINDS = [("person", "Persons"), ("company", "Companies")]
WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]
# somebody was there, whatever they wanted
ANSWERED = ("reached", "refused", "rescheduled")


class RevisitBestHour(models.Model):
    """When customers answer: one row per kind of customer, weekday and hour.

    Learnt each night from the first tries by phone of the last year; a time that the
    customer had agreed to, a wrong number and what was entered afterwards say nothing
    about the hour. ``tools/best_hour.py`` says how much is chance.
    """

    _name = "revisit.best.hour"
    _description = "When Customers Answer"
    _inherit = ["revisit.protected.mixin"]
    _order = "company_id, is_better desc, kind, rate desc, weekday, hour"
    _log_access = False

    _server_owned = {
        "answered",
        "company_id",
        "hour",
        "is_better",
        "kind",
        "rate",
        "tries",
        "usual",
        "weekday",
    }

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(
        selection=KINDS, string="Customers", required=True, readonly=True
    )
    weekday = fields.Selection(selection=WEEKDAYS, required=True, readonly=True)
    hour = fields.Integer(
        required=True,
        readonly=True,
        aggregator=None,
        help="The hour that begins then, in the customer's time zone.",
    )
    tries = fields.Integer(required=True, readonly=True)
    answered = fields.Integer(string="Calls Answered", required=True, readonly=True)
    rate = fields.Float(
        string="Expected %",
        digits=(5, 1),
        required=True,
        readonly=True,
        aggregator=None,
        help="How many of a hundred customers answer then, after taking away what"
        " chance explains.",
    )
    usual = fields.Float(
        string="Usual %",
        digits=(5, 1),
        required=True,
        readonly=True,
        aggregator=None,
        help="How many of a hundred such customers answer at any hour.",
    )
    is_better = fields.Boolean(
        string="Clearly Better",
        readonly=True,
        help="More answer than chance explains, of at least thirty tries.",
    )

    _cell_once = models.UniqueIndex(
        "(company_id, kind, weekday, hour)", "Each hour is learnt once."
    )

    @api.depends("kind", "weekday", "hour")
    def _compute_display_name(self):
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("kind", "weekday")
        }
        for cell in self:
            kind, weekday = labels["kind"][cell.kind], labels["weekday"][cell.weekday]
            cell.display_name = f"{kind}, {weekday}, {cell.hour:02}:00"

    # ------------------------------------------------------------
    # LEARNING
    # ------------------------------------------------------------

    @api.model
    def _cron_learn(self):
        self._learn()

    @api.model
    def _learn(self):
        """Learn the rates of all companies anew, from what is recorded."""
        counts = defaultdict(dict)
        for company_id, *cell, tries, answered in self.env.execute_query(
            self._get_counts_sql()
        ):
            counts[company_id][tuple(cell)] = tries, answered
        # the rows are the system's
        own = self.sudo()
        own.search([("company_id", "!=", False)]).unlink()
        own.create(
            [
                {
                    "company_id": company_id,
                    "kind": kind,
                    "weekday": str(weekday),
                    "hour": hour,
                    "tries": cell.tries,
                    "answered": cell.answered,
                    "rate": 100 * cell.rate,
                    "usual": 100 * cell.usual,
                    "is_better": cell.is_better,
                }
                for company_id, cells in counts.items()
                for (kind, weekday, hour), cell in best_hour.learn(cells).items()
            ]
        )

    @api.model
    def _get_counts_sql(self):
        """Return SQL of rows: company, kind, weekday, hour, tries, answered."""
        self.env.flush_all()
        return SQL(
            """
            WITH zones (company_id, name) AS (VALUES %(zones)s),
                 first_tries AS (%(first_tries)s),
                 local_tries AS (%(local_tries)s)
            SELECT company_id, kind, extract(isodow FROM local_at)::int - 1,
                   extract(hour FROM local_at)::int, count(*)::int,
                   (count(*) FILTER (WHERE outcome IN %(answered)s))::int
              FROM local_tries
          GROUP BY 1, 2, 3, 4
            """,
            zones=self._get_zones_sql(),
            first_tries=self._get_first_tries_sql(),
            local_tries=self._get_local_tries_sql(),
            answered=ANSWERED,
        )

    @api.model
    def _get_zones_sql(self):
        # each company counts in its own zone, whoever runs the job
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        return SQL(", ").join(
            SQL("(%s, %s)", company.id, company._revisit_tz()) for company in companies
        )

    @api.model
    def _get_first_tries_sql(self):
        """Return SQL of the first try of each callback by phone."""
        return SQL(
            """
            SELECT DISTINCT ON (attempt.callback_id)
                   attempt.company_id, attempt.outcome, attempt.at,
                   attempt.create_date, callback.partner_id,
                   callback.commercial_partner_id
              FROM revisit_attempt attempt
              JOIN revisit_callback callback ON callback.id = attempt.callback_id
             WHERE attempt.at >= %s
               AND callback.channel = 'phone'
               AND callback.time_state != 'confirmed'
          ORDER BY attempt.callback_id, attempt.at, attempt.id
            """,
            fields.Datetime.now() - LEARNT_FROM,
        )

    @api.model
    def _get_local_tries_sql(self):
        """Return SQL of the tries that say something, in the customer's local time."""
        return SQL(
            """
            SELECT tried.company_id, tried.outcome,
                   CASE WHEN whole.is_company THEN 'company' ELSE 'person' END AS kind,
                   timezone(
                       CASE WHEN partner.tz IN (SELECT name FROM pg_timezone_names)
                            THEN partner.tz ELSE zones.name END,
                       timezone('UTC', tried.at)
                   ) AS local_at
              FROM first_tries tried
              JOIN zones ON zones.company_id = tried.company_id
              JOIN res_partner partner ON partner.id = tried.partner_id
              JOIN res_partner whole ON whole.id = tried.commercial_partner_id
             WHERE tried.outcome != 'wrong_number'
               AND tried.create_date <= tried.at + %s
            """,
            best_hour.ENTERED_WITHIN,
        )

    # ------------------------------------------------------------
    # WHAT IS KNOWN
    # ------------------------------------------------------------

    @api.model
    def _get_cells(self, companies, only_better=False):
        """Return ``{(company id, kind): {(weekday, hour): row}}`` (sudo)."""
        domain = Domain("company_id", "in", companies.ids)
        if only_better:
            domain &= Domain("is_better", "=", True)
        # the rates are no secret to who makes the callbacks
        rows = self.sudo().search(domain)
        cells = defaultdict(dict)
        for row in rows:
            cells[row.company_id.id, row.kind][int(row.weekday), row.hour] = row
        return cells

    @api.model
    def _describe_gain(self, company):
        """Return in words whether calling at the best hour has brought answers.

        Customers who are called at any hour are chosen by chance, so the difference
        between the two groups is what the hour has brought.
        """
        # figures of the company, whose settings the reader may change
        groups = (
            self.env["revisit.attempt"]
            .sudo()
            ._read_group(
                Domain("company_id", "=", company.id)
                & Domain("hour_group", "!=", False)
                & Domain("outcome", "!=", "wrong_number")
                & Domain("at", ">=", fields.Datetime.now() - MEASURED_OVER),
                ["hour_group", "outcome"],
                ["__count"],
            )
        )
        tries, answered = defaultdict(int), defaultdict(int)
        for group, outcome, count in groups:
            tries[group] += count
            answered[group] += count if outcome in ANSWERED else 0
        compared = best_hour.compare(
            (tries["best"], answered["best"]), (tries["any"], answered["any"])
        )
        if not compared:
            return self.env._("Nothing was measured yet in the last three months.")
        counted = self.env._(
            "In the last three months %(best)s of %(best_tries)s customers answered the"
            " first call at their best hour, and %(any)s of %(any_tries)s at any hour.",
            best=answered["best"],
            best_tries=tries["best"],
            any=answered["any"],
            any_tries=tries["any"],
        )
        return f"{counted} {self._describe_difference(*compared)}"

    @api.model
    def _describe_difference(self, difference, low, high):
        shown = {
            "difference": f"{100 * abs(difference):.1f}",
            "low": f"{100 * low:.1f}",
            "high": f"{100 * high:.1f}",
        }
        if low <= 0 <= high:
            return self.env._(
                "Chance explains the difference (95%% interval: %(low)s to %(high)s"
                " points).",
                **shown,
            )
        if difference > 0:
            return self.env._(
                "That is %(difference)s points more (95%% interval: %(low)s to"
                " %(high)s).",
                **shown,
            )
        return self.env._(
            "That is %(difference)s points fewer: switch it off, and ask why.", **shown
        )
