# Part of Revisit. See LICENSE file for full copyright and licensing details.
import logging
import random
import time

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools import companions
from .revisit_planner import LOST_RACES
from .revisit_run_background import COUNTS, OPEN

# many processes may want the same customers for a while
RETRIES = 10
LONGEST_WAIT = 3.0  # seconds
FEW_ROWS = 500
# a slice whose process is killed again and again is given up
MAX_TRIES = 5

_logger = logging.getLogger(__name__)


class RevisitRun(models.Model):
    """How one slice is done: in a transaction of its own, by who holds its row.

    The row is locked as long as the work lasts, so a slice is done by one process
    at a time, and a killed process gives it back at once. The result of the work
    and the state "done" are committed together: done means done once.
    """

    _inherit = "revisit.run"

    @api.model
    def _get_slice_methods(self):
        """Return {kind: name of the method that does one slice}. Extend it.

        The method takes no arguments but the slice (``self``, with its
        ``parameters``) and returns counts as :meth:`RevisitPolicy.generate`. It
        neither commits nor rolls back.
        """
        return {"plan_range": "_do_plan_range"}

    def _do_plan_range(self):
        """Plan policies for a range of events and a part of the customers."""
        parameters = self.parameters
        policies = self.env["revisit.policy"].browse(parameters["policy_ids"]).exists()
        return self.env["revisit.planner"]._plan(
            policies,
            fields.Datetime.to_datetime(parameters["date_from"]),
            fields.Datetime.to_datetime(parameters["date_to"]),
            buckets=parameters["buckets"],
        )

    # ------------------------------------------------------------
    # ONE SLICE
    # ------------------------------------------------------------

    @api.model
    def _work_one(self):
        """Do the next slice that nobody is at; return whether there was one."""
        part_id = self._in_own_transaction(lambda runs: runs._claim())
        if part_id:
            self.browse(part_id)._do_claimed()
        return bool(part_id)

    def _do_slice(self):
        """Do this slice, unless it has been done, or somebody is at it."""
        self.ensure_one()
        part_id = self.id
        if self._in_own_transaction(lambda runs: runs._claim(part_id)):
            self._do_claimed()

    def _claim(self, slice_id=None):
        """Show a slice as running before the work begins.

        :return: the slice's id, or False where there is nothing to do
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
        """Do the work; what goes wrong is noted, and the other slices go on."""
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
        """Do the work and note its result, both or neither."""
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
        self.write(
            {
                "state": "done",
                "ended_at": fields.Datetime.now(),
                "message": False,
                **self._get_count_values(counts),
            }
        )
        if companions.queue_job(self.env) is not None:
            self._get_next()._enqueue()

    def _get_count_values(self, counts):
        values = {name: counts[name.removesuffix("_count")] for name in COUNTS[:-1]}
        return {**values, "skipped_count": sum(counts["skipped"].values())}

    def _get_next(self):
        """Return the slice whose turn it is now in this one's lane."""
        return self.search(
            [
                ("parent_id", "=", self.parent_id.id),
                ("lane", "=", self.lane),
                ("sequence", ">", self.sequence),
                ("state", "in", OPEN),
            ],
            order="sequence",
            limit=1,
        )

    def _set_failed(self, message):
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
        """Bring the figures of a run up to date, and end it when it is through."""
        # two that end their slices at once add up one after the other
        self.env.cr.execute(
            SQL("SELECT 1 FROM revisit_run WHERE id = %s FOR NO KEY UPDATE", self.id)
        )
        if self.state == "cancelled":
            # begun, but not yet worked on when the run was cancelled
            left = self.slice_ids.filtered(lambda part: part.state in OPEN)
            left.try_lock_for_update().write({"state": "cancelled"})
        rows = self._read_group(
            [("parent_id", "=", self.id)],
            ["state"],
            ["__count", *(f"{name}:sum" for name in COUNTS)],
        )
        numbers = {state: number for state, number, *_sums in rows}
        sums = zip(*(row[2:] for row in rows), strict=True)
        values = {
            **dict(zip(COUNTS, map(sum, sums), strict=True)),
            "done_slice_count": numbers.get("done", 0),
            "failed_slice_count": numbers.get("failed", 0),
            "heartbeat": fields.Datetime.now(),
        }
        failed = self.slice_ids.filtered(lambda part: part.state == "failed")
        values["message"] = "\n".join(
            f"{part.name}: {part.message}" for part in failed.sorted("sequence")
        )
        if self.state in OPEN and not any(map(numbers.get, OPEN)):
            values["state"] = "failed" if failed else "done"
            values["ended_at"] = values["heartbeat"]
        self.write(values)

    def _refresh_statistics(self, part_id):
        """Have the database count its callbacks when they have become many more.

        By itself it does so once a minute at best; until then it takes a table
        that was empty for a small one, and each slice would be slower than the
        one before it.
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
    # TOOLING
    # ------------------------------------------------------------

    def _in_own_transaction(self, function):
        """Return ``function(runs)``, committed; on a lost race begin again.

        :param function: takes the model in the new transaction, as superuser
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
