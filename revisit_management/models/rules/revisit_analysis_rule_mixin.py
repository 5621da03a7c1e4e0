# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools import periods
from ...tools.fields import OptionalInteger

# the working days in which the report on a period is handed in
ANALYSIS_DAYS = {"quarter": "quarter_analysis_days", "year": "year_analysis_days"}
MOST_DAYS = 250


class RevisitAnalysisRuleMixin(models.AbstractModel):
    """Whether units analyse their quarters and years, and how soon after the end.

    Days are working days of the company after the last day of the period. A period
    without a number of days is not analysed.
    """

    _name = "revisit.analysis.rule.mixin"
    _description = "Rule of Analysis Reports"

    asks_analysis = fields.Boolean(
        string="Analysis Reports Are Written",
        tracking=True,
        help="After the end of a quarter or year, each unit that had callbacks to make"
        " reports on it. Dealers do not.",
    )
    quarter_analysis_days = OptionalInteger(
        string="Quarterly Analysis Within",
        tracking=True,
        help="Working days after the end of the quarter. Empty: quarters are not"
        " analysed.",
    )
    year_analysis_days = OptionalInteger(
        string="Yearly Analysis Within",
        tracking=True,
        help="Working days after the end of the year. Empty: years are not analysed.",
    )
    analysis_from = fields.Date(
        string="Periods Analysed From",
        copy=False,
        help="Reports are made for periods that end on this day or later. Set when the"
        " reports are switched on, and moved on each time they are made. Put it back to"
        " have earlier periods analysed, too.",
    )
    analysis_count = fields.Integer(
        string="Analysis Reports", compute="_compute_analysis_count"
    )

    # ------------------------------------------------------------
    # COMPUTE METHODS
    # ------------------------------------------------------------

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_analysis_count(self):
        self.analysis_count = 0
        reports = self.env["revisit.analysis"]
        if not reports.has_access("read"):
            return
        rows = reports._read_group(
            [("rulebook_id", "in", self.ids)], ["rulebook_id"], ["__count"]
        )
        for rule, count in rows:
            self.filtered(lambda r, i=rule.id: r.id == i).analysis_count = count

    # ------------------------------------------------------------
    # CONSTRAINT METHODS
    # ------------------------------------------------------------

    @api.constrains("asks_analysis", *ANALYSIS_DAYS.values())
    def _check_analysis_days(self):
        for rule in self:
            given = [
                (name, rule[name])
                for name in ANALYSIS_DAYS.values()
                if rule[name] is not False
            ]
            for name, days in given:
                if not 1 <= days <= MOST_DAYS:
                    raise ValidationError(
                        self.env._(
                            "%(field)s: give a number of working days from 1 to"
                            " %(most)s, or leave it empty if these periods are not"
                            " analysed.",
                            field=self._fields[name]._description_string(self.env),
                            most=MOST_DAYS,
                        )
                    )
            if rule.asks_analysis and not given:
                raise ValidationError(
                    self.env._(
                        "%(rulebook)s asks for analysis reports: say within how many"
                        " working days after the quarter or the year they are handed"
                        " in.",
                        rulebook=rule.display_name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD METHODS
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.filtered("asks_analysis")._begin_analyses()
        return rules

    def write(self, vals):
        starting = self.browse()
        if vals.get("asks_analysis") and not vals.get("analysis_from"):
            starting = self.filtered(lambda rule: not rule.asks_analysis)
        result = super().write(vals)
        starting._begin_analyses(anew=True)
        return result

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_analyses(self):
        """Button: list the analysis reports of this rulebook."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_analysis_action"
        )
        return {**action, "domain": [("rulebook_id", "=", self.id)], "context": {}}

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _begin_analyses(self, anew=False):
        """Ask for reports on the periods that end from the company's today on.

        :param anew: whether to begin anew where they were asked for before
        """
        for company, rules in self.grouped("company_id").items():
            today = company._revisit_today()
            rules.filtered(lambda r: anew or not r.analysis_from).analysis_from = today

    def _get_analysis_days(self, kind):
        """Return in how many working days a quarter or year is reported on."""
        self.ensure_one()
        return self[ANALYSIS_DAYS[kind]]

    def _get_analysis_spans(self, today):
        """Return ``{(kind, first day, last day): rules}`` of what is to be analysed.

        :param today: the company's day; periods end before it
        """
        spans, yesterday = {}, today - timedelta(days=1)
        for rule in self.filtered("analysis_from"):
            # a rulebook that was installed again begins anew
            start = max(rule.analysis_from, rule.effective_from or rule.analysis_from)
            for kind, name in ANALYSIS_DAYS.items():
                if rule[name] is False:
                    continue
                for bounds in periods.bounds_ending(start, yesterday, kind):
                    key = (kind, *bounds)
                    spans[key] = spans.get(key, self.browse()) | rule
        return spans
