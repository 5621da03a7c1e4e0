# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_datetime

from ..tools import companions

OPEN = ("pending", "running")
CRONS = (
    "revisit_management.ir_cron_background",
    "revisit_management.ir_cron_background_2",
)
CHANNEL = "root.revisit"
# how long a job may wait before the scheduled action does its work itself
QUEUE_PATIENCE = timedelta(minutes=15)
COUNTS = (
    "created_count",
    "existing_count",
    "updated_count",
    "cancelled_count",
    "skipped_count",
)


class RevisitRun(models.Model):
    """Long work in the background: a run, cut into slices (K4).

    The rows are the truth: what is left to do, and what came of it. A scheduled
    action does the slices one after the other; where OCA's job queue is
    installed, each becomes a job. Both only call :meth:`_do_slice`.

    Managers start, cancel and repeat runs; nobody writes them by hand.
    """

    _inherit = "revisit.run"

    _server_owned = {
        "done_slice_count",
        "existing_count",
        "failed_slice_count",
        "heartbeat",
        "key",
        "kind",
        "lane",
        "name",
        "parameters",
        "parent_id",
        "requested_by_id",
        "sequence",
        "slice_count",
        "slice_ids",
        "tries",
    }

    name = fields.Char(string="Work", readonly=True)
    kind = fields.Selection(
        selection=[
            ("planning", "Scheduled Planning"),
            ("plan_range", "Planning of Past Events"),
        ],
        required=True,
        default="planning",
        readonly=True,
        index=True,
    )
    key = fields.Char(readonly=True, copy=False)
    parameters = fields.Json(readonly=True)
    requested_by_id = fields.Many2one(
        comodel_name="res.users", readonly=True, ondelete="restrict"
    )
    # Slices
    parent_id = fields.Many2one(
        comodel_name="revisit.run",
        string="Run",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    slice_ids = fields.One2many(
        comodel_name="revisit.run",
        inverse_name="parent_id",
        string="Slices",
        readonly=True,
    )
    # a lane's slices are done in their sequence, the lanes side by side
    lane = fields.Integer(readonly=True)
    sequence = fields.Integer(readonly=True)
    tries = fields.Integer(readonly=True)
    slice_count = fields.Integer(string="Slices in All", readonly=True)
    done_slice_count = fields.Integer(string="Slices Done", readonly=True)
    failed_slice_count = fields.Integer(string="Slices Failed", readonly=True)
    progress = fields.Float(compute="_compute_progress")
    heartbeat = fields.Datetime(string="Last Progress", readonly=True)
    existing_count = fields.Integer(string="Planned Before", readonly=True)

    _key_unique = models.UniqueIndex(
        "(company_id, key) WHERE key IS NOT NULL AND state IN ('pending', 'running')",
        "The same work is under way already: see the planning runs.",
    )
    _open_slices = models.Index(
        "(parent_id, lane, sequence) WHERE state IN ('pending', 'running')"
    )

    @api.depends("slice_count", "done_slice_count", "state")
    def _compute_progress(self):
        for run in self:
            if run.slice_count:
                run.progress = 100.0 * run.done_slice_count / run.slice_count
            else:
                run.progress = 100.0 if run.state == "done" else 0.0

    @api.depends("name", "started_at")
    @api.depends_context("tz", "lang")
    def _compute_display_name(self):
        for run in self:
            run.display_name = run.name or format_datetime(self.env, run.started_at)

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_cancel(self):
        """Do not begin what is left; a slice being worked on is finished."""
        self._check_manager()
        runs = self.sudo()
        for run in runs:
            if run.parent_id or run.state not in OPEN:
                raise UserError(
                    self.env._(
                        "%(run)s has ended: nothing is left to cancel.",
                        run=run.display_name,
                    )
                )
        left = runs.slice_ids.filtered(lambda part: part.state in OPEN)
        left.try_lock_for_update().write({"state": "cancelled"})
        runs.write({"state": "cancelled", "ended_at": fields.Datetime.now()})
        return True

    def action_retry(self):
        """Do the failed slices once more."""
        self._check_manager()
        runs = self.sudo()
        for run in runs:
            failed = run.slice_ids.filtered(lambda part: part.state == "failed")
            if run.state not in ("failed", "running") or not failed:
                raise UserError(
                    self.env._(
                        "%(run)s has no failed slice to repeat.", run=run.display_name
                    )
                )
            if run._find_open(run.company_id, run.key) - run:
                raise UserError(
                    self.env._(
                        "The same work is under way in another run. Wait for it, or"
                        " cancel it first."
                    )
                )
            again = {"state": "pending", "message": False, "ended_at": False}
            failed.write({**again, "tries": 0})
            run.write({**again, "failed_slice_count": 0})
        runs._wake()
        return True

    def action_refresh(self):
        """Show the present figures: the screen reads the record again."""
        return True

    def _check_manager(self):
        """Refuse who may not start, cancel or repeat runs."""
        if not (
            self.env.su or self.env.user.has_group("revisit_management.group_manager")
        ):
            raise AccessError(
                self.env._(
                    "Only callback managers start, cancel or repeat work in the"
                    " background."
                )
            )
        self.check_access("read")

    def _get_open_action(self):
        """Return the action that shows one run, or the list of several."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "revisit_management.revisit_run_action"
        )
        if len(self) == 1:
            form = self.env.ref("revisit_management.revisit_run_view_form")
            return {**action, "res_id": self.id, "views": [(form.id, "form")]}
        return {**action, "domain": [("id", "in", self.ids)]}

    # ------------------------------------------------------------
    # STARTING
    # ------------------------------------------------------------

    @api.model
    def _run_in_background(self, kind, company, key, name, slices):
        """Store work to be done in the background, and wake who does it.

        :param kind: which work, a key of :meth:`_get_slice_methods`
        :param key: text that tells this work from other work of the company;
            where it is under way already, that run is returned
        :param slices: list of dicts ``name``, ``lane`` and ``parameters`` in the
            order of work; each is done in a transaction of its own
        :return: the run
        """
        self._check_manager()
        runs = self.sudo()
        found = runs._find_open(company, key)
        if found:
            return found.sudo(self.env.su)
        common = {"company_id": company.id, "kind": kind, "state": "pending"}
        run = runs.create(
            {
                **common,
                "name": name,
                "key": key,
                "requested_by_id": self.env.uid,
                "slice_count": len(slices),
                "heartbeat": fields.Datetime.now(),
            }
        )
        runs.create(
            [
                {**common, **part, "parent_id": run.id, "sequence": sequence}
                for sequence, part in enumerate(slices)
            ]
        )
        run._wake()
        return run.sudo(self.env.su)

    def _find_open(self, company, key):
        """Return the run with this key that has not ended."""
        return self.search(
            [
                ("company_id", "=", company.id),
                ("key", "=", key),
                ("parent_id", "=", False),
                ("state", "in", OPEN),
            ]
        )

    def _wake(self):
        """Have the open slices done soon, by jobs or by the scheduled action."""
        if companions.queue_job(self.env) is not None:
            self.browse(self._get_ready_ids(self))._enqueue()
            return
        for xmlid in CRONS:
            cron = self.env.ref(xmlid, raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger()

    def _enqueue(self):
        """Make one job of each slice, unless one is waiting for it already."""
        for part in self.with_user(SUPERUSER_ID):
            part.with_delay(
                identity_key=f"revisit.run,{part.id}",
                description=f"{part.parent_id.name}: {part.name}",
                channel=CHANNEL,
            )._do_slice()

    def _get_ready_ids(self, runs=None, slice_id=None, limit=None):
        """Lock and return the ids of slices whose turn it is and that nobody does.

        A slice begun by a process that was killed is among them: its lock went
        with the process.

        :param runs: slices of these runs only
        :param slice_id: this slice only
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT part.id
                  FROM revisit_run part
                  JOIN revisit_run run ON run.id = part.parent_id
                 WHERE part.state IN %(open)s AND run.state IN %(open)s
                   AND NOT EXISTS (
                       SELECT 1 FROM revisit_run earlier
                        WHERE earlier.parent_id = part.parent_id
                          AND earlier.lane = part.lane
                          AND earlier.sequence < part.sequence
                          AND earlier.state IN ('pending', 'running'))
                   AND (%(runs)s::int4[] IS NULL OR run.id = ANY(%(runs)s))
                   AND (%(slice)s::int4 IS NULL OR part.id = %(slice)s)
              ORDER BY part.state = 'running', part.parent_id, part.sequence
                 LIMIT %(limit)s
                   FOR NO KEY UPDATE OF part SKIP LOCKED
                """,
                open=OPEN,
                runs=runs.ids if runs else None,
                slice=slice_id,
                limit=limit,
            )
        )
        return [row[0] for row in rows]

    # ------------------------------------------------------------
    # CRON METHODS
    # ------------------------------------------------------------

    @api.model
    def _cron_work(self):
        """Do what is left, or see to it that there are jobs for it."""
        cron = self.env["ir.cron"]
        self._settle_ended()
        if companions.queue_job(self.env) is not None:
            self.browse(self._get_ready_ids())._enqueue()
            cron._commit_progress()
            if not self._is_queue_stuck():
                return
        cron._commit_progress(
            remaining=self.search_count(
                [("parent_id", "!=", False), ("state", "in", OPEN)]
            )
        )
        while self._work_one():
            if not cron._commit_progress(1):
                return
        # what others are at needs no further call
        cron._commit_progress(remaining=0)

    def _is_queue_stuck(self):
        """Return whether jobs of ours wait as if nobody ran any."""
        waiting = companions.queue_job(self.env).search_count(
            [
                ("channel", "=", CHANNEL),
                ("state", "=", "pending"),
                ("date_created", "<", fields.Datetime.now() - QUEUE_PATIENCE),
            ],
            limit=1,
        )
        return bool(waiting)

    def _settle_ended(self):
        """End the runs whose last process was killed before it could."""
        runs = self.search(
            [
                ("parent_id", "=", False),
                ("kind", "!=", "planning"),
                ("state", "in", OPEN),
                ("slice_ids", "not any", [("state", "in", OPEN)]),
            ]
        )
        for run_id in runs.ids:
            self._in_own_transaction(
                lambda model, run_id=run_id: model.browse(run_id)._sum_up()
            )
