# Part of Revisit. See LICENSE file for full copyright and licensing details.
from odoo import fields, models
from odoo.tools import SQL


class RevisitPlanProgress(models.Model):
    """Progress of each agent with a plan, counted by a query whenever it is shown."""

    _name = "revisit.plan.progress"
    _description = "Progress of a Callback Plan"
    _auto = False
    _order = "plan_id, user_id"
    _rec_name = "user_id"
    _depends = {
        "revisit.callback": ["active", "plan_id", "state", "user_id", "window_end"]
    }

    plan_id = fields.Many2one(comodel_name="revisit.plan", readonly=True)
    user_id = fields.Many2one(comodel_name="res.users", string="Agent", readonly=True)
    callback_count = fields.Integer(string="Callbacks", readonly=True)
    done_count = fields.Integer(string="Made", readonly=True)
    due_count = fields.Integer(string="Due", readonly=True)
    late_count = fields.Integer(string="Late", readonly=True)
    cancelled_count = fields.Integer(string="Cancelled", readonly=True)
    progress = fields.Float(readonly=True, aggregator=None)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT id, plan_id, user_id, done_count, due_count, late_count,
                   cancelled_count, done_count + due_count + late_count
                       AS callback_count,
                   COALESCE(100.0 * done_count
                       / NULLIF(done_count + due_count + late_count, 0), 0)
                       AS progress
              FROM (SELECT MIN(id) AS id, plan_id, user_id,
                           COUNT(*) FILTER (WHERE state IN ('done', 'reviewed'))
                               AS done_count,
                           COUNT(*) FILTER (WHERE window_end > %(now)s AND state IN (
                               'planned', 'assigned', 'in_progress')) AS due_count,
                           COUNT(*) FILTER (WHERE window_end <= %(now)s AND state IN (
                               'planned', 'assigned', 'in_progress')) AS late_count,
                           COUNT(*) FILTER (WHERE state = 'cancelled')
                               AS cancelled_count
                      FROM revisit_callback
                     WHERE plan_id IS NOT NULL AND active
                  GROUP BY plan_id, user_id) per_agent
            """,
            now=fields.Datetime.now(),
        )
