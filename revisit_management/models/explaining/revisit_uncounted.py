# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL

# what an issue is exempted by, and for which its trace is looked up
EXEMPTING = ("is_anonymous", "is_reply_only")


class RevisitUncounted(models.Model):
    """What was planned or registered, and left the scores: by whom, when and why.

    A view of callbacks and issues, for those who answer for the scores of a unit:
    nothing leaves them unseen. It holds nothing of its own.

    ====================  ==========================================================
    kind                  what it is
    ====================  ==========================================================
    cancelled             a callback that a person has cancelled
    no_contact            a callback that ended as the customer refuses all contact
    document              a callback for which its document no longer asks
    too_late              a callback that nobody could have made on time
    handover              a callback that became known after its window had opened;
                          it still counts
    issue_cancelled       an issue that was none
    issue_exempt          an issue without the customer's verdict: anonymous, or
                          answered in writing
    ====================  ==========================================================

    How it stays fast: each part has its own index on company and ``counted_at``; who
    did it, and why, is looked up for the rows that are shown.
    """

    _name = "revisit.uncounted"
    _description = "Left the Scores"
    _auto = False
    _order = "counted_at desc, id desc"
    _rec_name = "kind"
    _depends = {
        "revisit.callback": [
            "cancel_note",
            "cancel_reason",
            "company_id",
            "dealer_id",
            "is_known_too_late",
            "is_late_handover",
            "is_unwanted",
            "left_at",
            "left_by_id",
            "partner_id",
            "policy_id",
            "reopen_note",
            "resp_employee_id",
            "state",
            "team_id",
            "window_end",
        ],
        "revisit.issue": [
            "cancel_note",
            "category_id",
            "company_id",
            "dealer_id",
            "is_anonymous",
            "is_reply_only",
            "partner_id",
            "registered_at",
            "resp_employee_id",
            "state",
            "team_id",
        ],
        "revisit.issue.change": ["at", "issue_id", "reason", "user_id"],
        "revisit.trace": ["at", "field_name", "res_id", "res_model", "user_id"],
    }

    kind = fields.Selection(
        selection=[
            ("cancelled", "Cancelled by a Person"),
            ("no_contact", "Customer Wants No Contact"),
            ("document", "Document No Longer Asks for It"),
            ("too_late", "Known Too Late"),
            ("handover", "Handed Over Late, Still Counted"),
            ("issue_cancelled", "Issue Cancelled"),
            ("issue_exempt", "Issue Without the Customer's Verdict"),
        ],
        string="Why It Left",
        readonly=True,
    )
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    callback_id = fields.Many2one(comodel_name="revisit.callback", readonly=True)
    issue_id = fields.Many2one(comodel_name="revisit.issue", readonly=True)
    counted_at = fields.Datetime(
        string="Would Have Counted On",
        readonly=True,
        help="The end of a callback's window, or when an issue was registered.",
    )
    left_at = fields.Datetime(string="Left On", readonly=True)
    left_by_id = fields.Many2one(comodel_name="res.users", readonly=True)
    was_late = fields.Boolean(
        string="Late by Then",
        readonly=True,
        help="The callback's window had ended when it was cancelled.",
    )
    reason = fields.Text(readonly=True, help="In the words of whoever did it.")
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="Customer", readonly=True
    )
    policy_id = fields.Many2one(comodel_name="revisit.policy", readonly=True)
    category_id = fields.Many2one(comodel_name="revisit.issue.category", readonly=True)
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Would Have Counted For",
        readonly=True,
        groups="hr.group_hr_user,revisit_management.group_supervisor",
    )
    team_id = fields.Many2one(comodel_name="revisit.team", string="Unit", readonly=True)
    dealer_id = fields.Many2one(comodel_name="res.partner", readonly=True)

    @property
    def _table_query(self):
        return SQL("%s UNION ALL %s", self._get_callbacks_sql(), self._get_issues_sql())

    def _get_callbacks_sql(self):
        # twice the number, so that no callback has an issue's
        return SQL(
            """
            SELECT callback.id * 2 AS id,
                   CASE WHEN callback.state = 'cancelled' THEN
                             CASE WHEN callback.cancel_reason = 'person'
                                  THEN 'cancelled'
                                  WHEN callback.is_unwanted THEN 'no_contact'
                                  ELSE 'document' END
                        WHEN callback.is_known_too_late THEN 'too_late'
                        ELSE 'handover' END AS kind,
                   callback.company_id, callback.id AS callback_id,
                   NULL::int4 AS issue_id, callback.window_end AS counted_at,
                   CASE WHEN callback.state = 'cancelled' THEN callback.left_at
                        ELSE COALESCE(callback.left_at, callback.create_date)
                        END AS left_at,
                   CASE WHEN callback.state = 'cancelled' THEN callback.left_by_id
                        ELSE COALESCE(callback.left_by_id, callback.create_uid)
                        END AS left_by_id,
                   callback.state = 'cancelled'
                       AND COALESCE(callback.left_at >= callback.window_end, FALSE)
                       AND callback.is_known_too_late IS NOT TRUE AS was_late,
                   CASE WHEN callback.state = 'cancelled' THEN callback.cancel_note
                        ELSE callback.reopen_note END AS reason,
                   callback.partner_id, callback.policy_id, NULL::int4 AS category_id,
                   callback.resp_employee_id AS employee_id, callback.team_id,
                   callback.dealer_id
              FROM revisit_callback callback
             WHERE callback.state = 'cancelled' OR callback.is_known_too_late
                OR callback.is_late_handover
            """
        )

    def _get_issues_sql(self):
        return SQL(
            """
            SELECT issue.id * 2 + 1 AS id,
                   CASE WHEN issue.state = 'cancelled' THEN 'issue_cancelled'
                        ELSE 'issue_exempt' END AS kind,
                   issue.company_id, NULL::int4 AS callback_id, issue.id AS issue_id,
                   issue.registered_at AS counted_at,
                   COALESCE(%(at)s, issue.create_date) AS left_at,
                   COALESCE(%(by)s, issue.create_uid) AS left_by_id,
                   FALSE AS was_late,
                   CASE WHEN issue.state = 'cancelled' THEN issue.cancel_note
                        ELSE %(reason)s END AS reason,
                   issue.partner_id, NULL::int4 AS policy_id, issue.category_id,
                   issue.resp_employee_id AS employee_id, issue.team_id,
                   issue.dealer_id
              FROM revisit_issue issue
             WHERE issue.state = 'cancelled' OR issue.is_anonymous
                OR issue.is_reply_only
            """,
            at=self._get_trace_sql(SQL("trace.at")),
            by=self._get_trace_sql(SQL("trace.user_id")),
            reason=self._get_change_sql(),
        )

    def _get_trace_sql(self, column):
        """Return a value of the trace of the step with which an issue left."""
        return SQL(
            """(SELECT %s FROM revisit_trace trace
                 WHERE trace.res_model = 'revisit.issue' AND trace.res_id = issue.id
                   AND trace.field_name = ANY(CASE WHEN issue.state = 'cancelled'
                                                   THEN ARRAY['state'] ELSE %s END)
                 ORDER BY trace.id DESC LIMIT 1)""",
            column,
            list(EXEMPTING),
        )

    def _get_change_sql(self):
        """Return why the registration was corrected, in the same step as the trace."""
        return SQL(
            """(SELECT change.reason FROM revisit_issue_change change
                 WHERE change.issue_id = issue.id AND change.user_id = %s
                   AND change.at BETWEEN %s AND %s + interval '1 minute'
                 ORDER BY change.at, change.id DESC LIMIT 1)""",
            self._get_trace_sql(SQL("trace.user_id")),
            self._get_trace_sql(SQL("trace.at")),
            self._get_trace_sql(SQL("trace.at")),
        )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_record(self):
        """Button: open the callback or issue that left the scores."""
        self.ensure_one()
        record = self.callback_id or self.issue_id
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
