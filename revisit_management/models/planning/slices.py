# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging
import random
import time

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools import companions
from ...tools.planning import LOST_RACES, RUN_COUNTS, RUN_OPEN, PlanningRun

# how often to retry, as many processes may plan the same customers for a while
RETRIES = 10
LONGEST_WAIT = 3.0  # seconds
FEW_ROWS = 500
# how often a slice is begun again whose process is killed each time
MAX_TRIES = 5

_logger = logging.getLogger(__name__)


class RevisitRun(models.Model):
    """How one slice is done: in its own transaction, by the process that locks its row.

    The row is locked as long as the work lasts, so only one process at a time does a
    slice, and a killed process releases it at once. The result of the work and the
    state "done" are committed together: each slice is done exactly once.
    """

    _inherit = "revisit.run"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_slice_methods(self):
        """Return {kind: name of the method that does one slice}. Extend it.

        The method has no arguments but the slice (``self``, with its
        ``parameters``) and returns counts as :meth:`RevisitPolicy.generate`, and
        under ``errors`` a list of texts about what it could not do. It neither
        commits nor rolls back.
        """
        return {"plan_range": "_do_plan_range"}

    def _do_plan_range(self):
        """Plan policies for a range of events and a part of the customers.

        A policy that fails is reported, and does not stop the others.
        """
        parameters = self.parameters
        policies = self.env["revisit.policy"].browse(parameters["policy_ids"]).exists()
        run = PlanningRun(buckets=parameters["buckets"], is_lenient=True)
        self.env["revisit.planner"]._plan(
            policies,
            fields.Datetime.to_datetime(parameters["date_from"]),
            fields.Datetime.to_datetime(parameters["date_to"]),
            run,
        )
        return {**run.get_counts(), "errors": run.errors}

    # ------------------------------------------------------------
    # ONE SLICE
    # ------------------------------------------------------------

    @api.model
    def _work_one(self):
        """Do the next unclaimed slice; return whether there was one."""
        part_id = self._in_own_transaction(lambda runs: runs._claim())
        if part_id:
            self.browse(part_id)._do_claimed()
        return bool(part_id)

    def _do_slice(self):
        """Do this slice, unless it is done already or another process is doing it."""
        self.ensure_one()
        part_id = self.id
        if self._in_own_transaction(lambda runs: runs._claim(part_id)):
            self._do_claimed()

    def _claim(self, slice_id=None):
        """Mark a slice as running before the work begins.

        :return: the slice's id, or False if there is nothing to do
        """
        part = self.browse(self._get_ready_ids(slice_id=slice_id, limit=1))
        if not part:
            return False
        now = fields.Datetime.now()
        part.write({"state": "running", "started_at": now, "tries": part.tries + 1})
        if part.parent_id.state == "pending":
            run = part.parent_id
            run.write({"state": "running", "started_at": run.started_at or now})
        return part.id

    def _do_claimed(self):
        """Do the work; an error is stored, and the other slices go on."""
        part_id = self.id
        try:
            self._in_own_transaction(lambda runs: runs.browse(part_id)._perform())
        except Exception as error:
            _logger.exception("Slice %s of a background run failed", part_id)
            message = self._get_failure_text(error)
            self._in_own_transaction(
                lambda runs: runs.browse(part_id)._set_failed(message)
            )
        self._in_own_transaction(lambda runs: runs.browse(part_id).parent_id._sum_up())
        self._in_own_transaction(lambda runs: runs._refresh_statistics(part_id))
        self.env.invalidate_all()

    def _get_failure_text(self, error):
        if isinstance(error, LOST_RACES):
            return self.env._(
                "Others were planning the same customers all the time. Repeat the"
                " failed slices."
            )
        return str(error)

    def _perform(self):
        """Do the work and store its result, both or neither."""
        if not self._get_ready_ids(slice_id=self.id):
            return
        if self.tries > MAX_TRIES:
            raise UserError(
                self.env._(
                    "The process was ended %(number)s times in the middle of this"
                    " slice, e.g. for want of memory or time. See the server's log,"
                    " then repeat the failed slices.",
                    number=MAX_TRIES,
                )
            )
        counts = getattr(self, self._get_slice_methods()[self.kind])()
        errors = counts.get("errors")
        self.write(
            {
                "state": "failed" if errors else "done",
                "ended_at": fields.Datetime.now(),
                "message": "\n".join(errors) if errors else False,
                **self._get_count_values(counts),
            }
        )
        if companions.queue_job(self.env) is not None:
            self._get_next()._enqueue()

    def _get_count_values(self, counts):
        values = {name: counts[name.removesuffix("_count")] for name in RUN_COUNTS[:-1]}
        return {**values, "skipped_count": sum(counts["skipped"].values())}

    def _get_next(self):
        """Return the next slice in the lane of this one."""
        return self.search(
            [
                ("parent_id", "=", self.parent_id.id),
                ("lane", "=", self.lane),
                ("sequence", ">", self.sequence),
                ("state", "in", RUN_OPEN),
            ],
            order="sequence",
            limit=1,
        )

    def _set_failed(self, message):
        """Mark the slice as failed, unless another process has claimed it.

        :param message: reason, as text for the user
        """
        if self._get_ready_ids(slice_id=self.id):
            self.write(
                {
                    "state": "failed",
                    "ended_at": fields.Datetime.now(),
                    "message": message,
                }
            )
            if companions.queue_job(self.env) is not None:
                self._get_next()._enqueue()

    # ------------------------------------------------------------
    # THE WHOLE RUN
    # ------------------------------------------------------------

    def _sum_up(self):
        """Update the figures of a run, and end it when all its slices have ended."""
        # two processes that end slices at the same time do this one after the other
        self.env.cr.execute(
            SQL("SELECT 1 FROM revisit_run WHERE id = %s FOR NO KEY UPDATE", self.id)
        )
        if self.state == "cancelled":
            # the slice was claimed, but not begun, when the run was cancelled
            left = self.slice_ids.filtered(lambda part: part.state in RUN_OPEN)
            left.try_lock_for_update().write({"state": "cancelled"})
        rows = self._read_group(
            [("parent_id", "=", self.id)],
            ["state"],
            ["__count", *(f"{name}:sum" for name in RUN_COUNTS)],
        )
        numbers = {state: number for state, number, *_sums in rows}
        sums = zip(*(row[2:] for row in rows), strict=True)
        values = {
            **dict(zip(RUN_COUNTS, map(sum, sums), strict=True)),
            "done_slice_count": numbers.get("done", 0),
            "failed_slice_count": numbers.get("failed", 0),
            "heartbeat": fields.Datetime.now(),
        }
        failed = self.slice_ids.filtered(lambda part: part.state == "failed")
        values["message"] = failed._get_failure_summary()
        if self.state in RUN_OPEN and not any(map(numbers.get, RUN_OPEN)):
            values["state"] = "failed" if failed else "done"
            values["ended_at"] = values["heartbeat"]
        self.write(values)

    def _get_failure_summary(self):
        """Return why slices failed: each reason once, with the affected slices."""
        reasons = self.sorted("sequence").grouped("message")
        return "\n".join(
            f"{', '.join(parts.mapped('name'))}: {message}"
            for message, parts in reasons.items()
        )

    def _refresh_statistics(self, part_id):
        """Let PostgreSQL analyze the table of callbacks when it has grown a lot.

        Autovacuum does so once a minute at most; until then a table that was empty is
        planned as a small one, and each slice would be slower than the one before.
        """
        [[known]] = self.env.execute_query(
            SQL(
                """SELECT reltuples FROM pg_class
                    WHERE oid = 'revisit_callback'::regclass"""
            )
        )
        if self.browse(part_id).parent_id.created_count > 2 * max(known, FEW_ROWS):
            self.env.cr.execute(SQL("ANALYZE revisit_callback"))

    # ------------------------------------------------------------
    # HELPERS
    # ------------------------------------------------------------

    def _in_own_transaction(self, function):
        """Return ``function(runs)``, committed; retry after a serialization failure.

        :param function: is called with the model in the new transaction, as superuser
        """
        for attempt in range(1, RETRIES + 1):
            try:
                with self.env.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    result = function(env[self._name])
                    env.flush_all()
                    return result
            except LOST_RACES:
                if attempt == RETRIES:
                    raise
                _logger.info("A background run lost a race, trying again")
                time.sleep(random.uniform(0, min(0.02 * 2**attempt, LONGEST_WAIT)))
        return None
