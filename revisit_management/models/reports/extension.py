# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ...tools import windows
from ...tools.tasks import heard
from ...tools.values import NOTE_SIZE

ACTIVITY = "revisit_management.activity_type_report_extension"


class RevisitReport(models.Model):
    """More time to hand a report in: asked for while there is time, and decided.

    Who has asked in time is not harmed by whoever decides late: the time is given all
    the same, even for a report that was handed in meanwhile, and stands there as given
    late. Every decision has its reason in words.
    """

    _inherit = "revisit.report"  # pylint: disable=consider-merging-classes-inherited

    _traced = {"extension_state", "is_extension_late"}

    _server_owned = {
        "extension_asked_at",
        "extension_by_id",
        "extension_decided_at",
        "extension_note",
        "extension_reason",
        "extension_state",
        "is_extension_late",
    }

    extension_state = fields.Selection(
        selection=[
            ("asked", "Asked For"),
            ("granted", "Granted"),
            ("refused", "Refused"),
        ],
        string="More Time",
        readonly=True,
        copy=False,
        tracking=True,
    )
    extension_reason = fields.Text(
        string="Why More Time Is Needed", readonly=True, copy=False
    )
    extension_asked_at = fields.Datetime(
        string="More Time Asked For On", readonly=True, copy=False
    )
    extension_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Decided By",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    extension_decided_at = fields.Datetime(
        string="Decided On", readonly=True, copy=False
    )
    extension_note = fields.Text(
        string="Why It Was Decided So", readonly=True, copy=False
    )
    is_extension_late = fields.Boolean(
        string="Decided Late",
        readonly=True,
        copy=False,
        help="More time was asked for in time, and decided only when it was over.",
    )

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_open_ask_extension(self):
        self.ensure_one()
        self._check_may_ask()
        return self._get_extension_dialog("ask", self.env._("Ask for More Time"))

    def action_open_grant_extension(self):
        self.ensure_one()
        self._check_may_decide()
        day = self._get_last_day()
        return self._get_extension_dialog(
            "grant", self.env._("Grant More Time"), default_until=day
        )

    def action_open_refuse_extension(self):
        self.ensure_one()
        self._check_may_decide()
        return self._get_extension_dialog("refuse", self.env._("Refuse More Time"))

    def action_ask_extension(self, reason):
        """Ask whoever manages the unit for more time to hand in.

        :param reason: text, required
        :raise UserError: no reason, no time limit, it is over, or asked for already
        """
        self.ensure_one()
        self.check_access("write")
        self._check_may_ask()
        reason = self._read_extension("extension_reason", reason)
        if not reason:
            raise UserError(self.env._("Say why more time is needed."))
        self._step(
            {
                "extension_state": "asked",
                "extension_reason": reason,
                "extension_asked_at": fields.Datetime.now(),
                "extension_by_id": False,
                "extension_decided_at": False,
                "extension_note": False,
                "is_extension_late": False,
            }
        )
        # who leads a unit is no secret, and who asks may give them a task
        report = self.sudo()
        decider = report.callback_id._find_helper()
        heard(report).activity_schedule(
            ACTIVITY,
            date_deadline=report.company_id._revisit_today(),
            note=plaintext2html(reason),
            user_id=decider.id,
        )
        return True

    def action_grant_extension(self, until=None, note=""):
        """Give more time to hand in.

        :param until: the last day on which it is on time, ISO 8601; by default the
            last that the rulebook allows
        :param note: text, required
        :raise AccessError: the user is no supervisor
        :raise UserError: their own, no reason, nothing asked for, or the day cannot be
        """
        self.ensure_one()
        self.check_access("write")
        self._check_may_decide()
        if not self._read_extension("extension_note", note):
            raise UserError(self.env._("Say why there is more time."))
        end = self._read_extended(until)
        self._decide_extension("granted", note, hand_in_until=end)
        return True

    def action_refuse_extension(self, note=""):
        """Give no more time.

        :param note: text, required
        """
        self.ensure_one()
        self.check_access("write")
        self._check_may_decide()
        if not self._read_extension("extension_note", note):
            raise UserError(self.env._("Say why there is no more time."))
        self._decide_extension("refused", note)
        return True

    # ------------------------------------------------------------
    # BUSINESS METHODS
    # ------------------------------------------------------------

    def _get_extension_dialog(self, step, name, **context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "revisit.report.extension",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_report_id": self.id,
                "default_step": step,
                **context,
            },
        }

    def _read_extension(self, name, text):
        reader = self.env["revisit.reader"]
        return reader._read_text(reader._get_label(self, name), text, NOTE_SIZE)

    def _read_extended(self, until):
        """Return the moment from which the report is late, if it gets more time.

        :param until: see :meth:`action_grant_extension`
        :raise UserError: the day is not later, over, or more than the rulebook allows
        """
        reader, last = self.env["revisit.reader"], self._get_last_day()
        day = reader._read_date(self.env._("Until"), until) or last
        if not day:
            raise UserError(
                self.env._("The rulebook names no last day: say until when.")
            )
        end = windows.day_start(day + timedelta(days=1), self._get_tz())
        if end <= self.hand_in_until:
            raise UserError(
                self.env._("Choose a day after the one on which it is due anyway.")
            )
        if last and day > last:
            raise UserError(
                self.env._(
                    "The rulebook allows more time up to %(day)s. Choose that day, or"
                    " an earlier one.",
                    day=last,
                )
            )
        if end <= (self.handed_in_at or fields.Datetime.now()):
            raise UserError(
                self.env._(
                    "%(report)s would be late all the same: %(day)s is over. Choose a"
                    " later day, or say why there is no more time.",
                    report=self.display_name,
                    day=day,
                )
            )
        return end

    def _check_may_ask(self):
        self._check_mine()
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "%(report)s is handed in: it needs no more time.",
                    report=self.display_name,
                )
            )
        if not self.hand_in_until:
            raise UserError(
                self.env._(
                    "%(report)s has no time limit, so it needs no more time.",
                    report=self.display_name,
                )
            )
        if self.hand_in_until <= fields.Datetime.now():
            raise UserError(
                self.env._(
                    "%(report)s was due on %(moment)s: more time is asked for"
                    " while there is still some. Hand it in as soon as you can.",
                    report=self.display_name,
                    moment=self._format(self.hand_in_due),
                )
            )
        if self.extension_state:
            states = dict(
                self._fields["extension_state"]._description_selection(self.env)
            )
            raise UserError(
                self.env._(
                    "%(report)s: more time has been asked for before (%(state)s).",
                    report=self.display_name,
                    state=states[self.extension_state].lower(),
                )
            )

    def _check_may_decide(self):
        if not self.env.user.has_group("revisit_management.group_supervisor"):
            raise AccessError(
                self.env._("Only supervisors give more time. Ask yours for it.")
            )
        if self._is_mine():
            raise UserError(
                self.env._(
                    "%(report)s is your own: somebody else decides whether you have"
                    " more time.",
                    report=self.display_name,
                )
            )
        if not self._is_extension_open():
            raise UserError(
                self.env._(
                    "%(report)s: nobody is waiting for more time.",
                    report=self.display_name,
                )
            )
        if self.extension_asked_at >= self.hand_in_until:
            raise UserError(
                self.env._(
                    "%(report)s was due on %(moment)s, and nobody had asked for more"
                    " time by then.",
                    report=self.display_name,
                    moment=self._format(self.hand_in_due),
                )
            )

    def _is_extension_open(self):
        """Return whether more time was asked for, and a decision changes something."""
        self.ensure_one()
        is_late = self.handed_in_at and not self.is_handed_in_on_time
        return self.extension_state == "asked" and (
            self.state == "draft" or self.state in ("handed_in", "redo") and is_late
        )

    def _get_last_day(self):
        """Return the last day that the rulebook allows, or False."""
        # the rule holds for everybody, whoever may read it
        days = self.sudo().rulebook_id.extension_days
        if days is False:
            return False
        tz = self._get_tz()
        return windows.local_date(self.talked_at, tz) + timedelta(days=days)

    def _decide_extension(self, state, note, **vals):
        now = fields.Datetime.now()
        self._step(
            {
                "extension_state": state,
                "extension_note": self._read_extension("extension_note", note),
                "extension_by_id": self.env.uid,
                "extension_decided_at": now,
                "is_extension_late": self.hand_in_until <= now,
                **vals,
            }
        )
        self._end_extension()
        # one message to whoever has asked, in their language, as they want to be told
        told = self.sudo().with_context(lang=self.user_id.lang)
        field = self._fields["extension_state"]
        told.message_notify(
            partner_ids=told.user_id.partner_id.ids,
            subject=told.display_name,
            body=told.env._(
                "More time: %(state)s. Due: %(moment)s. %(note)s",
                state=dict(field._description_selection(told.env))[state],
                moment=told._format(told.hand_in_due),
                note=told.extension_note or "",
            ),
        )

    def _end_extension(self):
        """Take questions for more time that nothing hangs on off everybody's list."""
        # the tasks are others', the step has checked the right
        heard(self.sudo()).activity_unlink([ACTIVITY])
