# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools import marks, rehearsal
from ...tools.terms import OUTCOMES, PERSONAL_CHANNELS

# how long an outcome may be taken back
UNDO_FOR = timedelta(seconds=10)
# outcomes after which the customer is left in peace for a while
PAUSING = ("busy", "no_answer", "rescheduled")
# as many are recorded in one go of the scheduled job
SETTLED_AT_ONCE = 100


class RevisitPendingOutcome(models.Model):
    """What an agent has pressed in the console, and may still take back.

    For ten seconds nothing is recorded, told or planned, so that taking it back leaves
    nothing behind. Then :meth:`_settle` records it, with the moment at which it was
    pressed. What is refused then (a supervisor has cancelled the callback meanwhile)
    stays here with the reason, until its agent has looked at it.
    """

    _name = "revisit.pending.outcome"
    _description = "Outcome That May Be Taken Back"
    _inherit = ["revisit.protected.mixin"]
    _rec_name = "callback_id"
    _log_access = False

    _server_owned = {
        "callback_id",
        "error",
        "outcome",
        "pressed_at",
        "said",
        "until",
        "user_id",
    }

    callback_id = fields.Many2one(
        comodel_name="revisit.callback",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    outcome = fields.Selection(selection=OUTCOMES, required=True, readonly=True)
    said = fields.Json(
        readonly=True, help="Answers and words, as the console has sent them."
    )
    pressed_at = fields.Datetime(required=True, readonly=True)
    until = fields.Datetime(required=True, readonly=True, index=True)
    error = fields.Text(readonly=True, help="Why it could not be recorded.")

    _callback_once = models.UniqueIndex(
        "(callback_id)", "The outcome of this callback was just recorded."
    )

    # ------------------------------------------------------------
    # PRESSING, TAKING BACK
    # ------------------------------------------------------------

    @api.model
    def _press(self, callback, outcome, said):
        """Keep an outcome for ten seconds, after trying whether it can be recorded.

        :param callback: the leader of the contact, of the user's environment
        :param outcome: key of an outcome
        :param said: dict, see :meth:`_apply`
        :return: the pending outcome
        :raise UserError: whatever recording it would raise
        """
        moment = fields.Datetime.now()
        # the row is the system's, whoever presses
        pending = self.sudo()
        known = pending.search([("callback_id", "=", callback.id)])
        if known.filtered(lambda row: not row.error):
            raise UserError(
                self.env._(
                    "%(callback)s: its outcome was recorded a moment ago.",
                    callback=callback.display_name,
                )
            )
        with rehearsal.rehearse(self.env):
            self._apply(callback, outcome, said, moment)
        known.unlink()
        row = pending.create(
            {
                "callback_id": callback.id,
                "user_id": self.env.uid,
                "outcome": outcome,
                "said": said,
                "pressed_at": moment,
                "until": moment + UNDO_FOR,
            }
        )
        # for a browser that is closed meanwhile; agents may not call jobs
        cron = self.env.ref("revisit_management.ir_cron_settle_outcomes").sudo()
        cron._trigger(at=row.until)
        return row

    @api.model
    def _take_back(self, pending_id):
        """Forget an outcome that the user has pressed, and return it.

        :return: ``(callback, outcome, said)``
        :raise UserError: it is recorded already
        """
        row = self._lock([("id", "=", pending_id), ("user_id", "=", self.env.uid)])
        if not row:
            raise UserError(
                self.env._(
                    "This is recorded already. Ask your supervisor, if it has to be"
                    " corrected."
                )
            )
        taken = row.callback_id.with_env(self.env), row.outcome, row.said or {}
        row.unlink()
        return taken

    # ------------------------------------------------------------
    # RECORDING
    # ------------------------------------------------------------

    @api.model
    def _settle(self, domain):
        """Record outcomes for good; the ones that are refused say why.

        Each is recorded as whoever has pressed it, with their rights of this moment.
        """
        for row in self._lock(Domain("error", "=", False) & Domain(domain)):
            user = row.user_id
            mine = row.callback_id.with_user(user).with_context(
                lang=user.lang,
                tz=user.tz,
                allowed_company_ids=row.callback_id.company_id.ids,
            )
            try:
                with self.env.cr.savepoint():
                    self._apply(mine, row.outcome, row.said or {}, row.pressed_at)
                    row.unlink()
            except UserError as error:
                row.error = str(error)
            except IntegrityError as error:
                # e.g. somebody else has kept the same answer meanwhile
                row.error = self._get_sentence(error)

    @api.model
    def _get_sentence(self, error):
        """Return what the model whose rule is broken says, as after a request."""
        table = error.diag.table_name
        names = (name for name, cls in self.pool.items() if cls._table == table)
        return self.env[next(names, self._name)]._sql_error_to_message(error)

    @api.model
    def _cron_settle(self):
        now = fields.Datetime.now()
        self._settle([("until", "<=", now)])
        waiting = [("until", "<=", now), ("error", "=", False)]
        # the job runs as the system
        self.env["ir.cron"]._commit_progress(
            processed=SETTLED_AT_ONCE, remaining=self.sudo().search_count(waiting)
        )

    @api.model
    def _lock(self, domain):
        """Return rows that no other process is recording or taking back."""
        # rows are the system's; each method says whose it looks for
        query = self.sudo()._search(domain, order="until, id", limit=SETTLED_AT_ONCE)
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM revisit_pending_outcome WHERE id IN %s"
                " ORDER BY until, id FOR UPDATE SKIP LOCKED",
                query.subselect(),
            )
        )
        # see above
        return self.sudo().browse([row[0] for row in rows])

    @api.model
    def _apply(self, callback, outcome, said, moment):
        """Record an outcome, as if at the moment at which it was pressed.

        :param said: dict with ``duration``, ``wrap_up`` (seconds) and ``note`` of the
            try; ``next_at`` (rescheduled); ``phone`` (wrong number); ``answers``,
            ``measures``, ``others``, ``next_due_on`` of the talk, as ``action_done``
            takes them; ``about``, why to call again about which of its matters; or
            ``form``, the id of a filled in result form
        """
        callback = callback.with_context(**{marks.PRESSED: marks.Told(moment)})
        if said.get("form"):
            forms = callback.env["revisit.callback.finish"]
            forms.browse(said["form"])._finish()
            return
        tried = {
            "duration": said.get("duration") or 0,
            "wrap_up": said.get("wrap_up") or 0,
            "note": said.get("note") or "",
        }
        if outcome in ("reached", "refused"):
            self._apply_talk(callback, outcome, said, tried)
            return
        # what was said is kept for whoever reaches the customer in the end
        tried["note"] = callback._get_noted_words(said)
        if outcome == "wrong_number":
            callback._correct_number(said.get("phone"), **tried)
        else:
            next_at = outcome == "rescheduled" and said.get("next_at")
            callback.action_log_attempt(outcome, next_at=next_at, **tried)
        callback._keep_draft(said)

    @api.model
    def _apply_talk(self, callback, outcome, said, tried):
        """Record a talk, or that the customer does not want one."""
        if outcome == "refused" or callback.channel in PERSONAL_CHANNELS:
            # the attempts prove the talk; a try before may have been logged by hand
            if outcome not in callback._get_leaders().attempt_ids.mapped("outcome"):
                callback.action_log_attempt(outcome, **tried)
        measures = said.get("measures") or {}
        callback._check_result_fields(measures)
        if outcome == "refused":
            # who does not want to talk has answered nothing
            words = {"feedback": measures.get("feedback") or ""}
            callback.action_done(result=outcome, **words)
            return
        callback.action_done(
            result=outcome,
            answers=said.get("answers"),
            others=said.get("others"),
            next_due_on=said.get("next_due_on"),
            **measures,
        )
        callback._chain_talk(said.get("about"))

    # ------------------------------------------------------------
    # QUEUE
    # ------------------------------------------------------------

    @api.model
    def _get_none_sql(self, callback):
        """Return the condition that no outcome of a callback waits.

        :param callback: SQL of the id of the callback
        """
        return SQL(
            """NOT EXISTS (SELECT 1 FROM revisit_pending_outcome pending
                            WHERE pending.callback_id = %s)""",
            callback,
        )

    @api.model
    def _get_paused(self):
        """Return the customers whom somebody has just failed to talk to.

        Who was not reached a moment ago, or wants another time, is not rung at once
        for another reason.

        :return: commercial partners (sudo), as few as outcomes wait for ten seconds
        """
        # the rows are the system's; whom colleagues call is told to nobody
        rows = self.sudo().search(
            [("error", "=", False), ("outcome", "in", list(PAUSING))]
        )
        return rows.callback_id.commercial_partner_id
