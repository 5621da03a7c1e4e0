# Part of Revisit. See LICENSE file for full copyright and licensing details.
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_datetime

from ...tools import companions
from ...tools.planning import RUN_OPEN

CRONS = (
    "revisit_management.ir_cron_background",
    "revisit_management.ir_cron_background_2",
)
CHANNEL = "root.revisit"
# how long a job may wait before the scheduled action does its work instead
QUEUE_PATIENCE = timedelta(minutes=15)


class RevisitRun(models.Model):
    """Long work in the background: a run that is cut into slices.

    The rows store what is left to do and the results. A scheduled action does the
    slices one after the other; if OCA's job queue is installed, each slice becomes a
    job. Both only call :meth:`_do_slice`.

    Managers start, cancel and repeat runs; no user writes them directly.
    """

    _inherit = "revisit.run"  # pylint: disable=consider-merging-classes-inherited

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
    # slices of a lane are done in their sequence, different lanes in parallel
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
                # a run without slices is only stored when it has ended
                run.progress = 100.0 if run.state in ("done", "failed") else 0.0

    @api.depends("name", "started_at")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for run in self:
            run.display_name = run.name or format_datetime(self.env, run.started_at)

    # ------------------------------------------------------------
    # ACTION METHODS
    # ------------------------------------------------------------

    def action_cancel(self):
        """Cancel slices that have not begun; slices in progress are finished."""
        self._check_manager()
        runs = self.sudo()  # no user may write runs; role and company were checked
        for run in runs:
            if run.parent_id or run.state not in RUN_OPEN:
                raise UserError(
                    self.env._(
                        "%(run)s has ended: nothing is left to cancel.",
                        run=run.display_name,
                    )
                )
        left = runs.slice_ids.filtered(lambda part: part.state in RUN_OPEN)
        left.try_lock_for_update().write({"state": "cancelled"})
        runs.write({"state": "cancelled", "ended_at": fields.Datetime.now()})
        return True

    def action_retry(self):
        """Repeat the failed slices."""
        self._check_manager()
        runs = self.sudo()  # no user may write runs; role and company were checked
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
        """Button: show the present figures, as the client reloads the record."""
        return True

    def _check_manager(self):
        """Refuse users who may not start, cancel or repeat runs."""
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
        """Return an action that shows one run, or the list of several."""
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
        """Store work to be done in the background, and trigger it.

        :param kind: the kind of work, a key of :meth:`_get_slice_methods`
        :param key: text that identifies this work within the company; if it is under
            way already, that run is returned
        :param slices: list of dicts ``name``, ``lane`` and ``parameters`` in the
            order of work; each is done in its own transaction
        :return: the run
        """
        self._check_manager()
        runs = self.sudo()  # no user may create runs; the role was checked
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
        """Return the run with this key that has not ended yet."""
        return self.search(
            [
                ("company_id", "=", company.id),
                ("key", "=", key),
                ("parent_id", "=", False),
                ("state", "in", RUN_OPEN),
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
                cron.sudo()._trigger()  # managers may not read crons

    def _enqueue(self):
        """Create a job for each slice that has no waiting job yet."""
        for part in self.with_user(SUPERUSER_ID):
            part.with_delay(
                identity_key=f"revisit.run,{part.id}",
                description=f"{part.parent_id.name}: {part.name}",
                channel=CHANNEL,
            )._do_slice()

    def _get_ready_ids(self, runs=None, slice_id=None, limit=None):
        """Lock the unclaimed slices that are next in their lanes; return their ids.

        This includes slices begun by a process that was killed, because its lock was
        released with the process.

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
                open=RUN_OPEN,
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
        """Do the slices that are left, or make sure that jobs for them exist."""
        cron = self.env["ir.cron"]
        self._settle_ended()
        if companions.queue_job(self.env) is not None:
            self.browse(self._get_ready_ids())._enqueue()
            cron._commit_progress()
            if not self._is_queue_stuck():
                return
        cron._commit_progress(
            remaining=self.search_count(
                [("parent_id", "!=", False), ("state", "in", RUN_OPEN)]
            )
        )
        while self._work_one():
            if not cron._commit_progress(1):
                return
        # slices that other processes are doing need no further call
        cron._commit_progress(remaining=0)

    def _is_queue_stuck(self):
        """Return whether our jobs are waiting because nothing runs the job queue."""
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
        """End the runs whose last process was killed before it could do so."""
        runs = self.search(
            [
                ("parent_id", "=", False),
                ("kind", "!=", "planning"),
                ("state", "in", RUN_OPEN),
                ("slice_ids", "not any", [("state", "in", RUN_OPEN)]),
            ]
        )
        for run_id in runs.ids:
            self._in_own_transaction(
                lambda model, run_id=run_id: model.browse(run_id)._sum_up()
            )
